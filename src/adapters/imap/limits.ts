/** Time limits for imapflow, which has none of its own on a command: a silent server costs the connection. */
import { Readable } from 'node:stream';
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { Failure } from '../../domain/failure.ts';
import { imapFailure } from './failures.ts';

/** @throws Failure imap-unreachable when there is no answer in `ms`; then the connection is closed */
export async function timeLimited<T>(client: ImapFlow, work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Failure('imap-unreachable', `no answer within ${Math.round(ms / 1000)} s`));
      client.close();
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The items of a FETCH, each within the time limit. */
export async function* bounded(
  client: ImapFlow,
  items: AsyncGenerator<FetchMessageObject, unknown, undefined>,
  ms: number,
): AsyncGenerator<FetchMessageObject> {
  for (;;) {
    const next = await timeLimited(client, items.next(), ms);
    if (next.done) return;
    yield next.value;
  }
}

/** The same bytes, each piece within the time limit, and nothing but Failure as its error. `ended` is called once, however it ends. */
export function boundedStream(client: ImapFlow, content: Readable, ms: number, ended: () => void): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    const source = content[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next: IteratorResult<Buffer> = await timeLimited(client, source.next(), ms);
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      throw imapFailure(error);
    }
  }
  const stream = Readable.from(pieces(), { objectMode: false });
  stream.once('close', () => {
    content.on('error', () => undefined).destroy();
    ended();
  });
  return stream;
}
