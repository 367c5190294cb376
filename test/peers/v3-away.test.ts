/** V3 under a host name that does not resolve, and with a certificate that has expired: the real program, the system's own resolver, and TLS. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startS3 } from '../../src/sandbox/s3.ts';
import { type CaughtMail, startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import { removeFolder, temporaryFolder, until } from './servers/daemon.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { type HttpsFront, startHttpsFront } from './servers/https-front.ts';
import { reportMail } from './servers/mails.ts';
import { type Installation, install, type Program } from './servers/program.ts';

const V3_HOST = 'v3.letting-software.example';
const MAILS = 3;
/** Watched for so long, with waits of some 2 s between two tries of the branch (retry.mostSeconds), of one report each. */
const WATCHED_MS = 8_000;
const MOST_TRIES = 6;
let dovecot: Dovecot;
let v3: V3StandIn;
let front: HttpsFront;
let sent: CaughtMail[];
let folder: string;
let installed: Installation;
let user = 0;
const standIns: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot?.close());
beforeEach(async () => {
  folder = temporaryFolder('v3-away');
  v3 = await startV3();
  front = await startHttpsFront(folder, V3_HOST, v3.url);
  sent = [];
  const [s3, smtp] = [await startS3(), await startSmtp({ onMail: (mail) => void sent.push(mail) })];
  standIns.push(front, v3, s3, smtp);
  user += 1;
  const imap = { host: dovecot.host, port: dovecot.port, user: inbox(), password: dovecot.password };
  const api = { url: `https://${V3_HOST}:${front.port}`, apiKey: v3.apiKey, certificate: front.authority };
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n'); // nobody answers there
  installed = install(folder, { imap, smtp, s3, v3: api }, {}, withNamesOf(folder));
});
afterEach(async () => {
  installed.close();
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
  removeFolder(folder);
});

const inbox = () => `away${user}`;

/** Runs a command that sees the folder's files `hosts` and `resolv.conf` in the place of the system's own. */
function withNamesOf(at: string): string[] {
  const mounts = ['hosts', 'resolv.conf'].map((name) => `mount --bind '${at}/${name}' /etc/${name}`).join(' && ');
  return ['unshare', '--mount', 'sh', '-c', `${mounts} && exec "$@"`, 'sh'];
}

/** The same file, since it is mounted. */
function hosts(...lines: string[]): void {
  writeFileSync(join(folder, 'hosts'), ['127.0.0.1 localhost', ...lines, ''].join('\n'));
}

const failures = (program: Program) => program.named('step-failed');

/** Reports wait, with a clear word of why, nothing hammers, and the status says it. */
async function expectWaiting(program: Program, code: string, detail: string, hint: string): Promise<void> {
  await until('the branch is paused', () => program.named('branch-paused').length > 0, 60_000);
  const before = failures(program).length;
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  expect(failures(program).length - before).toBeLessThanOrEqual(MOST_TRIES);
  expect(failures(program).length).toBeGreaterThan(1);
  expect(new Set(failures(program).map((event) => `${event.step} ${event.code} ${event.kind}`))).toEqual(new Set([`submit ${code} retry`]));
  const { out } = await installed.faultline('status');
  expect(out).toMatch(/^paused +leeds {2}tried again (now|in \d+ s)$/m);
  expect(out).toContain(`${code}: ${detail}`);
  expect(out).toContain(hint);
  expect(out).toContain(`published ${MAILS}`);
  expect(v3.requests).toHaveLength(0);
  expect(sent).toHaveLength(0);
}

async function expectRecovery(program: Program): Promise<void> {
  await until('all jobs', () => v3.jobs.length === MAILS, 30_000);
  await until('all are filed', async () => (await dovecot.count('Faultline/Jobs', inbox())) === MAILS, 30_000);
  expect(v3.requests).toHaveLength(MAILS);
  expect(sent).toHaveLength(MAILS);
  expect((await installed.faultline('status')).out).not.toContain('paused');
  expect((await program.stop()).code).toBe(0);
}

test('a host name that does not resolve keeps the reports waiting, and they go out once it does', async () => {
  hosts();
  front.use('good');
  dovecot.drop([1, 2, 3].map(reportMail), inbox());
  const program = await installed.run();
  await expectWaiting(program, 'v3-unreachable', 'EAI_AGAIN', 'check v3.url, the DNS and the network');
  expect(front.connections()).toBe(0);
  hosts(`127.0.0.1 ${V3_HOST}`);
  await expectRecovery(program);
});

test('a certificate that has expired keeps the reports waiting, and they go out once it is renewed', async () => {
  hosts(`127.0.0.1 ${V3_HOST}`);
  dovecot.drop([1, 2, 3].map(reportMail), inbox());
  const program = await installed.run();
  await expectWaiting(program, 'v3-tls', 'CERT_HAS_EXPIRED', 'The certificate of V3 was not accepted');
  expect(front.requests()).toBe(0);
  expect(front.connections()).toBeLessThanOrEqual(failures(program).length + 4);
  front.use('good');
  await expectRecovery(program);
});
