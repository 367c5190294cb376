/** The whole program as a process of its own, against Dovecot over TLS, exim with STARTTLS and a password, radosgw, and the V3 stand-in. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import { removeFolder, temporaryFolder, until } from './servers/daemon.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { type Exim, startExim } from './servers/exim.ts';
import { rawMail, reportMail } from './servers/mails.ts';
import { type Installation, install } from './servers/program.ts';
import { type Radosgw, startRadosgw } from './servers/radosgw.ts';

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/mails/${name}`, import.meta.url)));
let s3: Radosgw;
let dovecot: Dovecot;
let exim: Exim;
let v3: V3StandIn;
let folder: string;
let installed: Installation;
let user = 0;

beforeAll(async () => {
  [s3, dovecot] = await Promise.all([startRadosgw(), startDovecot()]);
  exim = await startExim({ lmtpPort: dovecot.lmtpPort });
}, 120_000);
afterAll(async () => {
  await Promise.all([s3?.close(), exim?.close(), dovecot?.close()]);
});
beforeEach(async () => {
  v3 = await startV3();
  folder = temporaryFolder('program');
  user += 1;
  installed = install(folder, { imap: { ...dovecot, user: inbox() }, smtp: exim, s3, v3 });
});
afterEach(async () => {
  installed.close();
  await v3.close();
  removeFolder(folder);
});

/** Each test has an inbox of its own. */
const inbox = () => `repairs${user}`;
const deliver = (raw: Buffer) => dovecot.deliver(raw, inbox());
const count = (mailFolder: string) => dovecot.count(mailFolder, inbox());
/** What a tenant finds in the mailbox to which exim relayed. */
const repliesTo = (address: string) => dovecot.doveadm('fetch', '-u', address, 'text', 'mailbox', 'INBOX');

test('a mail with photos becomes a job with public documents, a confirmation in the tenant’s inbox, and a filed mail, as soon as it arrives', async () => {
  const program = await installed.run();
  await until('the inbox is open', () => program.named('mailbox-open').length === 1);
  const began = Date.now();
  await deliver(fixture('iphone-inline-photos-fire-looks-great-tap-drips.eml'));
  await until('the job', () => v3.jobs.length === 1, 30_000);
  const seconds = (Date.now() - began) / 1000;
  await until('the mail is filed', async () => (await count('Faultline/Jobs')) === 1, 20_000);
  expect(seconds).toBeLessThan(15); // IDLE, not the timer of 60 s
  const [stored] = v3.jobs;
  expect(stored?.job).toMatchObject({ TenantPhonePrimary: '07400 123118', PropertyPostcode: 'LS11 8HD' });
  expect(stored?.documents).toHaveLength(2);
  for (const { totalBytes } of stored?.documents ?? []) expect(totalBytes).toBeGreaterThan(10_000);
  const reply = await repliesTo('aoife.brennan91@icloud.example');
  expect(reply).toMatch(/^Auto-Submitted: auto-replied\r?$/m);
  expect(reply).toContain(String(stored?.job.ExternalID));
  expect([...(await dovecot.flags('Faultline/Jobs', inbox())).values()]).toEqual([['FaultlineJob']]);
  expect(await count('INBOX')).toBe(0);
  const { code, ms } = await program.stop();
  expect({ code, isQuick: ms < 10_000 }).toEqual({ code: 0, isQuick: true });
});

test('it goes on by itself after the IMAP server was restarted, with the mails of the time between', async () => {
  const program = await installed.run();
  await deliver(reportMail(1));
  await until('the first job', () => v3.jobs.length === 1, 30_000);
  await dovecot.stop();
  await until('the mailbox fails', () => program.named('mailbox-failed').some(({ code }) => code === 'imap-unreachable'));
  dovecot.drop([reportMail(2), reportMail(3)], inbox());
  await dovecot.start();
  await until('the other jobs', () => v3.jobs.length === 3, 60_000);
  await until('all are filed', async () => (await count('Faultline/Jobs')) === 3, 30_000);
  expect((await installed.faultline('status')).out).toMatch(/^ok +repairs/m);
  expect((await program.stop()).code).toBe(0);
});

test('what cannot be taken is set apart for a person, and the other mails go on', async () => {
  const tooLarge = rawMail('Photos of the damp', { body: `${'x'.repeat(998)}\r\n`.repeat(60_000) });
  dovecot.drop(
    [
      tooLarge,
      Buffer.concat([Buffer.from('Subject: garbage\r\n'), Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7919) % 251))]),
      Buffer.from('From: Hannah Whitlock <hannah@tenant.example>\r\nMessage-ID: <empty@tenant.example>\r\n\r\n'),
      reportMail(4),
    ],
    inbox(),
  );
  const { code, out } = await installed.faultline('once', '--json');
  expect(JSON.parse(out)).toMatchObject({ mails: 4, jobs: 1, failed: 3, mailboxes: [] });
  expect(code).toBe(1);
  expect(await count('INBOX')).toBe(0);
  expect(await count('Faultline/Jobs')).toBe(1);
  const held = await dovecot.flags('Faultline/Held', inbox());
  for (const flags of held.values()) expect(flags).toEqual(expect.arrayContaining(['\\Flagged', 'FaultlineHeld']));
  const subjects = await dovecot.doveadm('fetch', '-u', inbox(), 'hdr.subject', 'mailbox', 'Faultline/Held');
  expect(subjects).toContain('Photos of the damp');
  const status = JSON.parse((await installed.faultline('status', '--json')).out);
  expect(status.messages).toMatchObject({ 'held: mail-too-large': 1, 'held: mail-empty': 1 });
});

test.each<[string, { certificate?: string; [setting: string]: unknown }, string, string]>([
  ['a wrong password', { password: 'wrong' }, 'imap-login', 'imap.password'],
  ['a folder that does not exist', { folder: 'Repairs' }, 'imap-folder', 'imap.folder'],
  ['a server that is not there', { port: 1 }, 'imap-unreachable', 'imap.host'],
  ['a certificate that nobody trusts', { certificate: 'untrusted' }, 'imap-tls', 'imap.tls'],
])('%s is said with the name of the mailbox and what to correct', async (_, { certificate, ...changes }, code, hint) => {
  const imap = { host: dovecot.host, port: dovecot.imapsPort, user: inbox(), password: dovecot.password, timeoutSeconds: 3, ...changes };
  const { certificate: trusted, ...server } = dovecot;
  const mailboxes = [{ name: 'repairs', branch: 'leeds', imap, replyFrom: { address: 'repairs@brightkeys.example' } }];
  installed = install(folder, { imap: certificate ? server : { ...server, certificate: trusted }, smtp: exim, s3, v3 }, { mailboxes });
  const { code: exit, out } = await installed.faultline('once');
  expect(exit).toBe(1);
  expect(out).toContain(`mailbox repairs: ${code}`);
  expect(out).toContain(hint);
});
