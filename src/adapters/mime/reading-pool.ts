/** Reads mails in a thread of its own within limits of time and memory; a thread that broke a limit is ended and replaced. */
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Failure } from '../../domain/failure.ts';
import type { Mime, ReadMail } from '../../pipeline/ports.ts';
import type { ReadingContext } from '../../reading/context.ts';
import type { Template } from '../../reading/template.ts';
import { mime } from './parse.ts';
import type { ReadingAnswer, ReadingOrder } from './reading-work.ts';

export type ReadingLimits = {
  /** How long the thread may be silent, in milliseconds: for one piece of the mail, or for the understanding of the whole. */
  silentMs: number;
  /** Of the thread's own heap; attachments pass through in small pieces and do not count. */
  heapMegabytes: number;
};
const LIMITS: ReadingLimits = { silentMs: 15_000, heapMegabytes: 384 };

/** The thread's file lies beside this one, in src/ and in dist/ alike. */
const THREAD = fileURLToPath(import.meta.url).replace(/reading-pool\.(ts|js)$/, 'reading-thread.$1');

/**
 * Mails are settled one after the other, so one thread does; it begins with `start` or the first mail, and stays.
 * `read` throws Failure mail-exhausting when a limit is broken. The other methods work in the calling thread: they are for mails that were read.
 * @param thread another file than the thread's own, for tests
 */
export function openReadingPool(limits: ReadingLimits = LIMITS, thread: string = THREAD): Mime & { start(): void; close(): Promise<void> } {
  let worker: Worker | null = null;
  let known: Template[] | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  const end = async () => {
    const ended = worker;
    worker = null;
    known = null;
    await ended?.terminate();
  };

  async function read(raw: Readable, context: ReadingContext): Promise<ReadMail> {
    worker ??= startThread(thread, limits.heapMegabytes);
    const { templates, ...rest } = context;
    const order: ReadingOrder = { is: 'read', context: rest, templates: templates === known ? null : templates };
    known = templates;
    try {
      return await converse(worker, order, raw, limits);
    } catch (error) {
      // A thread that only said what is wrong with the mail goes on; one that is stuck, dead or in the middle of a mail does not.
      if (!(error instanceof Failure) || error.code === 'mail-exhausting' || raw.errored) await end();
      throw error;
    } finally {
      raw.destroy();
    }
  }

  return {
    ...mime,
    start() {
      worker ??= startThread(thread, limits.heapMegabytes);
    },
    read(raw, context) {
      const mine = turn.then(() => read(raw, context));
      turn = mine.catch(() => undefined);
      return mine;
    },
    close: end,
  };
}

function startThread(file: string, heapMegabytes: number): Worker {
  const worker = new Worker(file, {
    // Nothing of this process's environment, where the secrets may be.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  });
  worker.unref();
  return worker;
}

/** Gives the thread one mail, piece by piece as it asks for them. @throws Failure mail-exhausting, mail-unreadable; the raw stream's own error */
async function converse(worker: Worker, order: ReadingOrder, raw: Readable, limits: ReadingLimits): Promise<ReadMail> {
  const pieces = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const send = (what: ReadingOrder) => worker.postMessage(what);
  worker.ref();
  try {
    let answer = await ask(worker, () => send(order), limits);
    for (;;) {
      if (answer.is === 'done') return { message: answer.message, understanding: answer.understanding };
      if (answer.is === 'failed') throw new Failure(answer.code, answer.detail);
      const next = await pieces.next();
      answer = await ask(worker, () => send(next.done ? { is: 'end' } : { is: 'piece', bytes: new Uint8Array(next.value) }), limits);
    }
  } finally {
    worker.unref();
  }
}

/** The thread's next answer. @throws Failure mail-exhausting when it ends or stays silent */
function ask(worker: Worker, send: () => void, { silentMs, heapMegabytes }: ReadingLimits): Promise<ReadingAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      worker.off('message', came);
      worker.off('error', failed);
      worker.off('exit', ended);
      act();
    };
    const refuse = (detail: string, cause?: unknown) => settle(() => reject(new Failure('mail-exhausting', detail, { cause })));
    const came = (answer: ReadingAnswer) => settle(() => resolve(answer));
    const failed = (error: Error & { code?: string }) =>
      refuse(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? `reading it took more than ${heapMegabytes} MB` : `${error.name}: ${error.message}`,
        error,
      );
    const ended = (code: number) => refuse(`the thread that read it ended with ${code}`);
    const timer = setTimeout(() => refuse(`reading it took more than ${Math.round(silentMs / 1000)} s`), silentMs);
    worker.once('message', came);
    worker.once('error', failed);
    worker.once('exit', ended);
    send();
  });
}
