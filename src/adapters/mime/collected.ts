/** Streams into memory, with a limit. */

/** All bytes of a stream, or null (and the rest read to its end) when there are more than `most`. */
export async function collected(stream: AsyncIterable<unknown>, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    if (bytes <= most) chunks.push(chunk as Buffer);
    else chunks.length = 0;
  }
  return bytes <= most ? Buffer.concat(chunks) : null;
}
