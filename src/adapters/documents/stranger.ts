/** Fetches a published document as a stranger would: without any key, and with no interest in what we think that it is. */
import { createHash } from 'node:crypto';
import { Failure } from '../../domain/failure.ts';
import { codeOf } from './store-failure.ts';

/** Up to this size the whole document is fetched and its hash compared; of a larger one the first byte, since it tells type and length. */
const WHOLE_BYTES = 8 << 20;

/** Null when anybody gets exactly this document, else what is wrong. Never throws but on abort by the caller. */
export async function fetchAsStranger(
  url: string,
  expected: { mimeType: string; bytes: number; sha256: string },
  signal: AbortSignal,
): Promise<Failure | null> {
  const whole = expected.bytes <= WHOLE_BYTES;
  try {
    // A presigned GET URL answers 403 to HEAD, hence one byte of it.
    const answer = await fetch(url, { headers: whole ? {} : { range: 'bytes=0-0' }, redirect: 'follow', signal });
    if (answer.status !== 200 && answer.status !== 206) {
      await answer.body?.cancel();
      return new Failure('document-not-public', `an anonymous GET was answered ${answer.status}`);
    }
    const type = answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (type !== expected.mimeType) {
      await answer.body?.cancel();
      return new Failure('document-not-public', `it comes as ${type ?? 'no type'}, not as ${expected.mimeType}`);
    }
    const { bytes, sha256 } = whole ? await hashed(answer, expected.bytes) : await counted(answer);
    if (bytes !== expected.bytes) return new Failure('document-not-public', `it has ${bytes} bytes, not ${expected.bytes}`);
    if (sha256 !== null && sha256 !== expected.sha256)
      return new Failure('document-not-public', 'its bytes are others than those published');
    return null;
  } catch (error) {
    return new Failure('store-unreachable', codeOf(error), { cause: error });
  }
}

/** @param most reading ends soon after so many bytes */
async function hashed(answer: Response, most: number): Promise<{ bytes: number; sha256: string | null }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes > most) return { bytes, sha256: null };
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function counted(answer: Response): Promise<{ bytes: number; sha256: null }> {
  await answer.body?.cancel();
  return { bytes: Number(answer.headers.get('content-range')?.split('/')[1] ?? answer.headers.get('content-length')), sha256: null };
}
