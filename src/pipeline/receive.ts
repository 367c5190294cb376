/** Takes new mail in: raw bytes and ledger rows are durable before anything on the server is touched. */
import { type Failure, failureOf } from '../domain/failure.ts';
import { identityOf } from '../domain/identity.ts';
import type { Flow, Mailbox } from './flow.ts';
import type { Arrival, Inbox, NewMessage } from './ports.ts';

/** Mails are fetched in ranges of at most so many and so many bytes; a larger one comes alone, as a stream. */
const BATCH_MAILS = 100;
const BATCH_BYTES = 8 << 20;

/** A mail that could not be fetched so often is left alone for a while. */
export const MOST_FETCHES = 3;
const LEFT_ALONE_MS = 600_000;

/** Mails whose FETCH failed, by UID: they come last and alone, so that one that the server cannot give us does not stop the others. */
export type Unfetched = Map<number, { times: number; at: Date }>;

/**
 * Stores every mail of the folder that is not stored yet.
 * @param whole lists the folder from its first mail, not from the last one that was seen: finds mails that came in with a lower UID or were missed.
 * @param unfetched is kept from call to call, over connections too
 * @returns how many mails were new
 * @throws Failure imap-*, disk-full; what was fetched before is stored
 */
export async function receive(
  flow: Flow,
  mailbox: Mailbox,
  inbox: Inbox,
  whole: boolean,
  signal: AbortSignal,
  unfetched: Unfetched = new Map(),
): Promise<number> {
  const { uidValidity, folder } = inbox;
  const cursor = await flow.ledger.cursor(mailbox.name, folder, uidValidity);
  if (cursor === null) unfetched.clear();
  const arrivals = await inbox.list(whole || cursor === null ? 1 : cursor + 1, signal);
  const storedBefore = await flow.ledger.knownUids(mailbox.name, folder, uidValidity);
  const wanted = arrivals.filter((arrival) => !storedBefore.has(arrival.uid));
  let count = 0;
  for (const batch of [...batches(wanted.filter(({ uid }) => !unfetched.has(uid))), ...secondTries(wanted, unfetched, flow.clock.now())]) {
    signal.throwIfAborted();
    const messages: NewMessage[] = [];
    try {
      for await (const message of fetchBatch(flow, mailbox, inbox, batch, signal)) messages.push(message);
    } catch (error) {
      if (!signal.aborted) noteUnfetched(flow, mailbox, batch, messages, unfetched, failureOf(error));
      throw error;
    } finally {
      if (messages.length > 0) {
        const { added, known } = await flow.ledger.store(mailbox.name, folder, uidValidity, messages, flow.clock.now());
        flow.log.write({ event: 'mail-stored', mailbox: mailbox.name, added, known });
        for (const { uid } of messages) unfetched.delete(uid);
        count += added;
      }
    }
  }
  const last = arrivals.at(-1);
  if (last && last.uid > (cursor ?? 0)) await flow.ledger.advanceCursor(mailbox.name, folder, uidValidity, last.uid);
  return count;
}

/** The mails that failed before, each alone, those that failed least first. */
function secondTries(wanted: Arrival[], unfetched: Unfetched, now: Date): Arrival[][] {
  const times = (arrival: Arrival) => unfetched.get(arrival.uid)?.times ?? 0;
  return wanted
    .filter(({ uid }) => {
      const failed = unfetched.get(uid);
      return failed !== undefined && (failed.times < MOST_FETCHES || now.getTime() - failed.at.getTime() >= LEFT_ALONE_MS);
    })
    .sort((a, b) => times(a) - times(b))
    .map((arrival) => [arrival]);
}

function noteUnfetched(
  flow: Flow,
  mailbox: Mailbox,
  batch: Arrival[],
  fetched: NewMessage[],
  unfetched: Unfetched,
  failure: Failure,
): void {
  if (failure.code === 'disk-full') return;
  for (const { uid } of batch) {
    if (fetched.some((message) => message.uid === uid)) continue;
    unfetched.set(uid, { times: (unfetched.get(uid)?.times ?? 0) + 1, at: flow.clock.now() });
  }
  if (batch[0] && batch.length === 1) {
    flow.log.write({ event: 'mail-unfetched', mailbox: mailbox.name, uid: batch[0].uid, code: failure.code, detail: failure.detail });
  }
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
