import { once } from 'node:events';
import { ImapFlow } from 'imapflow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ImapStandIn, startImap } from '../../src/sandbox/imap.ts';

let imap: ImapStandIn;
let clients: ImapFlow[];
beforeEach(async () => {
  imap = await startImap();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await imap.close();
});

function client(changes: { user?: string; pass?: string } = {}): ImapFlow {
  const made = new ImapFlow({
    host: imap.host,
    port: imap.port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: imap.user, pass: imap.password, ...changes },
    logger: false,
    disableAutoIdle: true,
  });
  made.on('error', () => undefined);
  clients.push(made);
  return made;
}

async function opened(): Promise<ImapFlow> {
  const made = client();
  await made.connect();
  await made.mailboxOpen('INBOX');
  return made;
}

const mail = (subject: string, body: string | Buffer = 'The boiler is broken.') =>
  Buffer.concat([Buffer.from(`From: Jo <jo@tenant.example>\r\nSubject: ${subject}\r\n\r\n`), Buffer.from(body)]);
const pathsOf = () => imap.folders().map(({ path }) => path);
const mailsIn = (path: string) => imap.folders().find((folder) => folder.path === path)?.mails;

test('delivered bytes come back as they are, and a fetch marks nothing as seen', async () => {
  const raw = mail('No heating', Buffer.from([0xe9, 0xff, 0x80, 0x0d, 0x0a, 0x2e, 0x0d, 0x0a]));
  imap.deliver(raw);
  imap.deliver(mail('Second'));
  const inbox = await opened();
  const found = [];
  for await (const item of inbox.fetch('1:*', { uid: true, source: true, size: true }, { uid: true })) found.push(item);
  expect(found.map(({ uid, size }) => [uid, size])).toEqual([
    [1, raw.length],
    [2, mail('Second').length],
  ]);
  expect(found[0]?.source?.equals(raw)).toBe(true);
  expect(mailsIn('INBOX')).toEqual([
    { raw, flags: [], uid: 1 },
    { raw: mail('Second'), flags: [], uid: 2 },
  ]);
});

test('a delivery is announced to a client that idles', async () => {
  const inbox = await opened();
  const exists = once(inbox, 'exists', { signal: AbortSignal.timeout(2_000) });
  inbox.idle().catch(() => undefined);
  await expect.poll(() => inbox.idling).toBe(true);
  imap.deliver(mail('Pushed'));
  expect((await exists)[0]).toMatchObject({ path: 'INBOX', count: 1, prevCount: 0 });
});

test('mails are moved into a folder that was created, and the new UIDs are told', async () => {
  for (const subject of ['One', 'Two', 'Three']) imap.deliver(mail(subject));
  const inbox = await opened();
  expect(await inbox.mailboxCreate(['Faultline', 'Jobs'])).toMatchObject({ path: 'Faultline/Jobs', created: true });
  const moved = await inbox.messageMove('1,3', 'Faultline/Jobs', { uid: true });
  if (!moved) throw new Error('nothing was moved');
  expect(moved.destination).toBe('Faultline/Jobs');
  expect(moved.uidMap).toEqual(
    new Map([
      [1, 1],
      [3, 2],
    ]),
  );
  expect(moved.uidValidity).toBeTypeOf('bigint');
  expect(mailsIn('Faultline/Jobs')?.map(({ raw }) => raw)).toEqual([mail('One'), mail('Three')]);
  expect(mailsIn('INBOX')?.map(({ uid }) => uid)).toEqual([2]);
  expect(pathsOf()).toContain('Faultline/Jobs');
});

test('a move to a folder that does not exist is refused and moves nothing', async () => {
  imap.deliver(mail('One'));
  const inbox = await opened();
  expect(await inbox.messageMove('1', 'Nowhere', { uid: true })).toBe(false);
  expect(mailsIn('INBOX')).toHaveLength(1);
});

test('keywords are kept, go along with a move, and other clients hear of them', async () => {
  imap.deliver(mail('One'));
  const inbox = await opened();
  const other = await opened();
  const heard = once(other, 'flags', { signal: AbortSignal.timeout(2_000) });
  other.idle().catch(() => undefined);
  await expect.poll(() => other.idling).toBe(true);
  expect(await inbox.messageFlagsAdd('1', ['$FaultlineJob'], { uid: true })).toBe(true);
  expect((await heard)[0]).toMatchObject({ uid: 1, flags: new Set(['$FaultlineJob']) });
  await inbox.mailboxCreate('Faultline/Jobs');
  await inbox.messageMove('1', 'Faultline/Jobs', { uid: true });
  expect(mailsIn('Faultline/Jobs')).toMatchObject([{ flags: ['$FaultlineJob'] }]);
});

test('CONDSTORE is on, so that changes since a moment can be fetched', async () => {
  const inbox = await opened();
  expect(inbox.enabled.has('CONDSTORE')).toBe(true);
});

test('a wrong password is refused', async () => {
  await expect(client({ pass: 'wrong' }).connect()).rejects.toMatchObject({ authenticationFailed: true });
});

test('a mail that it cannot hold is refused where it is delivered', () => {
  expect(() => imap.deliver(Buffer.alloc(0))).toThrow(RangeError);
  expect(() => imap.deliver(Buffer.from('Subject: a\0b\r\n\r\n'))).toThrow(RangeError);
});

test('closing cuts the clients and frees the port', async () => {
  const inbox = await opened();
  inbox.idle().catch(() => undefined);
  const closed = new Promise((resolve) => inbox.once('close', resolve)); // an 'error' (ECONNRESET) may come first
  const { port } = imap;
  await imap.close();
  await closed;
  imap = await startImap({ port, user: 'other', password: 'changed' });
  expect(imap).toMatchObject({ port, user: 'other', password: 'changed' });
  await expect(opened()).resolves.toBeDefined();
});

test('a port that is taken rejects the start', async () => {
  await expect(startImap({ port: imap.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
