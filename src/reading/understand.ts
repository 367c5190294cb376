/** Understands one message by itself: its letters, whether it is a report, what it says, and whom a reply may go to. */
import type { Attachment, Message } from '../domain/message.ts';
import type { Reading } from '../domain/reading.ts';
import type { ReplyTo, Sorting } from '../domain/sorting.ts';
import { type Dmarc, dmarcOf } from './authentication.ts';
import type { ReadingContext } from './context.ts';
import { attachmentsBy, layoutOf } from './layout.ts';
import { read } from './read.ts';
import { remembering } from './remembered.ts';
import { replyTo } from './reply-to.ts';
import { type Said, saidIn } from './said.ts';
import { sort } from './sort.ts';
import { answerBy } from './template/answer.ts';
import { cluesOf, marksOf } from './threads.ts';
import { unwrap } from './unwrap.ts';
import { worthAttaching } from './worth.ts';

export type Understanding = {
  /** By the message alone: it may still belong to a report that is known (threads.ts, `belong`). */
  sorting: Sorting;
  reading: Reading;
  /** What it adds to a report that is known, if it belongs to one. */
  said: Said;
  /** Whether the sender is genuine, by a mail server that the agency trusts. */
  dmarc: Dmarc;
  replyTo: ReplyTo;
  /** Those worth attaching to the job, in order. */
  attachments: Attachment[];
  /** Keys under which its report is found again, and keys by which to look for one. */
  marks: string[];
  clues: string[];
};

export function understand(message: Message, context: ReadingContext): Understanding {
  return remembering(() => understood(message, context));
}

function understood(message: Message, context: ReadingContext): Understanding {
  const letters = unwrap(message, context);
  const layout = layoutOf(letters, context);
  const attachments = attachmentsBy(layout, worthAttaching(letters, context), letters);
  const reading = read(message, letters, attachments, context);
  const said = saidIn(message, letters, context);
  const dmarc = dmarcOf(message, context.agency.trustedAuthservIds);
  const usual = replyTo(message, context);
  return {
    sorting: sort(message, letters, context),
    reading,
    said,
    dmarc,
    replyTo: layout.applied && layout.template ? answerBy(layout.template, reading, dmarc, usual, context) : usual,
    attachments,
    marks: marksOf(message, letters, reading),
    clues: cluesOf(message, letters, reading, said),
  };
}
