/** Where a message belongs, once the reports that are known are looked at; and which of them may be about the same fault. */
import type { Reading } from '../domain/reading.ts';
import type { Sorting } from '../domain/sorting.ts';
import { filled } from '../reading/known.ts';
import { answersNotice, belong, isAlike, placeClues, writerClues } from '../reading/threads.ts';
import type { Understanding } from '../reading/understand.ts';
import type { Flow, Mailbox } from './flow.ts';

/** Stages in which a report may still lack its phone number. */
const WAITING = ['read', 'asking', 'held'] as const;

/** What the message is. @param at when the server took it in */
export async function place(flow: Flow, understanding: Understanding, at: Date): Promise<Sorting> {
  const { sorting, clues, marks, dmarc } = understanding;
  // Thanks and other matters in a known thread are for people to see: "no need to come" must reach them.
  const isThreadable = sorting.kind === 'opens' || (sorting.kind === 'set-aside' && sorting.reason === 'not-a-fault');
  if (!isThreadable) return sorting;
  const found = await flow.ledger.findByMarks(clues);
  const asked = sorting.kind === 'opens' ? await flow.ledger.findByMarks(writerClues(marks), { stages: [...WAITING] }) : [];
  const placed = belong(understanding, found, asked, at);
  if (dmarc === 'fail' && placed.kind === 'adds' && placed.as === 'answer')
    return { ...placed, as: 'follow-up', why: 'it would answer our question, but DMARC says that its sender is forged' };
  // The office answers with a number that was missing; all else that it answers is for no report.
  if (placed.kind === 'opens' && answersNotice(clues))
    return { kind: 'set-aside', reason: 'not-a-fault', why: 'it answers a notice of ours' };
  return placed;
}

/** The references of reports of the same property, or else of the same writer, about the same kind of thing, that are not old. */
export async function alikes(flow: Flow, { marks, reading }: Understanding, own: string): Promise<string[]> {
  const since = new Date(flow.clock.now().getTime() - flow.settings.conversation.duplicateMs);
  const places = placeClues(marks);
  const near = await flow.ledger.findByMarks(places.length > 0 ? places : writerClues(marks), { since });
  return near.filter((known) => known.reference !== own && isAlike(reading, known)).map(({ reference }) => reference);
}

/** The reading with what the directory knows of its tenant: by the address of whoever reports, which is the sender's own in most mails. */
export function withDirectory(flow: Flow, mailbox: Mailbox, { reading, replyTo, marks }: Understanding): Reading {
  if (flow.directory === undefined) return reading;
  const written = writerClues(marks).map((mark) => mark.slice('from:'.length));
  const addresses = [reading.values.TenantEMailAddress?.value, ...written, ...(written.length > 0 ? [] : [replyTo.address])];
  for (const address of addresses) {
    const entries = address ? flow.directory.find(address) : [];
    const ours = entries.filter(({ branch }) => branch === null || branch === mailbox.branchName);
    if (ours.length > 0) return filled(reading, ours, mailbox.branch.phoneFormat);
  }
  return reading;
}
