/** Tells the sender: a reply is allowed, marked so that its answer finds the report, and sent, in this order. */
import { createHash } from 'node:crypto';
import { Failure } from '../domain/failure.ts';
import { domainOf } from '../domain/message.ts';
import { isStaff } from '../reading/unwrap.ts';
import type { Permit, ReplyCaps } from './correspondence.ts';
import { type Flow, type Mailbox, readingContext } from './flow.ts';
import type { Done, InHand } from './in-hand.ts';
import type { Reply, ReplyKind, StoredMessage } from './ports.ts';
import { replyModel } from './reply-model.ts';
import { HAD_BEFORE } from './submit.ts';

/** A References field with more ids keeps the first and the last ones (RFC 5537 §3.4.4 does the same). */
const MOST_REFERENCES = 20;
/** An agent forwards many reports and is told of each. */
const STAFF_FACTOR = 10;

const REFUSED: Record<Exclude<Permit, 'yes'>, string> = {
  'too-many': 'this address, or this report, had as many replies as the settings allow',
  bounced: 'a mail to this address came back',
};

/** @throws Failure smtp-* */
export async function confirm(flow: Flow, inHand: InHand, signal: AbortSignal): Promise<Done> {
  const hadBefore = inHand.attempts.findLast(({ step, outcome }) => step === 'submit' && outcome === 'ok')?.detail === HAD_BEFORE;
  const outcome = hadBefore ? 'an earlier ledger told the sender' : await reply(flow, inHand, 'confirmation', 0, signal);
  return { detail: outcome === 'sent' ? '' : outcome, progress: { stage: 'confirmed', dueAt: null, folder: 'job' } };
}

/**
 * Sends one reply about a report.
 * @param earlier how many of its kind went out before
 * @returns `sent`, or why nobody may be answered
 * @throws Failure smtp-*
 */
export async function reply(
  flow: Flow,
  inHand: InHand,
  kind: 'question' | 'reminder' | 'confirmation',
  earlier: number,
  signal: AbortSignal,
): Promise<string> {
  const { report, mailbox } = inHand;
  if (report.replyTo === null) return 'the mail names nobody who may be answered';
  const messageId = replyId(kind, `${report.reference}\0${earlier}`, report.reference, mailbox);
  const permit = await permitted(flow, mailbox, { messageId, address: report.replyTo.address, reference: report.reference, kind });
  if (permit !== 'yes') return REFUSED[permit];
  const mail: Reply = {
    messageId,
    from: mailbox.replyFrom,
    to: report.replyTo,
    ...flow.wording.render(kind, replyModel(inHand), mailbox.style),
    ...(await threadOf(flow, await latestOf(flow, report.reference, report.openedBy))),
  };
  // Before it is sent, so that an answer finds its report even if this process ends in between.
  await flow.ledger.addMarks(report.reference, [`id:${messageId}`]);
  if (await sendOnce(flow, mail, signal)) flow.watcher?.replied(report.reference, kind, mail);
  return 'sent';
}

/** @returns false when an earlier ledger had sent it: it was found among the sent mails. @throws Failure smtp-* */
export async function sendOnce(flow: Flow, mail: Reply, signal: AbortSignal): Promise<boolean> {
  if (await flow.ledger.wasTold(sentKey(mail.messageId))) return false;
  await flow.outbox.send(mail, signal);
  return true;
}

/** Under which the ledger keeps that an earlier one had sent this mail. */
export function sentKey(messageId: string): string {
  return `sent/${messageId}`;
}

/** Whether `replyId` may have made it. */
export function isOurs(messageId: string): boolean {
  return messageId.startsWith('<faultline.');
}

/** Counts a reply against the caps of its address and report. */
export async function permitted(
  flow: Flow,
  mailbox: Mailbox,
  sending: { messageId: string; address: string; reference: string | null; kind: ReplyKind },
): Promise<Permit> {
  const now = flow.clock.now();
  const isOfStaff = isStaff({ name: '', address: sending.address }, readingContext(flow, mailbox, now));
  // The office's own address is no exception: its absence note would go round with our notices.
  const factor = isOfStaff && sending.address.toLowerCase() !== mailbox.agency.noticesTo?.toLowerCase() ? STAFF_FACTOR : 1;
  const { perHour, perDay, perReport, openQuestions } = flow.settings.conversation.caps;
  const caps: ReplyCaps = { perHour: perHour * factor, perDay: perDay * factor, perReport, openQuestions: openQuestions * factor };
  return flow.ledger.permitReply(sending, caps, now);
}

/** The same reply always has the same Message-ID, so that mail systems can tell a repeated one. @param what names the reply among all of its kind */
export function replyId(kind: string, what: string, shown: string, { replyFrom }: Mailbox): string {
  const hash = createHash('sha256').update(`reply\0${kind}\0${what}`).digest('hex').slice(0, 12);
  return `<faultline.${kind}.${shown}.${hash}@${domainOf(replyFrom.address)}>`;
}

/** The mail that a reply answers: the last one that opened or completed the report. */
async function latestOf(flow: Flow, reference: string, openedBy: string): Promise<string> {
  const messages = await flow.ledger.messagesOf(reference);
  return (
    messages.findLast(({ outcome, reason }) => outcome === 'opens' || (outcome === 'adds' && reason === 'answer'))?.identity ?? openedBy
  );
}

/** In-Reply-To and References (RFC 5322 §3.6.4) of a reply to this message; none when it cannot be read any more, since the reply matters more. */
export async function threadOf(flow: Flow, identity: string): Promise<Pick<Reply, 'inReplyTo' | 'references'>> {
  const stored = await flow.ledger.message(identity);
  return stored === null ? { inReplyTo: null, references: [] } : threadOfStored(flow, stored);
}

async function threadOfStored(flow: Flow, stored: StoredMessage): Promise<Pick<Reply, 'inReplyTo' | 'references'>> {
  try {
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
