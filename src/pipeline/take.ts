/** Takes one stored message: parses, sorts and reads it, and writes down what becomes of it in one transaction. */
import { Failure, type FailureCode, failureOf } from '../domain/failure.ts';
import { deriveReference } from '../domain/reference.ts';
import type { Report, ReportDocument } from '../domain/report.ts';
import type { Sorting } from '../domain/sorting.ts';
import { completed } from '../reading/answer.ts';
import { type Understanding, understand } from '../reading/understand.ts';
import { noteBounce } from './bounce.ts';
import { documentsOf } from './document.ts';
import { type Flow, mailboxOf, readingContext } from './flow.ts';
import { alikes, place, withDirectory } from './place.ts';
import type { Change, Settlement, TakenMessage } from './ports.ts';
import { settlementOfFiled } from './restore.ts';

/**
 * A mail that was begun this often and never settled killed the process each time: it is held. Not sooner, since whoever is killed by
 * somebody else, again and again, is most often at the mail that he begins with (ten times in a row in one of three long crash runs).
 * A mail that takes too long or too much memory is stopped in its own thread and held at once; this is for what a thread cannot stop.
 */
const MOST_TRIES = 30;
/** Why a report was held that an answer sets going again; one that was held for another reason only learns the answer. */
const ANSWERED: FailureCode[] = ['nobody-to-ask', 'no-answer'];

/**
 * @returns false when no message waits
 * @throws Failure disk-full and the like: the message waits and is taken again
 */
export async function takeNext(flow: Flow): Promise<boolean> {
  const stored = await flow.ledger.takeMessage(flow.clock.now());
  if (stored === null) return false;
  try {
    await take(flow, stored);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'retry') {
      await flow.ledger.putBack(stored.identity, stored.token);
      throw failure;
    }
    await hold(flow, stored, failure, '');
  }
  return true;
}

async function take(flow: Flow, stored: TakenMessage): Promise<void> {
  if (stored.tries > MOST_TRIES) throw new Failure('mail-unreadable', `it ended the process ${MOST_TRIES} times`);
  const mailbox = mailboxOf(flow, stored.mailbox);
  const context = readingContext(flow, mailbox, stored.receivedAt);
  const { message, understanding } = await flow.mime.read(flow.raws.open(stored.rawKey), context);
  if (stored.tooLarge) return hold(flow, stored, new Failure('mail-too-large', `${stored.bytes} bytes`), message.subject);
  const sorting = await place(flow, understanding, stored.receivedAt);
  // The subject of an old thread says nothing of the new fault.
  if (sorting.kind === 'opens' && sorting.thread !== undefined)
    understanding.reading = understand({ ...message, subject: '' }, context).reading;
  if (sorting.kind === 'set-aside' && sorting.reason === 'bounce' && stored.foundIn === null) await noteBounce(flow, stored, message);

  const { foundIn } = stored;
  if (foundIn !== null) {
    const { settlement, change } = settlementOfFiled(
      flow,
      mailbox,
      { ...stored, foundIn },
      { sorting, understanding, subject: message.subject },
    );
    return settle(flow, settlement, stored, change);
  }

  const isEmpty = !message.text?.trim() && !message.html?.trim() && message.subject.trim() === '' && understanding.attachments.length === 0;
  if (sorting.kind === 'opens' && isEmpty && message.attached.length === 0) {
    return hold(flow, stored, new Failure('mail-empty', 'neither subject, text nor attachment'), '');
  }
  if (sorting.kind === 'opens') return opens(flow, stored, understanding, message.subject, sorting.thread);
  if (sorting.kind === 'adds' && sorting.as === 'answer') return answers(flow, stored, understanding, sorting, message.subject);
  await settle(
    flow,
    {
      identity: stored.identity,
      outcome: sorting.kind,
      reason: sorting.kind === 'adds' ? sorting.as : sorting.reason,
      why: sorting.why,
      subject: message.subject,
      reference: sorting.kind === 'adds' ? sorting.to : null,
      folder: sorting.kind === 'set-aside' ? 'ignored' : sorting.as === 'duplicate' ? 'duplicate' : 'followUp',
      marks: sorting.kind === 'adds' ? understanding.marks : [],
    },
    stored,
  );
}

