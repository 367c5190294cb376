/** Two processes share a mailbox and the ledger on PostgreSQL: when the one that watches is gone, the other takes new mail in its place. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startS3 } from '../../src/sandbox/s3.ts';
import { type CaughtMail, startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import { removeFolder, temporaryFolder, until } from './servers/daemon.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { reportMail } from './servers/mails.ts';
import { type PostgresServer, startPostgres } from './servers/postgres.ts';
import { type Installation, install, type Program } from './servers/program.ts';

/** What is promised: "another takes over within 30 s when it dies". */
const PROMISED_MS = 30_000;
let dovecot: Dovecot;
let postgres: PostgresServer;
let v3: V3StandIn;
let sent: CaughtMail[];
let folder: string;
let installed: Installation;
let user = 0;
const standIns: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  [dovecot, postgres] = await Promise.all([startDovecot(), startPostgres()]);
});
afterAll(async () => {
  await Promise.all([dovecot?.close(), postgres?.close()]);
});
beforeEach(async () => {
  v3 = await startV3();
  sent = [];
  const [s3, smtp] = [await startS3(), await startSmtp({ onMail: (mail) => void sent.push(mail) })];
  standIns.push(v3, s3, smtp);
  folder = temporaryFolder('take-over');
  user += 1;
  const imap = { host: dovecot.host, port: dovecot.port, user: inbox(), password: dovecot.password };
  installed = install(folder, { imap, smtp, s3, v3 }, { ledger: await postgres.freshSchema() });
});
afterEach(async () => {
  installed.close();
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
  removeFolder(folder);
});

const inbox = () => `shared${user}`;

/** Two that run; the first of them watches, and has taken one mail in. */
async function watcherAndOther(): Promise<{ watcher: Program; other: Program }> {
  const watcher = await installed.run();
  await until('the inbox is open', () => watcher.named('mailbox-open').length === 1);
  const other = await installed.run();
  await dovecot.deliver(reportMail(1), inbox());
  // To its end: a process that dies between a reply and its record sends that one again, which is not what is tested here.
  await until('the first is done', () => [watcher, other].some((program) => hasConfirmed(program)), 30_000);
  expect(watcher.named('mail-stored')).toHaveLength(1);
  expect(other.named('mailbox-open')).toHaveLength(0);
  return { watcher, other };
}

function hasConfirmed(program: Program): boolean {
  return program.named('step-done').some(({ step }) => step === 'confirm');
}

/** @returns how long it took from now until the other had taken a new mail in */
async function newMailTakenBy(other: Program): Promise<number> {
  const began = performance.now();
  await dovecot.deliver(reportMail(2), inbox());
  await until('the other takes the mail', () => other.named('mail-stored').length > 0, 2 * PROMISED_MS);
  return performance.now() - began;
}

async function expectEachMailDoneOnce(): Promise<void> {
  await until('both are filed', async () => (await dovecot.count('Faultline/Jobs', inbox())) === 2, 30_000);
  await until('the second reply', () => sent.length >= 2);
  expect(new Set(v3.jobs.map(({ job }) => job.ExternalID)).size).toBe(2);
  expect(v3.jobs).toHaveLength(2);
  expect(sent).toHaveLength(2);
}

test('the other takes a mail within 30 s of the death of the process that watched', async () => {
  const { watcher, other } = await watcherAndOther();
  expect((await watcher.stop('SIGKILL')).code).toBeNull();
  const ms = await newMailTakenBy(other);
  console.log(`taken over ${(ms / 1000).toFixed(1)} s after SIGKILL`);
  expect(ms).toBeLessThan(PROMISED_MS);
  await expectEachMailDoneOnce();
  expect((await other.stop()).code).toBe(0);
});

test('the other takes a mail within 30 s of a halt of the process that watched, and nothing is done twice when that goes on', async () => {
  const { watcher, other } = await watcherAndOther();
  watcher.signal('SIGSTOP');
  const ms = await newMailTakenBy(other);
  console.log(`taken over ${(ms / 1000).toFixed(1)} s after SIGSTOP`);
  expect(ms).toBeLessThan(PROMISED_MS);
  watcher.signal('SIGCONT');
  await expectEachMailDoneOnce();
  await dovecot.deliver(reportMail(3), inbox());
  await until('the third job', () => v3.jobs.length === 3, 30_000);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect([v3.jobs.length, sent.length]).toEqual([3, 3]);
  expect(watcher.named('mail-stored').length + other.named('mail-stored').length).toBe(3);
  for (const program of [watcher, other]) expect((await program.stop()).code).toBe(0);
});

test('a watcher that is told to stop hands the mailbox over at once', async () => {
  const { watcher, other } = await watcherAndOther();
  expect((await watcher.stop()).code).toBe(0);
  expect(await newMailTakenBy(other)).toBeLessThan(10_000);
  await expectEachMailDoneOnce();
});
