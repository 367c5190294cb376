import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { Mailbox } from '../../src/pipeline/flow.ts';
import { receive } from '../../src/pipeline/receive.ts';
import { Unfetched } from '../../src/pipeline/unfetched.ts';
import { type Bench, openBench, rawMail } from './stand-ins.ts';

const never = new AbortController().signal;
let bench: Bench;
let mailbox: Mailbox;
beforeEach(async () => {
  bench = await openBench();
  mailbox = bench.mailboxes.get('repairs') as Mailbox;
});
afterEach(() => bench.end());

const take = async (whole = false, unfetched?: Unfetched) => receive(bench, mailbox, await bench.server.open(), whole, never, unfetched);
const unsettled = async () => (await bench.ledger.counts()).unsettled;

test('every mail is stored once, and fetched once', async () => {
  for (let n = 0; n < 250; n += 1) bench.server.deliver(rawMail());
  expect(await take()).toBe(250);
  expect(bench.server.fetches.map((uids) => uids.length)).toEqual([100, 100, 50]);
  expect(await take(true)).toBe(0);
  expect(bench.server.fetches).toHaveLength(3);
  bench.server.deliver(rawMail());
  expect(await take()).toBe(1);
  expect(await unsettled()).toBe(251);
});

test('a mail that was delivered twice is one message', async () => {
  const raw = rawMail();
  bench.server.deliver(raw);
  bench.server.deliver(`Received: from elsewhere\r\n${raw}`);
  expect(await take()).toBe(1);
  expect(bench.log.named('mail-stored')).toMatchObject([{ added: 1, known: 1 }]);
});

test('a mail that somebody moved away and back is no duplicate of itself, and waits as before; one that came twice is', async () => {
  const raw = rawMail();
  const uid = bench.server.deliver(raw);
  await take();
  bench.server.folder('INBOX').delete(uid);
  const back = bench.server.deliver(raw);
  expect(await take()).toBe(0);
  expect(await bench.ledger.unfiled('repairs', 10)).toEqual([]);
  expect([...(await bench.ledger.knownUids('repairs', 'INBOX', '1'))]).toEqual([back]);
  const twin = bench.server.deliver(raw);
  await take();
  expect(await bench.ledger.unfiled('repairs', 10)).toMatchObject([{ uid: twin, filed: 'duplicate' }]);
});

test('after another UIDVALIDITY the folder is listed from its start, and known mails are no new messages', async () => {
  const raw = rawMail();
  bench.server.deliver(raw);
  await take();
  bench.server.uidValidity = '2';
  bench.server.deliver(rawMail());
  expect(await take()).toBe(1);
  expect(await unsettled()).toBe(2);
});

test('a mail that came in with a lower UID is found by the whole listing', async () => {
  const low = bench.server.deliver(rawMail());
  const raw = bench.server.folder('INBOX').get(low) ?? '';
  bench.server.folder('INBOX').delete(low);
  bench.server.deliver(rawMail());
  await take();
  bench.server.folder('INBOX').set(low, raw);
  expect(await take()).toBe(0);
  expect(await take(true)).toBe(1);
});

test('a mail over the limit is stored by its header, to be held', async () => {
  bench.settings.mailBytes = 9 << 20;
  bench.server.deliver(`${rawMail()}${'x'.repeat(10 << 20)}`);
  expect(await take()).toBe(1);
  const stored = await bench.ledger.takeMessage();
  expect(stored).toMatchObject({ tooLarge: true, outcome: null });
  expect(bench.log.named('mail-too-large')).toHaveLength(1);
});

test('a large mail within the limit is streamed by itself', async () => {
  bench.settings.mailBytes = 20 << 20;
  bench.server.deliver(`${rawMail()}${'x'.repeat(10 << 20)}`);
  bench.server.deliver(rawMail());
  expect(await take()).toBe(2);
  expect(bench.server.fetches).toEqual([[2]]);
  expect(await bench.ledger.takeMessage()).toMatchObject({ tooLarge: false });
});

test('what was fetched before the connection broke is stored, and one mail that always breaks it keeps no other back', async () => {
  for (let n = 0; n < 5; n += 1) bench.server.deliver(rawMail());
  bench.server.poison = 3;
  const unfetched = new Unfetched();
  await expect(take(true, unfetched)).rejects.toMatchObject({ code: 'imap-unreachable' });
  expect(await unsettled()).toBe(2);
  for (let connection = 0; connection < 4; connection += 1) await take(true, unfetched).catch(() => undefined);
  expect(await unsettled()).toBe(4);
  expect(await take(true, unfetched)).toBe(0);
  expect(bench.log.named('mail-unfetched')).toMatchObject([{ uid: 3 }, { uid: 3 }]);
});

test('a mail that could not be fetched is tried again after a while', async () => {
  bench.server.deliver(rawMail());
  bench.server.poison = 1;
  const unfetched = new Unfetched();
  for (let connection = 0; connection < 3; connection += 1) await take(true, unfetched).catch(() => undefined);
  expect(await take(true, unfetched)).toBe(0);
  bench.server.poison = null;
  expect(await take(true, unfetched)).toBe(0);
  bench.clock.pass(10_000);
  expect(await take(false, unfetched)).toBe(1);
});

test('a mail that can never be fetched is tried ever more rarely', async () => {
  bench.server.deliver(rawMail());
  bench.server.poison = 1;
  const unfetched = new Unfetched();
  for (let second = 0; second < 7_200; second += 5) {
    await take(true, unfetched).catch(() => undefined);
    bench.clock.pass(5_000);
  }
  expect(bench.server.fetches.length).toBeGreaterThan(15);
  expect(bench.server.fetches.length).toBeLessThan(25);
});

test('nothing is recorded when the raw bytes could not be kept, and the mail comes again', async () => {
  bench.server.deliver(rawMail());
  const keep = bench.raws.keep;
  bench.raws.keep = async () => {
    throw new Failure('disk-full', 'ENOSPC');
  };
  const unfetched = new Unfetched();
  await expect(take(false, unfetched)).rejects.toMatchObject({ code: 'disk-full' });
  expect(await unsettled()).toBe(0);
  expect(unfetched.size).toBe(0);
  bench.raws.keep = keep;
  expect(await take(false, unfetched)).toBe(1);
});

test('an abort ends it between two fetches', async () => {
  for (let n = 0; n < 150; n += 1) bench.server.deliver(rawMail());
  const stop = new AbortController();
  const inbox = await bench.server.open();
  const fetch = inbox.fetch.bind(inbox);
  inbox.fetch = (uids, signal) => {
    stop.abort();
    return fetch(uids, signal);
  };
  await expect(receive(bench, mailbox, inbox, true, stop.signal)).rejects.toThrow();
  expect(bench.server.fetches).toHaveLength(1);
  expect(await unsettled()).toBe(100);
});
