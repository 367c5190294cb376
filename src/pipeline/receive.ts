/** Takes new mail in: raw bytes and ledger rows are durable before anything on the server is touched. */
import { type Failure, type FailureCode, failureOf } from '../domain/failure.ts';
import { identityOf } from '../domain/identity.ts';
import type { Folder } from '../domain/report.ts';
import { filedBy } from './file.ts';
import type { Flow, Mailbox } from './flow.ts';
import type { Arrival, Inbox, NewMessage } from './ports.ts';
import { Unfetched } from './unfetched.ts';

/** Mails are fetched in ranges of at most so many and so many bytes; a larger one comes alone, as a stream. */
const BATCH_MAILS = 100;
const BATCH_BYTES = 8 << 20;
/** A mail that could not be kept for one of these is not the cause. */
const OURS: FailureCode[] = ['disk-full', 'store-unreachable', 'store-refused', 'ledger-unreachable'];

/**
 * Stores every mail of the folder that is not stored yet.
 * @param whole lists the folder from its first mail, not from the last one that was seen: finds mails that came in with a lower UID or were missed.
 * @param unfetched is kept from call to call, over connections too
 * @param foundIn the folder is ours, and an earlier ledger filed what lies there
 * @returns how many mails were new
 * @throws Failure imap-*, disk-full; what was fetched before is stored
 */
export async function receive(
  flow: Flow,
  mailbox: Mailbox,
  inbox: Inbox,
  whole: boolean,
  signal: AbortSignal,
  unfetched: Unfetched = new Unfetched(),
  foundIn?: Folder,
): Promise<number> {
  const { uidValidity, folder } = inbox;
  const cursor = await flow.ledger.cursor(mailbox.name, folder, uidValidity);
  const from = whole || cursor === null ? 1 : Math.min(cursor + 1, unfetched.lowest(uidValidity));
  const arrivals = await inbox.list(from, signal);
  const storedBefore = await flow.ledger.knownUids(mailbox.name, folder, uidValidity);
  const wanted = arrivals.filter(({ uid }) => !storedBefore.has(uid));
  const first = batches(wanted.filter(({ uid }) => !unfetched.has(uidValidity, uid)));
  const again = unfetched.secondTries(uidValidity, wanted, flow.clock.now()).map((arrival) => [arrival]);
  let count = 0;
  for (const batch of [...first, ...again]) {
    signal.throwIfAborted();
    const messages: NewMessage[] = [];
    try {
      for await (const message of fetchBatch(flow, mailbox, inbox, batch, signal)) {
        const filed = foundIn ?? filedBy(batch.find(({ uid }) => uid === message.uid)?.keywords ?? []);
        messages.push({ ...message, ...(filed && { foundIn: filed }) });
      }
    } catch (error) {
      const missed = batch.filter(({ uid }) => !messages.some((message) => message.uid === uid));
      if (!signal.aborted) noteMissed(flow, mailbox, uidValidity, missed, unfetched, failureOf(error));
      throw error;
    } finally {
      count += await store(flow, mailbox, inbox, messages, signal);
      unfetched.forget(
        uidValidity,
        messages.map(({ uid }) => uid),
      );
    }
  }
  const last = arrivals.at(-1);
  if (last && last.uid > (cursor ?? 0)) await flow.ledger.advanceCursor(mailbox.name, folder, uidValidity, last.uid);
  return count;
}

function noteMissed(flow: Flow, mailbox: Mailbox, uidValidity: string, missed: Arrival[], unfetched: Unfetched, failure: Failure): void {
  const [only] = missed;
  if (OURS.includes(failure.code) || only === undefined) return;
  const { code, detail } = failure;
  if (unfetched.has(uidValidity, only.uid)) flow.log.write({ event: 'mail-unfetched', mailbox: mailbox.name, uid: only.uid, code, detail });
  unfetched.note(
    uidValidity,
    missed.map(({ uid }) => uid),
    flow.clock.now(),
  );
}

/** @returns how many were new */
async function store(flow: Flow, mailbox: Mailbox, inbox: Inbox, messages: NewMessage[], signal: AbortSignal): Promise<number> {
  if (messages.length === 0) return 0;
  const { folder, uidValidity } = inbox;
  await forgetMoved(flow, mailbox, inbox, messages, signal);
  const { added, known } = await flow.ledger.store(mailbox.name, folder, uidValidity, messages, flow.clock.now());
  flow.log.write({ event: 'mail-stored', mailbox: mailbox.name, added, known });
  return added;
}

/** A mail that somebody moved away and back has a new UID: it is the same mail in the same place, not a duplicate of itself. */
async function forgetMoved(flow: Flow, mailbox: Mailbox, inbox: Inbox, messages: NewMessage[], signal: AbortSignal): Promise<void> {
  const { folder, uidValidity } = inbox;
  const identities = messages.map(({ identity }) => identity);
  const before = await flow.ledger.placementsIn(mailbox.name, folder, uidValidity, identities);
  if (before.length === 0) return;
  const present = new Set((await inbox.list(1, signal)).map(({ uid }) => uid));
  const gone = before.filter(({ uid }) => !present.has(uid));
  if (gone.length > 0) await flow.ledger.forgetPlacements(gone);
}

function* batches(arrivals: Arrival[]): Generator<Arrival[]> {
  let batch: Arrival[] = [];
  let bytes = 0;
  for (const arrival of arrivals) {
    if (batch.length > 0 && (batch.length >= BATCH_MAILS || bytes + arrival.bytes > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(arrival);
    bytes += arrival.bytes;
  }
  if (batch.length > 0) yield batch;
}

async function* fetchBatch(flow: Flow, mailbox: Mailbox, inbox: Inbox, batch: Arrival[], signal: AbortSignal): AsyncGenerator<NewMessage> {
  const [only] = batch;
  if (only && batch.length === 1 && only.bytes > BATCH_BYTES) {
    yield* await fetchLarge(flow, mailbox, inbox, only, signal);
    return;
  }
  const byUid = new Map(batch.map((arrival) => [arrival.uid, arrival]));
  for await (const { uid, raw } of inbox.fetch([...byUid.keys()], signal)) {
    const { key, identity, bytes } = await flow.raws.keep(raw);
    yield { identity, rawKey: key, bytes, tooLarge: false, receivedAt: byUid.get(uid)?.receivedAt ?? flow.clock.now(), uid };
  }
}

async function fetchLarge(flow: Flow, mailbox: Mailbox, inbox: Inbox, arrival: Arrival, signal: AbortSignal): Promise<NewMessage[]> {
  const { uid, receivedAt } = arrival;
  if (arrival.bytes > flow.settings.mailBytes) {
    const head = await inbox.fetchHeader(uid, signal);
    if (head === null) return [];
    flow.log.write({ event: 'mail-too-large', mailbox: mailbox.name, uid, bytes: arrival.bytes });
    const { key } = await flow.raws.keep(head);
    return [{ identity: identityOf(head), rawKey: key, bytes: arrival.bytes, tooLarge: true, receivedAt, uid }];
  }
  const source = await inbox.download(uid, signal);
  if (source === null) return [];
  const { key, identity, bytes } = await flow.raws.keep(source);
  return [{ identity, rawKey: key, bytes, tooLarge: false, receivedAt, uid }];
}
