/** A disk that is full, made of a small file system in memory: the mails stay in the inbox, and all goes on once there is room. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startS3 } from '../../src/sandbox/s3.ts';
import { startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import { removeFolder, runToEnd, temporaryFolder, until } from './servers/daemon.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { rawMail, reportMail } from './servers/mails.ts';
import { type Installation, install } from './servers/program.ts';

let dovecot: Dovecot;
let v3: V3StandIn;
let folder: string;
let data: string;
let installed: Installation;
let user = 0;
const standIns: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot?.close());
beforeEach(async () => {
  v3 = await startV3();
  const [s3, smtp] = [await startS3(), await startSmtp({ onMail: () => undefined })];
  standIns.push(v3, s3, smtp);
  folder = temporaryFolder('full');
  data = join(folder, 'data');
  mkdirSync(data);
  await runToEnd('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', data]);
  user += 1;
  const imap = { host: dovecot.host, port: dovecot.port, user: inbox(), password: dovecot.password };
  installed = install(folder, { imap, smtp, s3, v3 });
});
afterEach(async () => {
  installed.close();
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
  await until('the file system is free', () =>
    runToEnd('umount', [data]).then(
      () => true,
      () => false,
    ),
  );
  removeFolder(folder);
});

const inbox = () => `full${user}`;
const enlarge = () => runToEnd('mount', ['-o', 'remount,size=64m', data]);
/** The first one is so large that it comes as a stream, the others come in one FETCH. */
const large = (number: number) =>
  Buffer.concat([reportMail(number), Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(number === 1 ? 120_000 : 20_000))]);

test('mails for which there is no room stay in the inbox, and become jobs by themselves once there is', async () => {
  const program = await installed.run();
  await until('the inbox is open', () => program.named('mailbox-open').length > 0);
  dovecot.drop([1, 2, 3, 4].map(large), inbox());
  await until('the disk is full', () => program.named('mailbox-failed').some(({ code }) => code === 'disk-full'), 30_000);
  const before = program.events.length;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(program.events.length - before).toBeLessThan(60); // no busy loop
  const kept = (await dovecot.count('INBOX', inbox())) + (await dovecot.count('Faultline/Jobs', inbox()));
  expect(kept).toBe(4);
  await enlarge();
  await until('all jobs', () => v3.jobs.length === 4, 60_000);
  await until('all are filed', async () => (await dovecot.count('Faultline/Jobs', inbox())) === 4, 30_000);
  expect(new Set(v3.jobs.map(({ job }) => job.ExternalID)).size).toBe(4);
  expect((await program.stop()).code).toBe(0);
});

test('a disk that is full to the last byte stops nothing for good, wherever it is noticed', async () => {
  const program = await installed.run();
  await until('the inbox is open', () => program.named('mailbox-open').length > 0);
  const ballast = join(data, 'ballast');
  try {
    writeFileSync(ballast, Buffer.alloc(8 << 20));
  } catch {
    // That is the point.
  }
  dovecot.drop([1, 2, 3].map(reportMail), inbox());
  await until('the disk is full', () => program.events.some((event) => 'code' in event && event.code === 'disk-full'), 30_000);
  expect(await dovecot.count('INBOX', inbox())).toBe(3);
  expect(v3.jobs).toHaveLength(0);
  await rm(ballast);
  await until('all jobs', () => v3.jobs.length === 3, 60_000);
  expect((await program.stop()).code).toBe(0);
});

test('a start on a full disk says so', async () => {
  writeFileSync(join(data, 'ballast'), rawMail('x'));
  try {
    writeFileSync(join(data, 'ballast'), Buffer.alloc(8 << 20));
  } catch {
    // That is the point.
  }
  const { code, out, err } = await installed.faultline('once');
  expect(code).toBe(1);
  expect(out + err).toContain('disk-full');
  expect(out + err).toContain('Free some space');
});
