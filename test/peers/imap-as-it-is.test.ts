/** What people and servers do to an inbox while the program works: whatever it is, each mail becomes one job, and none is lost. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startS3 } from '../../src/sandbox/s3.ts';
import { startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import { type Courier, startCourier } from './servers/courier.ts';
import { removeFolder, temporaryFolder, until } from './servers/daemon.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { reportMail } from './servers/mails.ts';
import { type Installation, install, type Places, type Program } from './servers/program.ts';
import { startProxy } from './servers/proxy.ts';

let dovecot: Dovecot;
let v3: V3StandIn;
let folder: string;
let installed: Installation;
let places: Omit<Places, 'imap'>;
let user = 0;
const open: { close(): Promise<void> | void }[] = [];

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot?.close());
beforeEach(async () => {
  v3 = await startV3();
  const [s3, smtp] = [await startS3(), await startSmtp({ onMail: () => undefined })];
  open.push(v3, s3, smtp);
  places = { s3, smtp, v3 };
  folder = temporaryFolder('imap');
  user += 1;
  installed = install(folder, { ...places, imap: account() });
});
afterEach(async () => {
  installed.close();
  for (const one of open.splice(0).toReversed()) await one.close();
  removeFolder(folder);
});

const inbox = () => `person${user}`;
const account = (port = dovecot.port) => ({ host: dovecot.host, port, user: inbox(), password: dovecot.password });
const count = (mailFolder: string) => dovecot.count(mailFolder, inbox());
const doveadm = (command: string, ...words: string[]) => dovecot.doveadm(...command.split(' '), '-u', inbox(), ...words);
const subjectsOf = (jobs: V3StandIn['jobs']) => new Set(jobs.map(({ job }) => job.ExternalID)).size;

/** The program with so many mails in mid-work: each is a report, and V3 is down. */
async function inMidWork(mails: number): Promise<Program> {
  v3.failWhile({ kind: 'error' });
  dovecot.drop(
    Array.from({ length: mails }, (_, number) => reportMail(number)),
    inbox(),
  );
  const program = await installed.run();
  await until('the mails are read', () => program.named('mail-settled').length === mails, 30_000);
  return program;
}

async function allJobs(mails: number): Promise<void> {
  v3.failWhile(null);
  await until(`${mails} jobs`, () => v3.jobs.length >= mails, 60_000);
}

test('mails that people move, bring back, delete, read and flag in mid-work become one job each, and go only where people left them', async () => {
  const program = await inMidWork(5);
  await doveadm('mailbox create', 'Urgent');
  await doveadm('move', 'Urgent', 'mailbox', 'INBOX', 'uid', '1:2');
  await doveadm('move', 'INBOX', 'mailbox', 'Urgent', 'uid', '1');
  await doveadm('expunge', 'mailbox', 'INBOX', 'uid', '3');
  await doveadm('flags add', '\\Seen \\Flagged', 'mailbox', 'INBOX', 'uid', '4');
  await until('the mail that came back is seen', () => program.named('mail-stored').some(({ known }) => known === 1), 20_000);
  await allJobs(5);
  await until('the rest is filed', async () => (await count('INBOX')) === 0, 30_000);
  expect([await count('Faultline/Jobs'), await count('Urgent'), await count('Faultline/Duplicates')]).toEqual([3, 1, 0]);
  const flags = [...(await dovecot.flags('Faultline/Jobs', inbox())).values()];
  expect(flags.filter((one) => one.includes('\\Seen') && one.includes('\\Flagged'))).toHaveLength(1);
  expect(v3.jobs).toHaveLength(5);
  await program.stop();
});

test('a new UIDVALIDITY in mid-work makes no second job and no duplicates', async () => {
  const program = await inMidWork(4);
  await dovecot.stop();
  const maildir = join(dovecot.folder, 'mail', inbox());
  for (const name of readdirSync(maildir).filter((one) => /^dovecot[-.](uidlist|uidvalidity|index)/.test(one))) rmSync(join(maildir, name));
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // Dovecot makes UIDVALIDITY of the second
  await dovecot.start();
  await until(
    'the inbox is open again',
    () => new Set(program.named('mailbox-open').map(({ uidValidity }) => uidValidity)).size === 2,
    30_000,
  );
  await until('the mails are known', () => program.named('mail-stored').some(({ known }) => known === 4), 20_000);
  await allJobs(4);
  await until('all are filed', async () => (await count('Faultline/Jobs')) === 4, 30_000);
  expect([await count('INBOX'), await count('Faultline/Duplicates')]).toEqual([0, 0]);
  expect([v3.jobs.length, subjectsOf(v3.jobs)]).toEqual([4, 4]);
  await program.stop();
});

