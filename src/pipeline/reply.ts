/** Tells the sender: the confirmation of a job, or the question for what is missing. */
import { createHash } from 'node:crypto';
import { DateTime } from 'luxon';
import { Failure } from '../domain/failure.ts';
import { domainOf } from '../domain/message.ts';
import type { Missing } from '../domain/reading.ts';
import { dangersOf } from '../reading/dangers.ts';
import type { Flow } from './flow.ts';
import type { Done, InHand } from './in-hand.ts';
import type { Reply, ReplyKind, ReplyModel } from './ports.ts';

/** Whoever does not answer the question itself so often is left to a person: it may be a machine. */
const MOST_QUESTIONS = 3;
/** A References field with more ids keeps the first and the last ones (RFC 5537 §3.4.4 does the same). */
const MOST_REFERENCES = 20;

/** @throws Failure smtp-* */
export async function confirm(flow: Flow, inHand: InHand, signal: AbortSignal): Promise<Done> {
  const sent = await send(flow, inHand, 'confirmation', 0, signal);
  return { detail: sent ? '' : 'nobody may be answered', progress: { stage: 'confirmed', dueAt: null, folder: 'job' } };
}

/** @throws Failure nobody-to-ask, smtp-* */
export async function ask(flow: Flow, inHand: InHand, signal: AbortSignal): Promise<Done> {
  const asked = inHand.attempts.filter((attempt) => attempt.step === 'ask' && attempt.outcome === 'ok').length;
  if (asked >= MOST_QUESTIONS) throw new Failure('nobody-to-ask', `asked ${asked} times in vain`);
  try {
    const sent = await send(flow, inHand, 'question', asked, signal);
    if (!sent) throw new Failure('nobody-to-ask', 'the mail names nobody who may be answered');
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'smtp-refused') throw error;
    throw new Failure('nobody-to-ask', error.detail, { cause: error });
  }
  return { detail: '', progress: { stage: 'asking', dueAt: null, folder: 'asked' } };
}

/** @returns false when there is nobody who may be answered */
async function send(flow: Flow, inHand: InHand, kind: ReplyKind, earlier: number, signal: AbortSignal): Promise<boolean> {
  const { report, mailbox } = inHand;
  if (report.replyTo === null) return false;
  const { subject, text } = flow.wording.render(kind, replyModel(inHand));
  const reply: Reply = {
    messageId: replyId(kind, report.reference, earlier, mailbox.replyFrom.address),
    from: mailbox.replyFrom,
    to: report.replyTo,
    subject,
    text,
    ...(await threadOf(flow, report.openedBy)),
  };
  // Before it is sent, so that an answer finds its report even if this process ends in between.
  await flow.ledger.addMarks(report.reference, [`id:${reply.messageId}`]);
  await flow.outbox.send(reply, signal);
  flow.watcher?.replied(report.reference, kind, reply);
  return true;
}

/** The same reply always has the same Message-ID, so that mail systems can tell a repeated one. `earlier`: how many of its kind went out before. */
function replyId(kind: ReplyKind, reference: string, earlier: number, from: string): string {
  const hash = createHash('sha256').update(`reply\0${kind}\0${reference}\0${earlier}`).digest('hex').slice(0, 12);
  return `<faultline.${kind}.${reference}.${hash}@${domainOf(from)}>`;
}

/** In-Reply-To and References (RFC 5322 §3.6.4) of a reply to this message; none when it cannot be read any more, since the reply matters more. */
async function threadOf(flow: Flow, identity: string): Promise<Pick<Reply, 'inReplyTo' | 'references'>> {
  try {
    const stored = await flow.ledger.message(identity);
    if (stored === null) return { inReplyTo: null, references: [] };
    const { messageId, references, inReplyTo } = await flow.mime.parse(flow.raws.open(stored.rawKey));
    if (messageId === null) return { inReplyTo: null, references: [] };
    const earlier = references.length > 0 ? references : inReplyTo.length === 1 ? inReplyTo : [];
    const chain = [...earlier.filter((id) => id !== messageId), messageId];
    return {
      inReplyTo: messageId,
      references: chain.length <= MOST_REFERENCES ? chain : [...chain.slice(0, 1), ...chain.slice(1 - MOST_REFERENCES)],
    };
  } catch (error) {
    if (error instanceof Failure && (error.code === 'raw-missing' || error.code === 'mail-unreadable'))
      return { inReplyTo: null, references: [] };
    throw error;
  }
}

/** What the reply texts are made of. */
export function replyModel({ report, mailbox, documents }: InHand): ReplyModel {
  const { values } = report.reading;
  const address = [
    values.PropertyAddress1,
    values.PropertyAddress2,
    values.PropertyAddress3,
    values.PropertyAddress4,
    values.PropertyPostcode,
  ].flatMap((line) => line?.value || []);
  const name = [values.TenantForename ?? values.TenantTitle, values.TenantSurname].flatMap((part) => part?.value || []);
  const phone = values.TenantPhonePrimary?.value ?? null;
  const missing: Missing[] = ['phone', 'address'];
  return {
    agency: { name: mailbox.agency.name, outOfHoursPhone: mailbox.agency.outOfHoursPhone },
    reference: report.reference,
    reportedAt: dayAndTime(values.ReportedAt?.value ?? '', report.createdAt, mailbox.branch.timeZone),
    tenantName: name.join(' ') || null,
    title: values.IssueTitle?.value ?? '',
    priority: values.IssuePriority?.value ?? report.priority,
    address: address.join(', ') || null,
    phone,
    photos: {
      taken: documents.filter((document) => document.refused === null).map((document) => document.name),
      refused: documents.flatMap(({ name, refused }) => (refused === null ? [] : [{ name, why: refused }])),
    },
    missing: missing.filter((one) => (one === 'phone' ? phone === null : report.reading.missing.includes('address'))),
    dangers: dangersOf(report.reading),
  };
}

/** `3 March 2026, 09:15` */
function dayAndTime(iso: string, fallback: Date, zone: string): string {
  const read = DateTime.fromISO(iso);
  const time = read.isValid ? read : DateTime.fromJSDate(fallback);
  return time.setZone(zone).setLocale('en-GB').toFormat('d MMMM yyyy, HH:mm');
}
