/** The IMAP adapter against Courier: no MOVE, no CONDSTORE, all folders under `INBOX.`. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openInbox } from '../../src/adapters/imap/inbox.ts';
import type { Inbox } from '../../src/pipeline/ports.ts';
import { type Courier, startCourier } from './servers/courier.ts';
import { rawMail } from './servers/mails.ts';

const never = new AbortController().signal;
let courier: Courier;
let inbox: Inbox | undefined;
beforeEach(async () => {
  courier = await startCourier();
});
afterEach(async () => {
  await inbox?.close();
  await courier.close();
});

async function open(): Promise<Inbox> {
  const { host, port, user, password } = courier;
  inbox = await openInbox({ host, port, tls: 'none', user, password, folder: 'INBOX', timeoutMs: 5_000, mailBytes: 50 << 20 }, never);
  return inbox;
}

test('mails are filed by copy and deletion, into a folder of the server’s own namespace', async () => {
  courier.drop(['a', 'b', 'c'].map((subject) => rawMail(subject)));
  const opened = await open();
  expect((await opened.list(1, never)).map(({ uid }) => uid)).toEqual([1, 2, 3]);
  expect(await opened.file('INBOX', [1, 3], 'Faultline/Jobs', ['FaultlineJob'], never)).toMatchObject([
    { uid: 1, moved: true, to: { folder: 'INBOX.Faultline.Jobs', uid: 1 } },
    { uid: 3, moved: true, to: { folder: 'INBOX.Faultline.Jobs', uid: 2 } },
  ]);
  expect((await opened.list(1, never)).map(({ uid }) => uid)).toEqual([2]);
  expect([courier.count('INBOX'), courier.count('INBOX.Faultline.Jobs')]).toEqual([1, 2]);
});

test('IDLE tells of a new mail', async () => {
  const opened = await open();
  await opened.list(1, never);
  const began = Date.now();
  setTimeout(() => courier.drop([rawMail('new')]), 200);
  await opened.wait(30_000, never);
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(await opened.list(1, never)).toHaveLength(1);
});
