/** Files mails of the open folder: marks them and moves them, by MOVE or by copy and deletion; what cannot be moved stays, marked. */
import type { CopyResponseObject, ImapFlow, ListResponse } from 'imapflow';
import type { Filed, MailMarks } from '../../pipeline/ports.ts';
import { copiesIn } from './copies.ts';
import { isRefusal } from './failures.ts';
import { bounded } from './limits.ts';
import { rangeOf } from './range.ts';
import { type Session, serverPath } from './session.ts';

/** Folders that the server is known to have, by its own paths; kept for a connection. */
export type KnownFolders = Set<string>;

/** @throws Failure imap-unreachable, imap-busy; then each mail is where it was or where it should be */
export async function fileMails(session: Session, known: KnownFolders, uids: number[], to: string, marks: MailMarks): Promise<Filed[]> {
  const again = wayOf(session) === 'copy' ? await markedWith(session, uids, marks) : [];
  await mark(session, rangeOf(uids), marks);
  const moved = await moveTo(session, known, uids, again, to);
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

/** Without UIDPLUS an EXPUNGE would also remove mails that a person only marked as deleted: there they stay. */
function wayOf({ client }: Session): 'move' | 'copy' | 'stay' {
  if (client.capabilities.has('MOVE')) return 'move';
  return client.capabilities.has('UIDPLUS') ? 'copy' : 'stay';
}

/** Those that carry the marks before we set them: their filing was begun before, and it may have been cut off behind the COPY. */
async function markedWith({ client, timeoutMs }: Session, uids: number[], { add }: MailMarks): Promise<number[]> {
  const marked: number[] = [];
  for await (const { uid, flags } of bounded(client, client.fetch(rangeOf(uids), { uid: true, flags: true }, { uid: true }), timeoutMs))
    if (add.every((one) => flags?.has(one))) marked.push(uid);
  return marked;
}

/**
 * @param again those of them that may have been copied there already
 * @returns false where the server will not move them
 */
async function moveTo(session: Session, known: KnownFolders, uids: number[], again: number[], to: string): Promise<Moved | false> {
  if (wayOf(session) === 'stay') return false;
  const path = serverPath(session.client, to);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    if (!known.has(path) && !(await makeFolder(session, known, path))) return false;
    const moved = wayOf(session) === 'move' ? await moveInto(session, uids, path) : await copyInto(session, uids, again, path);
    if (moved) return moved;
    // Somebody may have renamed or deleted the folder since we saw it.
    if (await isThere(session, known, path)) return false;
  }
  return false;
}

type Moved = Pick<CopyResponseObject, 'uidMap' | 'uidValidity'>;

async function moveInto({ client, answered }: Session, uids: number[], path: string): Promise<Moved | false> {
  return (await answered(client.messageMove(rangeOf(uids), path, { uid: true }))) || false;
}

/** A copy, then \Deleted and UID EXPUNGE of these alone (RFC 4315 §2.1). */
async function copyInto(session: Session, uids: number[], again: number[], path: string): Promise<Moved | false> {
  const { client, answered } = session;
  const there = again.length > 0 ? await copiesIn(session, again, path) : null;
  const rest = uids.filter((uid) => !there?.uidMap.has(uid));
  const copied = rest.length > 0 ? await answered(client.messageCopy(rangeOf(rest), path, { uid: true })) : there;
  if (!copied || !(await answered(client.messageDelete(rangeOf(uids), { uid: true })))) return false;
  return copied.uidMap ? { ...copied, uidMap: new Map([...copied.uidMap, ...(there?.uidMap ?? [])]) } : copied;
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
