/** The ledger is lost right after a reply went out, before its mail was filed: what the account keeps among its sent mails is not sent again. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startS3 } from '../../src/sandbox/s3.ts';
import { type CaughtMail, startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import { removeFolder, temporaryFolder, until } from './servers/daemon.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { type Installation, install, type Program } from './servers/program.ts';

const THREAD = '../../fixtures/mails/threads/answer-to-question-with-phone-number/';
const mail = (name: string) => readFileSync(fileURLToPath(new URL(`${THREAD}${name}`, import.meta.url)));
/** RFC 6154; Dovecot makes it with the first mail. */
const SENT_FOLDER = `
namespace inbox {
  mailbox "Outgoing mail" {
    auto = create
    special_use = \\Sent
  }
}`;
let dovecot: Dovecot;
let v3: V3StandIn;
let sent: CaughtMail[];
/** Whether the SMTP server puts a copy among the account's sent mails, as those of large providers do. */
let keepsSent: boolean;
/** Called when the SMTP server has a reply, before it says so. */
let onReply: () => Promise<void> | void;
let folder: string;
let installed: Installation;
let user = 0;
const standIns: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  dovecot = await startDovecot({ settings: SENT_FOLDER });
});
afterAll(() => dovecot?.close());
beforeEach(async () => {
  [sent, keepsSent, onReply] = [[], true, () => undefined];
  v3 = await startV3();
  const onMail = async (caught: CaughtMail) => {
    sent.push(caught);
    if (keepsSent) await keep(caught.raw);
    await onReply();
  };
  const [s3, smtp] = [await startS3(), await startSmtp({ onMail })];
  standIns.push(v3, s3, smtp);
  folder = temporaryFolder('lost');
  user += 1;
  installed = install(folder, { imap: account(), smtp, s3, v3 });
});
afterEach(async () => {
  installed.close();
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
  removeFolder(folder);
});

const account = () => ({ host: dovecot.host, port: dovecot.port, user: `lost${user}`, password: dovecot.password });
const count = (name: string) => dovecot.count(name, `lost${user}`);

async function keep(raw: Buffer): Promise<void> {
  const { host, port, user: name, password } = account();
  const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth: { user: name, pass: password }, logger: false });
  await client.connect();
  await client.append('Outgoing mail', raw, ['\\Seen']);
  await client.logout();
}

/** Asks the tenant for his number, and dies at the moment at which the SMTP server has the question; then the ledger is lost. */
async function askAndLose(): Promise<void> {
  let program: Program | undefined;
  const killed = new Promise<void>((resolve) => {
    onReply = async () => {
      await program?.stop('SIGKILL');
      resolve();
    };
  });
  program = await installed.run();
  await dovecot.deliver(mail('01.eml'), `lost${user}`);
  await killed;
  onReply = () => undefined;
  expect(sent).toHaveLength(1);
  expect([await count('INBOX'), await count('Faultline/Asked')]).toEqual([1, 0]);
  rmSync(join(folder, 'data'), { recursive: true });
}

const messageIdOf = ({ raw }: CaughtMail) => /^Message-ID:\s*(\S+)/im.exec(raw.toString('latin1'))?.[1];

test('a question that lies among the sent mails is not asked again, and its answer makes the job', async () => {
  await askAndLose();
  const program = await installed.run();
  await until('it is filed as asked', async () => (await count('Faultline/Asked')) === 1, 30_000);
  expect(sent).toHaveLength(1);
  await dovecot.deliver(mail('02.eml'), `lost${user}`);
  await until('the job', () => v3.jobs.length === 1, 30_000);
  expect(v3.jobs[0]?.job).toMatchObject({ TenantPhonePrimary: '07400 123964' });
  await until('the confirmation', () => sent.length === 2, 30_000);
  expect(new Set(sent.map(messageIdOf)).size).toBe(2);
  await until('both are filed', async () => (await count('Faultline/Jobs')) === 2, 30_000);
  expect((await installed.faultline('audit')).code).toBe(0);
  expect((await program.stop()).code).toBe(0);
});

test('where sent mails are not kept, the question goes out again as the same mail', async () => {
  keepsSent = false;
  await askAndLose();
  const program = await installed.run();
  await until('it is filed as asked', async () => (await count('Faultline/Asked')) === 1, 30_000);
  expect(sent).toHaveLength(2);
  expect(new Set(sent.map(messageIdOf)).size).toBe(1);
  expect((await program.stop()).code).toBe(0);
});
