/** Files mails on the server by what became of them: in batches, since one MOVE of a thousand costs little more than one of one. */
import { Failure } from '../domain/failure.ts';
import { FOLDERS, type Folder } from '../domain/report.ts';
import type { Flow, Mailbox } from './flow.ts';
import { grouped } from './grouped.ts';
import type { Filed, Inbox, MailMarks, Placement } from './ports.ts';

const BATCH = 500;

/** What people see in their mail program beside the folder; RFC 9051 §2.3.2: keywords are atoms. */
const KEYWORDS: Record<Folder, string[]> = {
  job: ['FaultlineJob'],
  asked: ['FaultlineAsked'],
  ignored: ['FaultlineIgnored'],
  followUp: ['FaultlineFollowUp'],
  duplicate: ['FaultlineDuplicate'],
  held: ['FaultlineHeld', '\\Flagged'],
};

/** Where a mail with these keywords was filed, or null when it has none of ours. */
export function filedBy(keywords: string[]): Folder | null {
  return FOLDERS.find((folder) => keywords.some((keyword) => keyword.toLowerCase() === KEYWORDS[folder][0]?.toLowerCase())) ?? null;
}

/** The flag of a held mail goes when the mail leaves that folder; elsewhere a flag is a person's own. */
function marksOf(filed: Folder, before: Folder | null): MailMarks {
  const add = KEYWORDS[filed];
  const earlier = FOLDERS.flatMap((outcome) => KEYWORDS[outcome].filter((mark) => mark !== '\\Flagged' || outcome === before));
  return { add, remove: earlier.filter((mark) => !add.includes(mark)) };
}

type Unfiled = Placement & { filed: Folder };

/**
 * Files everything of this mailbox that lies elsewhere than where it belongs. A mail that is gone counts as filed, or it would be tried for ever.
 * @returns how many mails were looked at
 * @throws Failure imap-*
 */
export async function file(flow: Flow, mailbox: Mailbox, inbox: Inbox, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (;;) {
    signal.throwIfAborted();
    const batch = await flow.ledger.unfiled(mailbox.name, BATCH);
    for (const group of grouped(batch, ({ folder, uidValidity, filed }) => JSON.stringify([folder, uidValidity, filed])).values()) {
      await fileGroup(flow, mailbox, inbox, group, signal);
    }
    count += batch.length;
    if (batch.length < BATCH) return count;
  }
}

/** Mails that lie in one folder and go to one folder. */
async function fileGroup(flow: Flow, mailbox: Mailbox, inbox: Inbox, group: Unfiled[], signal: AbortSignal): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const target = mailbox.folders[first.filed];
  const before = FOLDERS.find((outcome) => mailbox.folders[outcome] === first.folder) ?? null;
  const filed = new Map((await moved(inbox, first, group, target, before, signal)).map((one) => [one.uid, one]));
  await flow.ledger.recordFiled(
    group.map((placement) => ({ placement, filed: placement.filed, to: filed.get(placement.uid)?.to ?? null })),
  );
  if (filed.size === 0) return;
  const hasMoved = [...filed.values()].some((one) => one.moved);
  flow.log.write({ event: 'mail-filed', mailbox: mailbox.name, folder: target, mails: filed.size, moved: hasMoved });
  for (const placement of group) if (filed.has(placement.uid)) flow.watcher?.filed(mailbox.name, placement, target);
}

async function moved(
  inbox: Inbox,
  { folder, uidValidity, filed }: Unfiled,
  group: Unfiled[],
  target: string,
  before: Folder | null,
  signal: AbortSignal,
): Promise<Filed[]> {
  // UIDs of another UIDVALIDITY may name other mails; and moving a mail into its own folder would make it a new one.
  if (folder === target || (folder === inbox.folder && uidValidity !== inbox.uidValidity)) return [];
  try {
    const uids = group.map((placement) => placement.uid);
    return await inbox.file({ folder, uidValidity, uids }, target, marksOf(filed, before), signal);
  } catch (error) {
    // A folder of ours that somebody deleted or renamed: its mails are out of reach, and the watched folder must go on.
    if (folder !== inbox.folder && error instanceof Failure && error.code === 'imap-refused') return [];
    throw error;
  }
}
