/** Reads a job's documents as V3 would: as a stranger, without any key. */

/** `fetchedBytes`: how many bytes were read. `totalBytes`: how large the server says that it is, or null. */
export type FetchedDocument = {
  MimeType: string;
  URL: string;
  status: number;
  contentType: string;
  fetchedBytes: number;
  totalBytes: number | null;
};

/** As much of each document as is read. */
const READ_BYTES = 1024;

/**
 * Fetches the start of a URL with a ranged GET, since a presigned URL answers HEAD with 403.
 * Returns why it could not be read instead of throwing.
 */
export async function fetchDocument(
  document: { MimeType: string; URL: string },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<FetchedDocument | { refused: string }> {
  try {
    const response = await fetch(document.URL, {
      headers: { range: `bytes=0-${READ_BYTES - 1}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const fetchedBytes = await readStart(response);
    if (!response.ok) return { refused: `it answered ${response.status}` };
    if (fetchedBytes === 0) return { refused: 'it is empty' };
    return {
      MimeType: document.MimeType,
      URL: document.URL,
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      fetchedBytes,
      totalBytes: totalOf(response),
    };
  } catch (error) {
    return { refused: error instanceof Error && error.name === 'TimeoutError' ? 'it did not answer in time' : 'it could not be reached' };
  }
}

async function readStart(response: Response): Promise<number> {
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes >= READ_BYTES) break; // also cancels the rest
  }
  return bytes;
}

function totalOf(response: Response): number | null {
  const total =
    response.status === 206 ? /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] : response.headers.get('content-length');
  return total === undefined || total === null ? null : Number(total);
}
