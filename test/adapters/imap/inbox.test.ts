/** The IMAP adapter on the in-process server, and on one that answers as a test wants it. */
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { type InboxSettings, openInbox } from '../../../src/adapters/imap/inbox.ts';
import type { Inbox } from '../../../src/pipeline/ports.ts';
import { startImap } from '../../../src/sandbox/imap.ts';
import { type Answer, type Scripted, startScripted } from './scripted.ts';

const never = new AbortController().signal;
const JOB = { add: ['FaultlineJob'], remove: ['FaultlineAsked', 'FaultlineHeld'] };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

function keep<T extends { close(): Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

async function inboxAt(server: { port: number }, changes: Partial<InboxSettings> = {}, signal = never): Promise<Inbox> {
  const account = { host: '127.0.0.1', port: server.port, tls: 'none' as const, user: 'repairs', password: 'secret' };
  return keep(await openInbox({ ...account, folder: 'INBOX', timeoutMs: 2_000, mailBytes: 50 << 20, ...changes }, signal));
}

async function scripted(replies: Record<string, Answer>, capability?: string): Promise<{ server: Scripted; inbox: Inbox }> {
  const server = keep(await startScripted(replies, capability));
  return { server, inbox: await inboxAt(server, { timeoutMs: 500 }) };
}

const mail = (subject: string, bytes = 20) => Buffer.from(`Subject: ${subject}\r\n\r\n${'x'.repeat(bytes)}\r\n`);

test('lists, fetches in ranges, streams large mails and reads headers', async () => {
  const server = keep(await startImap());
  for (const subject of ['a', 'b', 'c']) server.deliver(mail(subject));
  server.deliver(mail('large', 3 << 20));
  const inbox = await inboxAt(server);
  const arrivals = await inbox.list(2, never);
  expect(arrivals.map(({ uid }) => uid)).toEqual([2, 3, 4]);
  const raws: Record<number, string> = {};
  for await (const { uid, raw } of inbox.fetch([1, 3, 9], never)) raws[uid] = raw.toString();
  expect(raws).toEqual({ 1: mail('a').toString(), 3: mail('c').toString() });
  const large = await inbox.download(4, never);
  expect(large === null ? '' : await text(large)).toBe(mail('large', 3 << 20).toString());
  expect(await inbox.download(9, never)).toBeNull();
  expect((await inbox.fetchHeader(2, never))?.toString()).toContain('Subject: b');
  expect(server.folders()[0]?.mails.flatMap(({ flags }) => flags)).not.toContain('\\Seen');
});

test('a mail that moves on loses the marks of the folder before', async () => {
  const server = keep(await startImap());
  server.deliver(mail('a'));
  const inbox = await inboxAt(server);
  const [asked] = await inbox.file({ ...inbox, uids: [1] }, 'Faultline/Asked', { add: ['FaultlineAsked'], remove: [] }, never);
  const { folder = '', uidValidity = '', uid = 0 } = asked?.to ?? {};
  await inbox.file({ folder, uidValidity, uids: [uid] }, 'Faultline/Jobs', JOB, never);
  const there = server.folders().find(({ path }) => path === 'Faultline/Jobs');
  expect(there?.mails.map(({ flags }) => flags.filter((flag) => flag.startsWith('Faultline')))).toEqual([['FaultlineJob']]);
});

test('UIDs of another UIDVALIDITY are not touched, in any folder', async () => {
  const { server, inbox } = await scripted({});
  expect(await inbox.file({ folder: 'Jobs', uidValidity: '8', uids: [1] }, 'INBOX', JOB, never)).toEqual([]);
  expect(server.heard.filter((line) => /STORE|MOVE|COPY/.test(line))).toEqual([]);
});

test('without MOVE mails are copied, marked as deleted, and only they are removed', async () => {
  const { server, inbox } = await scripted({ 'UID COPY': ['TAG OK [COPYUID 9 2:3 5:6] done'] }, 'IMAP4rev1 NAMESPACE UIDPLUS IDLE');
  expect(await inbox.file({ ...inbox, uids: [2, 3] }, 'Jobs', JOB, never)).toEqual([
    { uid: 2, moved: true, to: { folder: 'Jobs', uidValidity: '9', uid: 5 } },
    { uid: 3, moved: true, to: { folder: 'Jobs', uidValidity: '9', uid: 6 } },
  ]);
  expect(server.heard.filter((line) => /STORE|COPY|EXPUNGE/.test(line))).toEqual([
    'UID STORE 2:3 -FLAGS.SILENT (FaultlineAsked)',
    'UID STORE 2:3 +FLAGS.SILENT (FaultlineJob)',
    'UID COPY 2:3 Jobs',
    'UID STORE 2:3 +FLAGS (\\Deleted)',
    'UID EXPUNGE 2:3',
  ]);
});

test('with neither MOVE nor UIDPLUS mails stay where they are, marked', async () => {
  const { server, inbox } = await scripted({}, 'IMAP4rev1 NAMESPACE IDLE');
  expect(await inbox.file({ ...inbox, uids: [2] }, 'Jobs', JOB, never)).toEqual([{ uid: 2, moved: false, to: null }]);
  expect(server.heard.some((line) => /\+FLAGS.*FaultlineJob/.test(line))).toBe(true);
  expect(server.heard.filter((line) => /COPY|EXPUNGE|Deleted/.test(line))).toEqual([]);
});

test('a copy that fails deletes nothing', async () => {
  const { server, inbox } = await scripted({ 'UID COPY': ['TAG NO [OVERQUOTA] full'] }, 'IMAP4rev1 NAMESPACE UIDPLUS IDLE');
  expect(await inbox.file({ ...inbox, uids: [2] }, 'Jobs', JOB, never)).toEqual([{ uid: 2, moved: false, to: null }]);
  expect(server.heard.filter((line) => /EXPUNGE|Deleted/.test(line))).toEqual([]);
});

test.each<[string, Answer, string]>([
  ['a connection that is cut in the middle of a move', 'cut', 'imap-unreachable'],
  ['a server that is silent', 'silence', 'imap-unreachable'],
  ['a server that is busy', ['TAG NO [UNAVAILABLE] later'], 'imap-busy'],
  ['a server that throttles', ['TAG BAD Request is throttled. Suggested Backoff Time: 100 milliseconds'], 'imap-busy'],
])('%s is a failure, not a mail that cannot be moved', async (_, answer, code) => {
  const { inbox } = await scripted({ 'UID MOVE': answer });
  await expect(inbox.file({ ...inbox, uids: [2] }, 'Jobs', JOB, never)).rejects.toMatchObject({ code });
});

test.each<[string, Record<string, Answer>, string]>([
  ['too many connections, said at the login', { LOGIN: ['TAG NO [UNAVAILABLE] Maximum number of connections exceeded'] }, 'imap-busy'],
  ['too many connections, said as a greeting', { GREETING: ['* BYE Too many connections'] }, 'imap-busy'],
  ['a wrong password', { LOGIN: ['TAG NO [AUTHENTICATIONFAILED] wrong for repairs@brightkeys.example'] }, 'imap-login'],
  ['a missing folder', { SELECT: ['TAG NO [NONEXISTENT] no such mailbox'] }, 'imap-folder'],
  ['a server that never greets', { GREETING: 'silence' }, 'imap-unreachable'],
])('%s is told apart', async (_, replies, code) => {
  const failure = await scripted(replies).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code });
  expect((failure as Error).message).not.toContain('@brightkeys');
});

