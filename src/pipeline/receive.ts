/** Takes new mail in: raw bytes and ledger rows are durable before anything on the server is touched. */
import { identityOf } from '../domain/identity.ts';
import type { Flow, Mailbox } from './flow.ts';
import type { Arrival, Inbox, NewMessage } from './ports.ts';

/** Mails are fetched in ranges of at most so many and so many bytes; a larger one comes alone, as a stream. */
const BATCH_MAILS = 100;
const BATCH_BYTES = 8 << 20;

/**
 * Stores every mail of the folder that is not stored yet.
 * @param whole lists the folder from its first mail, not from the last one that was seen: finds mails that came in with a lower UID or were missed.
 * @returns how many mails were stored
 */
export async function receive(flow: Flow, mailbox: Mailbox, inbox: Inbox, whole: boolean, signal: AbortSignal): Promise<number> {
  const { uidValidity, folder } = inbox;
  const cursor = await flow.ledger.cursor(mailbox.name, folder, uidValidity);
  const arrivals = await inbox.list(whole || cursor === null ? 1 : cursor + 1, signal);
  const known = await flow.ledger.knownUids(mailbox.name, folder, uidValidity);
  let stored = 0;
  for (const batch of batches(arrivals.filter((arrival) => !known.has(arrival.uid)))) {
    signal.throwIfAborted();
    const messages = await fetchBatch(flow, mailbox, inbox, batch, signal);
    const { added, known } = await flow.ledger.store(mailbox.name, folder, uidValidity, messages, flow.clock.now());
    if (messages.length > 0) flow.log.write({ event: 'mail-stored', mailbox: mailbox.name, added, known });
    stored += messages.length;
  }
  const last = arrivals.at(-1);
  if (last && last.uid > (cursor ?? 0)) await flow.ledger.advanceCursor(mailbox.name, folder, uidValidity, last.uid);
  return stored;
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

async function fetchBatch(flow: Flow, mailbox: Mailbox, inbox: Inbox, batch: Arrival[], signal: AbortSignal): Promise<NewMessage[]> {
  const [only] = batch;
  if (only && batch.length === 1 && only.bytes > BATCH_BYTES) return fetchLarge(flow, mailbox, inbox, only, signal);
  const byUid = new Map(batch.map((arrival) => [arrival.uid, arrival]));
  const messages: NewMessage[] = [];
  for await (const { uid, raw } of inbox.fetch([...byUid.keys()], signal)) {
    const { key, identity, bytes } = await flow.raws.keep(raw);
    messages.push({ identity, rawKey: key, bytes, tooLarge: false, receivedAt: byUid.get(uid)?.receivedAt ?? flow.clock.now(), uid });
  }
  return messages;
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