test('a folder of ours that people rename is made anew, and what is in it stays with them', async () => {
  const program = await installed.run();
  await dovecot.deliver(reportMail(1), inbox());
  await until('the first is filed', async () => (await count('Faultline/Jobs')) === 1, 30_000);
  await doveadm('mailbox rename', 'Faultline/Jobs', 'Done in spring');
  await dovecot.deliver(reportMail(2), inbox());
  await until('the second is filed', async () => (await count('Faultline/Jobs')) === 1, 30_000);
  expect(await count('Done in spring')).toBe(1);
  expect(v3.jobs).toHaveLength(2);
  await program.stop();
});

test('a connection that dies without a word is found out and replaced', async () => {
  const proxy = await startProxy(dovecot.port);
  open.push(proxy);
  const mailboxes = [
    {
      name: 'repairs',
      branch: 'leeds',
      imap: { ...account(proxy.port), tls: 'none', timeoutSeconds: 2 },
      replyFrom: { address: 'repairs@brightkeys.example' },
      pollSeconds: 2,
    },
  ];
  installed = install(folder, { ...places, imap: account() }, { mailboxes });
  const program = await installed.run();
  await dovecot.deliver(reportMail(1), inbox());
  await until('the first job', () => v3.jobs.length === 1, 30_000);
  await until('it is filed', async () => (await count('Faultline/Jobs')) === 1, 30_000);
  proxy.swallow();
  await dovecot.deliver(reportMail(2), inbox());
  await until('the second job', () => v3.jobs.length === 2, 30_000);
  expect(proxy.made()).toBe(2);
  expect(program.named('mailbox-failed')).toMatchObject([{ code: 'imap-unreachable', detail: 'no answer within 2 s' }]);
  for (let cuts = 0; cuts < 5; cuts += 1) {
    proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await dovecot.deliver(reportMail(3), inbox());
  await until('the third job', () => v3.jobs.length === 3, 30_000);
  await program.stop();
});

test('a server that takes one connection at a time is waited for, and the wait is not taken for a wrong password', async () => {
  const strict = await startDovecot({ settings: 'mail_max_userip_connections = 1' });
  open.push(strict);
  const imap = { host: strict.host, port: strict.port, user: strict.user, password: strict.password };
  installed = install(folder, { ...places, imap });
  const first = await installed.run();
  await until('the inbox is open', () => first.named('mailbox-open').length === 1);
  const elsewhere = temporaryFolder('imap2');
  const other = install(elsewhere, { ...places, imap });
  try {
    const { code, out } = await other.faultline('once');
    expect(code).toBe(1);
    expect(out).toContain('mailbox repairs: imap-busy');
    expect((await first.stop()).code).toBe(0);
    await strict.deliver(reportMail(1));
    expect((await other.faultline('once')).code).toBe(0);
    expect(v3.jobs).toHaveLength(1);
  } finally {
    other.close();
    removeFolder(elsewhere);
  }
});

test('Courier, which has no MOVE: every mail becomes one job and lies in one folder, over a restart of the server', async () => {
  const courier: Courier = await startCourier();
  open.push(courier);
  installed = install(folder, { ...places, imap: courier });
  const program = await installed.run();
  courier.drop([1, 2, 3].map(reportMail));
  await until('three jobs', () => v3.jobs.length === 3, 60_000);
  await until('they are filed', () => courier.count('INBOX.Faultline.Jobs') === 3, 30_000);
  await courier.stop();
  courier.drop([4, 5].map(reportMail));
  await courier.start();
  await until('five jobs', () => v3.jobs.length === 5, 60_000);
  await until('all are filed', () => courier.count('INBOX.Faultline.Jobs') === 5 && courier.count('INBOX') === 0, 30_000);
  expect([courier.count('INBOX'), subjectsOf(v3.jobs)]).toEqual([0, 5]);
  expect((await program.stop()).code).toBe(0);
});

test('Courier without UIDPLUS: the mails stay in the inbox, marked, and are not taken twice', async () => {
  const courier = await startCourier({ noUidPlus: true });
  open.push(courier);
  installed = install(folder, { ...places, imap: courier });
  courier.drop([1, 2].map(reportMail));
  expect((await installed.faultline('once')).out).toContain('2 mails: 2 jobs');
  expect((await installed.faultline('once')).out).toContain('0 mails: 0 jobs');
  expect([courier.count('INBOX'), courier.count('INBOX.Faultline.Jobs')]).toEqual([2, 0]);
});