test('no password goes out in plain text where STARTTLS is wanted and the server has none', async () => {
  const server = keep(await startScripted({}));
  const { password, ...rest } = { tls: 'starttls' as const, timeoutMs: 500, password: 'not to be seen' };
  await expect(inboxAt(server, { ...rest, password })).rejects.toMatchObject({ code: 'imap-tls' });
  expect(server.heard.join()).not.toContain(password);
});

test('a server that falls silent in the middle of a large mail is found out, and said as every failure is', async () => {
  const piece = `* 1 FETCH (UID 1 RFC822.SIZE 3000000 BODY[]<0> {1048576}\r\n${'x'.repeat(1_048_576)})`;
  const { inbox } = await scripted({ 'UID FETCH 1 (UID RFC822.SIZE': [piece, 'TAG OK'], 'UID FETCH 1': 'silence' });
  const stream = await inbox.download(1, never);
  await expect(stream?.toArray()).rejects.toMatchObject({ name: 'Failure', code: 'imap-unreachable' });
});

test('the whole folder is opened anew for a whole listing, so that one that vanished does not look empty', async () => {
  let there = true;
  const gone: Record<string, Answer> = {};
  Object.defineProperty(gone, 'SELECT', {
    enumerable: true,
    get: (): Answer =>
      there ? ['* 3 EXISTS', '* FLAGS ()', '* OK [UIDVALIDITY 7] valid', 'TAG OK [READ-WRITE]'] : ['TAG NO [NONEXISTENT] gone'],
  });
  const { inbox } = await scripted(gone);
  expect(await inbox.list(1, never)).toHaveLength(3);
  there = false;
  await expect(inbox.list(1, never)).rejects.toMatchObject({ code: 'imap-refused' });
});

test('a wait ends when it is told to, and when the connection is lost', async () => {
  const { inbox } = await scripted({ IDLE: ['+ idling'] });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  await inbox.wait(10_000, stop.signal);
  const cut = await scripted({ IDLE: 'cut' });
  await cut.inbox.wait(10_000, never);
  await expect(cut.inbox.list(1, never)).rejects.toMatchObject({ code: 'imap-unreachable' });
});

test('an aborted signal closes the connection under a waiting command', async () => {
  const server = keep(await startScripted({ 'UID FETCH': 'silence' }));
  const stop = new AbortController();
  const inbox = await inboxAt(server, { timeoutMs: 10_000 }, stop.signal);
  setTimeout(() => stop.abort(), 50);
  const began = Date.now();
  await expect(inbox.list(1, never)).rejects.toMatchObject({ code: 'imap-unreachable' });
  expect(Date.now() - began).toBeLessThan(5_000);
});
