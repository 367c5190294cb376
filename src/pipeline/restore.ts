/** After a lost ledger: takes in what an earlier one filed, so that threads go on and nothing is done or said a second time. */
import { Failure } from '../domain/failure.ts';
import { deriveReference } from '../domain/reference.ts';
import { FOLDERS, type Folder, type Report } from '../domain/report.ts';
import type { Sorting } from '../domain/sorting.ts';
import type { Understanding } from '../reading/understand.ts';
import { documentsOf } from './document.ts';
import type { Flow, Mailbox } from './flow.ts';
import type { Change, Inbox, Settlement, TakenMessage } from './ports.ts';
import { receive } from './receive.ts';
import { isOurs, replyId, sentKey } from './reply.ts';

/** Sent mails are looked at from so long ago: what was answered before then was filed long since. */
const SENT_MS = 30 * 86_400_000;

/**
 * Stores the mails of our own folders of a mailbox that this ledger has never looked at. Where there are none (a new installation) nothing is done.
 * The sent mails of every account that is new to this ledger are looked at too.
 * @param inbox is closed meanwhile, since some servers allow one connection at a time
 * @returns the watched folder, open: the same or a new one
 * @throws Failure imap-*; it begins again the next time
 */
export async function restore(flow: Flow, mailbox: Mailbox, inbox: Inbox, signal: AbortSignal): Promise<Inbox> {
  if (await flow.ledger.isRestored(mailbox.name)) return inbox;
  const found = FOLDERS.filter((filed) => inbox.has(mailbox.folders[filed]));
  const { sentFolder } = inbox;
  const looks = found.length > 0 || sentFolder !== null;
  if (looks) await inbox.close();
  if (sentFolder !== null) await noteSent(flow, mailbox, sentFolder, signal);
  for (const filed of found) await restoreFolder(flow, mailbox, filed, signal);
  await flow.ledger.markRestored(mailbox.name, flow.clock.now());
  return looks ? mailbox.open(signal) : inbox;
}

/** What an earlier ledger sent lies among the sent mails where the mail server keeps them: a reply that is found there does not go out again. */
async function noteSent(flow: Flow, mailbox: Mailbox, folder: string, signal: AbortSignal): Promise<void> {
  const inbox = await opened(mailbox, folder, signal);
  if (inbox === null) return;
  try {
    const ids = await inbox.messageIds(new Date(flow.clock.now().getTime() - SENT_MS), signal);
    await flow.ledger.passOver(ids.filter(isOurs).map(sentKey));
  } catch (error) {
    // Then a reply may come twice, with the same Message-ID; without its mails nothing comes at all.
    if (!(error instanceof Failure) || error.code !== 'imap-refused') throw error;
  } finally {
    await inbox.close().catch(() => undefined);
  }
}

async function restoreFolder(flow: Flow, mailbox: Mailbox, filed: Folder, signal: AbortSignal): Promise<void> {
  const folder = mailbox.folders[filed];
  const inbox = await opened(mailbox, folder, signal);
  if (inbox === null) return;
  try {
    const mails = await receive(flow, mailbox, inbox, true, signal, undefined, filed);
    if (mails > 0) flow.log.write({ event: 'mails-found-filed', mailbox: mailbox.name, folder, mails });
  } finally {
    await inbox.close().catch(() => undefined);
  }
}

/** @returns null when there is no such folder */
async function opened(mailbox: Mailbox, folder: string, signal: AbortSignal) {
  try {
    return await mailbox.open(signal, folder);
  } catch (error) {
    if (error instanceof Failure && error.code === 'imap-folder') return null;
    throw error;
  }
}

/**
 * What becomes of a mail that an earlier ledger filed: it stays where it is, and its report is as far as that folder says. No step is
 * left to do but for a question that is out, whose answer may come, and a person's decision.
 */
export function settlementOfFiled(
  flow: Flow,
  mailbox: Mailbox,
  stored: TakenMessage & { foundIn: Folder },
  { sorting, understanding, subject }: { sorting: Sorting; understanding: Understanding; subject: string },
): { settlement: Settlement; change: Change } {
  const { identity, foundIn } = stored;
  const base = { identity, subject, folder: foundIn, why: 'an earlier ledger filed it' };
  if (sorting.kind === 'set-aside')
    return { settlement: { ...base, outcome: 'set-aside', reason: sorting.reason, reference: null, marks: [] }, change: {} };
  if (sorting.kind === 'adds') {
    const reason = sorting.as === 'answer' ? 'follow-up' : sorting.as;
    return { settlement: { ...base, outcome: 'adds', reason, reference: sorting.to, marks: understanding.marks }, change: {} };
  }
  const reference = deriveReference(identity);
  const sent = (['question', 'confirmation'] as const).map((kind) => `id:${replyId(kind, `${reference}\0${0}`, reference, mailbox)}`);
  const report = reportOf(flow, stored, reference, understanding);
  const marks = [...understanding.marks, `ref:${reference}`, ...sent];
  return {
    settlement: { ...base, outcome: 'opens', reason: '', reference, marks },
    change: {
      open: report,
      documents: documentsOf(flow, reference, identity, report.stage === 'confirmed' ? [] : understanding.attachments, 0),
    },
  };
}

function reportOf(flow: Flow, stored: TakenMessage & { foundIn: Folder }, reference: string, { reading, replyTo }: Understanding): Report {
  const now = flow.clock.now();
  const asks = stored.foundIn === 'asked' && reading.values.TenantPhonePrimary === undefined;
  const isHeld = stored.foundIn === 'held';
  return {
    reference,
    mailbox: stored.mailbox,
    stage: asks ? 'asking' : isHeld ? 'held' : 'confirmed',
    heldFrom: isHeld ? 'read' : null,
    dueAt: asks ? new Date(now.getTime() + flow.settings.conversation.reminderMs) : null,
    priority: reading.values.IssuePriority?.value ?? 'Medium',
    reading,
    openedBy: stored.identity,
    createdAt: stored.receivedAt,
    tries: 0,
    failure: isHeld ? { code: 'ledger-lost', detail: 'an earlier ledger held it' } : null,
    replyTo: replyTo.address === null ? null : { address: replyTo.address, name: replyTo.name },
  };
}