async function opens(flow: Flow, stored: TakenMessage, understanding: Understanding, subject: string, thread?: string): Promise<void> {
  let reference = deriveReference(stored.identity);
  for (let candidate = 1; await flow.ledger.referenceTaken(reference, stored.identity); candidate += 1) {
    reference = deriveReference(stored.identity, candidate);
  }
  const { replyTo, dmarc } = understanding;
  const reading = withDirectory(flow, mailboxOf(flow, stored.mailbox), understanding);
  const isForged = dmarc === 'fail';
  const report: Report = {
    reference,
    mailbox: stored.mailbox,
    stage: isForged ? 'held' : 'read',
    heldFrom: isForged ? 'read' : null,
    dueAt: isForged ? null : flow.clock.now(),
    priority: reading.values.IssuePriority?.value ?? 'Medium',
    reading,
    openedBy: stored.identity,
    createdAt: flow.clock.now(),
    tries: 0,
    failure: isForged ? { code: 'sender-forged', detail: 'DMARC: fail' } : null,
    replyTo: replyTo.address === null ? null : { address: replyTo.address, name: replyTo.name },
  };
  const documents = documentsOf(flow, reference, stored.identity, understanding.attachments, 0);
  const alike = await alikes(flow, understanding, reference);
  const why = [
    ...(thread === undefined ? [] : [`a new fault in the thread of ${thread}`]),
    ...(alike.length > 0 ? [`it may be the same fault as ${alike.join(', ')}`] : []),
  ].join('; ');
  const settlement = opened(stored, reference, subject, [...understanding.marks, `ref:${reference}`]);
  await settle(flow, { ...settlement, why, folder: isForged ? 'held' : null }, stored, { open: report, documents, alike });
}

async function answers(
  flow: Flow,
  stored: TakenMessage,
  understanding: Understanding,
  sorting: Sorting & { kind: 'adds' },
  subject: string,
): Promise<void> {
  const report = await flow.ledger.report(sorting.to);
  if (report === null) throw new Failure('unexpected', `the report ${sorting.to} is gone`);
  const reading = completed(report.reading, understanding);
  const known: ReportDocument[] = await flow.ledger.documents(report.reference);
  const documents = documentsOf(flow, report.reference, stored.identity, understanding.attachments, known.length);
  const isStillHeld = report.stage === 'held' && report.failure !== null && !ANSWERED.includes(report.failure.code);
  const update: Report = isStillHeld
    ? { ...report, reading }
    : { ...report, reading, stage: 'read', heldFrom: null, dueAt: flow.clock.now(), tries: 0, failure: null };
  await settle(
    flow,
    { ...opened(stored, report.reference, subject, understanding.marks), outcome: 'adds', reason: 'answer', why: sorting.why },
    stored,
    { update, was: report, documents },
  );
}

function opened(stored: TakenMessage, reference: string, subject: string, marks: string[]): Settlement {
  return { identity: stored.identity, outcome: 'opens', reason: '', why: '', subject, reference, folder: null, marks };
}

async function hold(flow: Flow, stored: TakenMessage, failure: Failure, subject: string): Promise<void> {
  await settle(
    flow,
    {
      identity: stored.identity,
      outcome: 'held',
      reason: failure.code,
      why: failure.detail,
      subject,
      reference: null,
      folder: 'held',
      marks: [],
    },
    stored,
  );
}

async function settle(flow: Flow, settlement: Settlement, stored: TakenMessage, change: Change = {}): Promise<void> {
  await flow.ledger.settle(settlement, change, stored.token);
  flow.log.write({
    event: 'mail-settled',
    mailbox: stored.mailbox,
    message: stored.identity.slice(0, 12),
    outcome: settlement.outcome,
    reason: settlement.reason,
    reference: settlement.reference,
  });
  flow.watcher?.settled(stored, settlement, (change.open ?? change.update)?.reading ?? null);
}
