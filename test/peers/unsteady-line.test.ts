/** A line to the IMAP server that breaks or goes silent all the time, in the middle of whatever is said: each mail becomes one job, none is lost. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startS3 } from '../../src/sandbox/s3.ts';
import { startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import { startCourier } from './servers/courier.ts';
import { removeFolder, temporaryFolder, until } from './servers/daemon.ts';
import { startDovecot } from './servers/dovecot.ts';
import { reportMail } from './servers/mails.ts';
import { type Installation, install } from './servers/program.ts';
import { startProxy } from './servers/proxy.ts';

const MAILS = 25;
let v3: V3StandIn;
let folder: string;
let installed: Installation | undefined;
const open: { close(): Promise<void> | void }[] = [];

beforeEach(async () => {
  v3 = await startV3();
  open.push(v3);
  folder = temporaryFolder('unsteady');
});
afterEach(async () => {
  installed?.close();
  for (const one of open.splice(0).toReversed()) await one.close();
  removeFolder(folder);
});

type Server = { host: string; port: number; user: string; password: string; drop(raws: Buffer[]): void };

/** @returns how often the line broke */
async function worked(server: Server, areAllFiled: () => boolean | Promise<boolean>): Promise<number> {
  const proxy = await startProxy(server.port);
  const [s3, smtp] = [await startS3(), await startSmtp({ onMail: () => undefined })];
  open.push(proxy, s3, smtp);
  const imap = { host: server.host, port: proxy.port, user: server.user, password: server.password };
  const mailboxes = [
    {
      name: 'repairs',
      branch: 'leeds',
      imap: { ...imap, tls: 'none', timeoutSeconds: 3 },
      replyFrom: { address: 'repairs@brightkeys.example' },
      pollSeconds: 1,
    },
  ];
  installed = install(folder, { imap, s3, smtp, v3 }, { mailboxes });
  const large = Buffer.concat([reportMail(0), Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(150_000))]);
  server.drop([large]);
  const program = await installed.run();
  let breaks = 0;
  let delivered = 1;
  const trouble = setInterval(() => {
    if (breaks % 5 === 4) proxy.swallow();
    else proxy.cut();
    breaks += 1;
    if (delivered < MAILS) server.drop([reportMail(delivered++), ...(delivered < MAILS ? [reportMail(delivered++)] : [])]);
  }, 700);
  try {
    await until('half a minute of trouble', () => breaks >= 30 && delivered === MAILS, 60_000);
  } finally {
    clearInterval(trouble);
  }
  await until('all jobs', () => v3.jobs.length >= MAILS, 90_000);
  await until('all are filed', areAllFiled, 90_000);
  expect((await program.stop()).code).toBe(0);
  expect(new Set(v3.jobs.map(({ job }) => job.ExternalID)).size).toBe(MAILS);
  expect(v3.jobs).toHaveLength(MAILS);
  return program.named('mailbox-failed').length;
}

test('with Dovecot', { timeout: 240_000 }, async () => {
  const dovecot = await startDovecot();
  open.push(dovecot);
  const failures = await worked(dovecot, async () => (await dovecot.count('Faultline/Jobs')) === MAILS);
  expect(failures).toBeGreaterThan(2);
  expect([await dovecot.count('INBOX'), await dovecot.count('Faultline/Duplicates')]).toEqual([0, 0]);
});

test('with Courier, where a move is three commands: at worst a mail lies twice among the jobs', { timeout: 240_000 }, async () => {
  const courier = await startCourier();
  open.push(courier);
  const failures = await worked(courier, () => courier.count('INBOX') === 0);
  expect(failures).toBeGreaterThan(2);
  expect(courier.count('INBOX.Faultline.Jobs')).toBeGreaterThanOrEqual(MAILS);
  expect(courier.count('INBOX.Faultline.Duplicates')).toBe(0);
});
