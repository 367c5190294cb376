/** The IMAP adapter against Dovecot. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type InboxSettings, openInbox } from '../../src/adapters/imap/inbox.ts';
import type { Inbox } from '../../src/pipeline/ports.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { rawMail } from './servers/mails.ts';

const never = new AbortController().signal;
let dovecot: Dovecot;
let user = 0;
const open: Inbox[] = [];

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterEach(async () => {
  for (const inbox of open.splice(0)) await inbox.close();
});
afterAll(() => dovecot?.close());

/** Each test has a user, and so an inbox, of its own. */
const freshUser = () => `user${(user += 1)}`;

async function inboxOf(name: string, changes: Partial<InboxSettings> = {}): Promise<Inbox> {
  const inbox = await openInbox(
    {
      host: dovecot.host,
      port: dovecot.port,
      tls: 'none',
      user: name,
      password: dovecot.password,
      folder: 'INBOX',
      timeoutMs: 5_000,
      mailBytes: 50 << 20,
      ...changes,
    },
    never,
  );
  open.push(inbox);
  return inbox;
}

async function fetched(inbox: Inbox, uids: number[]): Promise<Map<number, Buffer>> {
  const found = new Map<number, Buffer>();
  for await (const { uid, raw } of inbox.fetch(uids, never)) found.set(uid, raw);
  return found;
}

test('lists and fetches what was delivered, byte by byte, and marks nothing as seen', async () => {
  const name = freshUser();
  const mails = [rawMail('first'), rawMail('second')];
  for (const mail of mails) await dovecot.deliver(mail, name);
  const inbox = await inboxOf(name);
  const arrivals = await inbox.list(1, never);
  expect(arrivals.map(({ uid }) => uid)).toEqual([1, 2]);
  const raws = await fetched(inbox, [1, 2]);
  for (const [index, mail] of mails.entries()) expect(raws.get(index + 1)?.toString('latin1')).toContain(mail.toString('latin1'));
  expect((await inbox.fetchHeader(1, never))?.toString()).toContain('Subject: first');
  expect(await dovecot.flags('INBOX', name)).toEqual(
    new Map([
      [1, []],
      [2, []],
    ]),
  );
});

test('IDLE tells of a new mail at once', async () => {
  const name = freshUser();
  await dovecot.deliver(rawMail('first'), name);
  const inbox = await inboxOf(name);
  await inbox.list(1, never);
  const began = Date.now();
  const waiting = inbox.wait(30_000, never);
  setTimeout(() => void dovecot.deliver(rawMail('second'), name), 200);
  await waiting;
  expect(Date.now() - began).toBeLessThan(5_000);
  expect((await inbox.list(2, never)).map(({ uid }) => uid)).toEqual([2]);
});

test('moves mails into a folder that it makes, with keywords, and says under which UIDs they are there', async () => {
  const name = freshUser();
  for (const subject of ['a', 'b', 'c']) await dovecot.deliver(rawMail(subject), name);
  const inbox = await inboxOf(name);
  await inbox.list(1, never);
  const filed = await inbox.file({ ...inbox, uids: [1, 3] }, 'Faultline/Jobs', { add: ['FaultlineJob'], remove: [] }, never);
  expect(filed).toMatchObject([
    { uid: 1, moved: true, to: { folder: 'Faultline/Jobs', uid: 1 } },
    { uid: 3, moved: true, to: { folder: 'Faultline/Jobs', uid: 2 } },
  ]);
  expect(await dovecot.count('INBOX', name)).toBe(1);
  const flags = await dovecot.flags('Faultline/Jobs', name);
  expect([...flags.values()]).toEqual([['FaultlineJob'], ['FaultlineJob']]);
});

