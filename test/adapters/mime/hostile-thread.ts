/** Stands in for the thread that reads mails: the mail's own words say what goes wrong in it. */
import { parentPort } from 'node:worker_threads';
import type { ReadingAnswer, ReadingOrder } from '../../../src/adapters/mime/reading-work.ts';

const answer = (what: ReadingAnswer) => parentPort?.postMessage(what);
let text = '';

parentPort?.on('message', (order: ReadingOrder) => {
  if (order.is === 'read') text = '';
  if (order.is === 'piece') text += Buffer.from(order.bytes).toString();
  if (order.is !== 'end') return answer({ is: 'more' });
  if (text === 'exit') process.exit(7);
  if (text === 'hang') for (;;);
  if (text === 'fill') {
    const kept: string[][] = [];
    for (let round = 0; ; round += 1) kept.push(Array.from({ length: 10_000 }, (_, index) => `${round} ${index}`));
  }
  answer({ is: 'done', message: { subject: text } as never, understanding: {} as never });
});
