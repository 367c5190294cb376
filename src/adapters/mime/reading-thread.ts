/** A thread of its own that decodes and understands mails one at a time, so that a mail that hangs or fills the memory ends this thread and no other. */
import { Readable } from 'node:stream';
import { parentPort } from 'node:worker_threads';
import { failureOf } from '../../domain/failure.ts';
import type { Template } from '../../reading/template.ts';
import { mime } from './parse.ts';
import type { ReadingAnswer, ReadingOrder } from './reading-work.ts';

const port = parentPort;
if (port === null) throw new Error('this file is run as a worker thread');
const answer = (what: ReadingAnswer) => port.postMessage(what);

let templates: Template[] = [];
/** The mail that is read now: where its pieces go. */
let raw: Readable | null = null;

port.on('message', (order: ReadingOrder) => {
  if (order.is === 'read') {
    templates = order.templates ?? templates;
    // Asked for one piece at a time: `more` goes out when the parser wants one.
    raw = new Readable({ highWaterMark: 1, read: () => answer({ is: 'more' }) });
    void read(raw, { ...order.context, templates });
  } else if (order.is === 'piece') raw?.push(order.bytes);
  else raw?.push(null);
});

async function read(source: Readable, context: Parameters<typeof mime.read>[1]): Promise<void> {
  try {
    answer({ is: 'done', ...(await mime.read(source, context)) });
  } catch (error) {
    const { code, detail } = failureOf(error);
    answer({ is: 'failed', code, detail });
  }
}
