/**
 * Makes a video forget where it was taken: phones write the place into the `udta` and `meta` boxes of MP4, QuickTime and 3GPP files
 * (ISO/IEC 14496-12 §4.2 and §8.10). They become `free` boxes of zeros, so that nothing else moves.
 */
import { type FileHandle, open } from 'node:fs/promises';

const FORGOTTEN = new Set(['udta', 'meta', 'uuid']);
const ENTERED = new Set(['moov', 'trak']);
/** More boxes than any real file has on the levels that are entered. */
const MOST_BOXES = 20_000;
const ZEROS = Buffer.alloc(64 * 1024);

/** Changes the file in place. A file that is not made of such boxes stays as it is. */
export async function forgetPlace(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await walk(file, 0, (await file.stat()).size, { boxes: 0 });
  } finally {
    await file.close();
  }
}

async function walk(file: FileHandle, from: number, end: number, count: { boxes: number }): Promise<void> {
  const head = Buffer.alloc(16);
  for (let at = from; at + 8 <= end; ) {
    count.boxes += 1;
    if (count.boxes > MOST_BOXES) return;
    await file.read(head, 0, 16, at);
    const short = head.readUInt32BE(0);
    const headBytes = short === 1 ? 16 : 8;
    const bytes = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? end - at : short;
    if (bytes < headBytes || at + bytes > end) return;
    const type = head.toString('latin1', 4, 8);
    if (FORGOTTEN.has(type)) await forget(file, at, at + headBytes, at + bytes);
    else if (ENTERED.has(type)) await walk(file, at + headBytes, at + bytes, count);
    at += bytes;
  }
}

async function forget(file: FileHandle, start: number, payload: number, end: number): Promise<void> {
  await file.write('free', start + 4, 'latin1');
  for (let at = payload; at < end; at += ZEROS.length) await file.write(ZEROS, 0, Math.min(ZEROS.length, end - at), at);
}
