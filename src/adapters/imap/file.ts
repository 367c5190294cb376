/** Files mails of the open folder: marks them and moves them, by MOVE or by copy and deletion; what cannot be moved stays, marked. */
import type { CopyResponseObject, ImapFlow, ListResponse } from 'imapflow';
import type { Filed, MailMarks } from '../../pipeline/ports.ts';
import { isRefusal } from './failures.ts';
import { type Session, serverPath } from './session.ts';

/** Folders that the server is known to have, by its own paths; kept for a connection. */
export type KnownFolders = Set<string>;

/** @throws Failure imap-unreachable, imap-busy; then each mail is where it was or where it should be */
export async function fileMails(session: Session, known: KnownFolders, uids: number[], to: string, marks: MailMarks): Promise<Filed[]> {
  const range = rangeOf(uids);
  await mark(session, range, marks);
  const moved = await moveTo(session, known, range, to);
  if (!moved) return uids.map((uid) => ({ uid, moved: false, to: null }));
  const { uidMap, uidValidity } = moved;
  if (!uidMap || uidValidity === undefined) return uids.map((uid) => ({ uid, moved: true, to: null }));
  return uids.flatMap((uid) => {
    const there = uidMap.get(uid);
    return there === undefined ? [] : [{ uid, moved: true, to: { folder: to, uidValidity: String(uidValidity), uid: there } }];
  });
}

/** A server without keywords refuses them: the folder tells as much. */
async function mark({ client, answered }: Session, range: string, { add, remove }: MailMarks): Promise<void> {
  const here = client.mailbox ? client.mailbox.flags : new Set<string>();
  const gone = remove.filter((one) => here.has(one));
  if (gone.length > 0) await answered(client.messageFlagsRemove(range, gone, { uid: true, silent: true }));
  if (add.length > 0) await answered(client.messageFlagsAdd(range, add, { uid: true, silent: true }));
}

/** @returns false where the server will not move them */
async function moveTo(session: Session, known: KnownFolders, range: string, to: string): Promise<CopyResponseObject | false> {
  const { client } = session;
  // Without UIDPLUS an EXPUNGE would also remove mails that a person only marked as deleted.
  if (!client.capabilities.has('MOVE') && !client.capabilities.has('UIDPLUS')) return false;
  const path = serverPath(client, to);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    if (!known.has(path) && !(await makeFolder(session, known, path))) return false;
    const moved = await moveInto(session, range, path);
    if (moved) return moved;
    // Somebody may have renamed or deleted the folder since we saw it.
    if (await isThere(session, known, path)) return false;
  }
  return false;
}

async function moveInto({ client, answered }: Session, range: string, path: string): Promise<CopyResponseObject | false> {
  if (client.capabilities.has('MOVE')) return (await answered(client.messageMove(range, path, { uid: true }))) || false;
  const copied = await answered(client.messageCopy(range, path, { uid: true }));
  if (!copied) return false;
  // \Deleted, then UID EXPUNGE of these alone (RFC 4315 §2.1).
  return (await answered(client.messageDelete(range, { uid: true }))) ? copied : false;
}

/** @returns whether the folder is there now */
async function makeFolder(session: Session, known: KnownFolders, path: string): Promise<boolean> {
  try {
    await session.within(session.client.mailboxCreate(path));
    known.add(path);
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return isThere(session, known, path); // another program may have made it meanwhile
  }
}

/** Asks the server for its folders anew. */
async function isThere(session: Session, known: KnownFolders, path: string): Promise<boolean> {
  known.clear();
  for (const folder of await foldersOf(session)) known.add(folder);
  return known.has(path);
}

/** The paths of the folders that can be opened. */
export async function foldersOf({ client, within }: { client: ImapFlow; within: Session['within'] }): Promise<string[]> {
  return (await listed({ client, within })).map(({ path }) => path);
}

/** The folders that can be opened. `specialUse`: as the server says, or by its usual name where it does not. */
export async function listed({ client, within }: Pick<Session, 'client' | 'within'>): Promise<ListResponse[]> {
  const folders = await within(client.list());
  return folders.filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent'));
}

/** `3,4,5,9` as `3:5,9` (RFC 9051 §9, sequence-set). */
export function rangeOf(uids: number[]): string {
  const sorted = [...new Set(uids)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const uid of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] === uid - 1) last[1] = uid;
    else ranges.push([uid, uid]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`)).join(',');
}