test('folders may have any name: it is said in the server’s own spelling', async () => {
  const name = freshUser();
  await dovecot.doveadm('mailbox', 'create', '-u', name, 'Réparations & Co/Łódź');
  const source = await inboxOf(name);
  await dovecot.deliver(rawMail('a'), name);
  await source.list(1, never);
  await source.file({ ...source, uids: [1] }, 'Réparations & Co/Łódź', { add: [], remove: [] }, never);
  const watched = await inboxOf(name, { folder: 'Réparations & Co/Łódź' });
  expect(await watched.list(1, never)).toHaveLength(1);
  expect(await watched.file({ ...watched, uids: [1] }, 'Erledigt/Müll', { add: [], remove: [] }, never)).toMatchObject([{ moved: true }]);
  expect(await dovecot.count('Erledigt/Müll', name)).toBe(1);
});

test('a folder of ours that somebody renamed while we were connected is made anew', async () => {
  const name = freshUser();
  for (const subject of ['a', 'b']) await dovecot.deliver(rawMail(subject), name);
  const inbox = await inboxOf(name);
  await inbox.file({ ...inbox, uids: [1] }, 'Faultline/Jobs', { add: [], remove: [] }, never);
  await dovecot.doveadm('mailbox', 'rename', '-u', name, 'Faultline/Jobs', 'Old jobs');
  expect(await inbox.file({ ...inbox, uids: [2] }, 'Faultline/Jobs', { add: [], remove: [] }, never)).toMatchObject([{ moved: true }]);
  expect([await dovecot.count('Old jobs', name), await dovecot.count('Faultline/Jobs', name)]).toEqual([1, 1]);
});

test('a folder that was deleted and made anew holds other mails under the same UIDs: they are left alone', async () => {
  const name = freshUser();
  for (const subject of ['a', 'b']) await dovecot.deliver(rawMail(subject), name);
  const inbox = await inboxOf(name);
  const [asked] = await inbox.file({ ...inbox, uids: [1] }, 'Asked', { add: [], remove: [] }, never);
  const { folder = '', uidValidity = '', uid = 0 } = asked?.to ?? {};
  await dovecot.doveadm('mailbox', 'delete', '-u', name, 'Asked');
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // Dovecot makes UIDVALIDITY of the second
  await inbox.file({ ...inbox, uids: [2] }, 'Asked', { add: [], remove: [] }, never);
  expect(await inbox.file({ folder, uidValidity, uids: [uid] }, 'Jobs', { add: [], remove: [] }, never)).toEqual([]);
  expect([await dovecot.count('Asked', name), await dovecot.count('Jobs', name)]).toEqual([1, 0]);
});

test('a mail of ten megabytes comes as a stream, byte by byte', async () => {
  const name = freshUser();
  const large = rawMail('large', { body: `${'0123456789abcde\r\n'.repeat(620_000)}` });
  await dovecot.deliver(large, name);
  const inbox = await inboxOf(name);
  const [arrival] = await inbox.list(1, never);
  const stream = await inbox.download(arrival?.uid ?? 0, never);
  const raw = Buffer.concat((await stream?.toArray()) ?? []);
  expect(raw.length).toBe(arrival?.bytes);
  expect(raw.subarray(raw.indexOf('From:')).equals(large)).toBe(true);
});

test.each([
  ['a wrong password', { password: 'wrong' }, 'imap-login', /Authentication failed/i],
  ['a folder that does not exist', { folder: 'Repairs' }, 'imap-folder', /Repairs|exist/i],
  ['a port where nobody listens', { port: 1 }, 'imap-unreachable', /ECONNREFUSED/],
  ['a certificate that nobody trusts', { tls: 'implicit' as const }, 'imap-tls', /SELF_SIGNED|UNABLE/],
])('%s is a clear failure', async (_, changes, code, detail) => {
  const settings = 'tls' in changes ? { ...changes, port: dovecot.imapsPort } : changes;
  await expect(inboxOf(freshUser(), settings)).rejects.toMatchObject({ code, detail: expect.stringMatching(detail) });
});
