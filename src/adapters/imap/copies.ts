/** Finds the copies of mails in another folder: after a connection that was lost during COPY nobody told whether it was done. */
import { Failure } from '../../domain/failure.ts';
import { isRefusal } from './failures.ts';
import { bounded } from './limits.ts';
import { rangeOf } from './range.ts';
import type { Session } from './session.ts';

/** `uidMap`: by the UID in the open folder, the UID there. */
export type Copies = { uidMap: Map<number, number>; uidValidity: bigint | undefined };

/**
 * Looks for mails of the open folder in the folder at `path`, by size and the whole header (which has each delivery's own Received fields).
 * The folder that was open is open again afterwards.
 * @returns null where there is no such folder
 * @throws Failure imap-refused when the folder that was open is another one now: its UIDs name other mails
 */
export async function copiesIn(session: Session, uids: number[], path: string): Promise<Copies | null> {
  const { client, within } = session;
  if (!client.mailbox) return null;
  const here = client.mailbox;
  const wanted = await headsOf(session, uids);
  const copies = await lookFor(session, wanted, path);
  const { uidValidity } = await within(client.mailboxOpen(here.path));
  if (uidValidity !== here.uidValidity) throw new Failure('imap-refused', 'UIDVALIDITY changed while the folder was open');
  return copies;
}

async function lookFor(session: Session, wanted: Map<number, Head>, path: string): Promise<Copies | null> {
  const { client, within } = session;
  try {
    const { uidValidity } = await within(client.mailboxOpen(path, { readOnly: true }));
    const sizes = new Set([...wanted.values()].map(({ size }) => size));
    const there = await headsOf(session, await sizedLike(session, sizes));
    const byHead = Map.groupBy(there, ([, { size, header }]) => `${size} ${header}`);
    const uidMap = new Map<number, number>();
    for (const [uid, { size, header }] of wanted) {
      const copy = byHead.get(`${size} ${header}`)?.shift();
      if (copy !== undefined) uidMap.set(uid, copy[0]);
    }
    return { uidMap, uidValidity };
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

type Head = { size: number; header: string };

async function headsOf({ client, timeoutMs }: Session, uids: number[]): Promise<Map<number, Head>> {
  const heads = new Map<number, Head>();
  if (uids.length === 0) return heads;
  const query = { uid: true, size: true, headers: true };
  for await (const { uid, size, headers } of bounded(client, client.fetch(rangeOf(uids), query, { uid: true }), timeoutMs))
    if (size !== undefined && headers !== undefined) heads.set(uid, { size, header: headers.toString('latin1') });
  return heads;
}

async function sizedLike({ client, timeoutMs }: Session, sizes: Set<number>): Promise<number[]> {
  const alike: number[] = [];
  if (!client.mailbox || client.mailbox.exists === 0) return alike;
  for await (const { uid, size } of bounded(client, client.fetch('1:*', { uid: true, size: true }, { uid: true }), timeoutMs))
    if (size !== undefined && sizes.has(size)) alike.push(uid);
  return alike;
}
