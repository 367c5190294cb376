/**
 * Tells the agency's people what a person must do or know: held reports and mails, follow-ups, alike reports, failing mailboxes and keys.
 * What is news follows from the ledger, so no step can forget to tell. Each thing is told once, and of one cause at most one mail an hour
 * goes out, which then tells all that gathered. Whether these mails come back, are answered by a machine, or bounce: none leads to another.
 */
import { createHash } from 'node:crypto';
import { failureOf } from '../domain/failure.ts';
import { domainOf } from '../domain/message.ts';
import { backoffMs } from './advance.ts';
import { sleep } from './bell.ts';
import type { Letter, News } from './correspondence.ts';
import { branchIdOf, type Flow, type Mailbox } from './flow.ts';
import { grouped } from './grouped.ts';
import { composed, isOfOffice } from './notice.ts';
import { answerUnread } from './unread.ts';

/** The ledger is looked at so often. */
const LOOK_MS = 5_000;
/** What is older was told before, or nobody wants to know it any more: whoever sets an address is not told of years. */
const SINCE_MS = 7 * 86_400_000;
const LEASE_MS = 5 * 60_000;
/** One mail tells so much; the rest comes with the next. */
const MOST_NEWS = 50;

/** Until the signal aborts. Never throws: a ledger that fails is tried again. */
export async function tellPeople(flow: Flow, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tellNews(flow, signal);
    await sleep(LOOK_MS, signal);
  }
}

/** Sends all that is to be told now. Never throws. */
export async function tellNews(flow: Flow, signal: AbortSignal): Promise<void> {
  try {
    await answerUnread(flow, new Date(flow.clock.now().getTime() - SINCE_MS), signal);
    await openLetters(flow);
    for (;;) {
      const letter = signal.aborted ? null : await flow.ledger.claimLetter(flow.clock.now(), LEASE_MS);
      if (letter === null) return;
      await send(flow, letter, signal);
    }
  } catch (error) {
    const failure = failureOf(error);
    if (!signal.aborted) flow.log.write({ event: 'worker-failed', code: failure.code, detail: failure.detail });
  }
}

async function openLetters(flow: Flow): Promise<void> {
  const now = flow.clock.now();
  const news = await flow.ledger.news(new Date(now.getTime() - SINCE_MS), now);
  const addressed = news.flatMap((one) => {
    const mailbox = mailboxOfNews(flow, one);
    return mailbox === null || mailbox.agency.noticesTo === null ? [] : [{ news: one, mailbox }];
  });
  for (const group of grouped(addressed, ({ news: { cause }, mailbox }) => JSON.stringify([mailbox.name, cause])).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { mailbox } = first;
    const last = await flow.ledger.lastLetter(mailbox.name, first.news.cause);
    if (last !== null && now.getTime() - last.getTime() < flow.settings.conversation.noticeMs) continue;
    const wanted: News[] = [];
    for (const { news: one } of group.slice(0, MOST_NEWS))
      if (await isOfOffice(flow, mailbox, one)) await flow.ledger.passOver([one.key]);
      else wanted.push(one);
    if (wanted.length > 0) await flow.ledger.openLetter(mailbox.name, first.news.cause, wanted, now);
  }
}

/** A key or branch that is paused concerns all its mailboxes; the first one speaks for them. */
function mailboxOfNews(flow: Flow, { mailbox, keyId }: News): Mailbox | null {
  if (mailbox !== null) return flow.mailboxes.get(mailbox) ?? null;
  return [...flow.mailboxes.values()].find((one) => one.keyId === keyId || branchIdOf(one.branch) === keyId) ?? null;
}

async function send(flow: Flow, letter: Letter, signal: AbortSignal): Promise<void> {
  const mailbox = flow.mailboxes.get(letter.mailbox);
  const to = mailbox?.agency.noticesTo;
  const now = () => flow.clock.now();
  if (mailbox === undefined || !to) return flow.ledger.closeLetter(letter, 'nobody', null, now());
  try {
    const { subject, text, html, attachments } = await composed(flow, mailbox, letter.news);
    await flow.outbox.send(
      {
        messageId: noticeId(letter, mailbox),
        from: mailbox.replyFrom,
        to: { name: '', address: to },
        subject,
        text,
        html,
        inReplyTo: null,
        references: [],
        isNotice: true,
        attachments,
      },
      signal,
    );
    await flow.ledger.closeLetter(letter, 'sent', null, now());
    flow.log.write({ event: 'notice-sent', mailbox: mailbox.name, about: letter.news[0]?.kind ?? '', news: letter.news.length });
  } catch (error) {
    const failure = failureOf(error);
    const isOver = failure.kind !== 'retry';
    const again = isOver ? null : new Date(now().getTime() + backoffMs(letter.tries, flow.settings));
    await flow.ledger.closeLetter(letter, failure.code, again, now());
    flow.log.write({
      event: 'notice-failed',
      mailbox: mailbox.name,
      code: failure.code,
      retryMs: again && again.getTime() - now().getTime(),
    });
  }
}

/** The same notice always has the same Message-ID. */
function noticeId({ id }: Letter, { replyFrom }: Mailbox): string {
  const hash = createHash('sha256').update(`notice\0${id}`).digest('hex').slice(0, 12);
  return `<faultline.notice.${hash}@${domainOf(replyFrom.address)}>`;
}
