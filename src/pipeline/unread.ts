/** Tells senders whose mail could not be read, where sending it again helps: it was empty, or too large to take. */
import { failureOf } from '../domain/failure.ts';
import { replyTo } from '../reading/reply-to.ts';
import { type Flow, readingContext } from './flow.ts';
import type { UnreadableModel } from './ports.ts';
import { permitted, replyId, sendOnce, threadOf } from './reply.ts';
import { dayAndTime } from './reply-model.ts';

const TROUBLE: Record<string, UnreadableModel['trouble']> = { 'mail-too-large': 'too-large', 'mail-empty': 'empty' };

/** @throws Failure smtp-*: the others wait with it, since it is the same server */
export async function answerUnread(flow: Flow, since: Date, signal: AbortSignal): Promise<void> {
  for (const identity of await flow.ledger.unread(Object.keys(TROUBLE), since)) {
    signal.throwIfAborted();
    try {
      await answer(flow, identity, signal);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'retry') throw failure;
    }
    await flow.ledger.passOver([`unread/${identity}`]);
  }
}

async function answer(flow: Flow, identity: string, signal: AbortSignal): Promise<void> {
  const stored = await flow.ledger.message(identity);
  const mailbox = stored && flow.mailboxes.get(stored.mailbox);
  const trouble = stored && TROUBLE[stored.reason];
  if (!stored || !mailbox || !trouble) return;
  const message = await flow.mime.parse(flow.raws.open(stored.rawKey));
  const to = replyTo(message, readingContext(flow, mailbox, stored.receivedAt));
  if (to.address === null) return;
  const messageId = replyId('unreadable', identity, identity.slice(0, 9), mailbox);
  if ((await permitted(flow, mailbox, { messageId, address: to.address, reference: null, kind: 'unreadable' })) !== 'yes') return;
  const { agency, branch, style } = mailbox;
  const model: UnreadableModel = {
    agency: { name: agency.name, outOfHoursPhone: agency.outOfHoursPhone },
    subject: message.subject,
    receivedAt: dayAndTime('', stored.receivedAt, branch.timeZone, style.language),
    trouble,
    megabytes: Math.floor(flow.settings.mailBytes / (1 << 20)),
  };
  const mail = { messageId, from: mailbox.replyFrom, to: { name: to.name, address: to.address } };
  await sendOnce(flow, { ...mail, ...flow.wording.render('unreadable', model, style), ...(await threadOf(flow, identity)) }, signal);
}
