/** `npm run bench:drain [-- MAILS]`: takes a whole inbox in from Dovecot and files it, side by side with mbsync, which only copies it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInbox } from '../../src/adapters/imap/inbox.ts';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { openSqlite } from '../../src/adapters/ledger/sqlite.ts';
import { openRawFolder } from '../../src/adapters/raws/folder.ts';
import { file } from '../../src/pipeline/file.ts';
import type { Flow, Mailbox } from '../../src/pipeline/flow.ts';
import type { Inbox } from '../../src/pipeline/ports.ts';
import { receive } from '../../src/pipeline/receive.ts';
import { removeFolder, runToEnd, temporaryFolder } from './servers/daemon.ts';
import { type Dovecot, startDovecot } from './servers/dovecot.ts';
import { reportMail } from './servers/mails.ts';

const MAILS = Number(process.argv[2] ?? 1_000);
const SINGLE_MOVES = 50;
const never = new AbortController().signal;

const dovecot = await startDovecot();
const folder = temporaryFolder('bench');
try {
  const mails = Array.from({ length: MAILS }, (_, number) => reportMail(number));
  for (const user of ['mbsync', 'faultline']) dovecot.drop(mails, user);
  await Promise.all(['mbsync', 'faultline'].map((user) => dovecot.count('INBOX', user))); // both indexed
  const rows: [string, number][] = [];
  const timed = async (what: string, work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    rows.push([what, performance.now() - began]);
  };

  await timed(`mbsync copies ${MAILS} mails`, () => mbsync(dovecot, folder));
  const { db, release } = await openSqlite(folder, 'work');
  const ledger = openLedger(db, release);
  const inbox = await open(dovecot);
  const flow = {
    ledger,
    raws: await openRawFolder(join(folder, 'raws')),
    log: { write: () => undefined },
    clock: { now: () => new Date() },
    settings: { mailBytes: 50 << 20 },
  };
  const mailbox = { name: 'faultline', folders: { ignored: 'Faultline/Ignored' } };
  const [asFlow, asMailbox] = [flow as unknown as Flow, mailbox as unknown as Mailbox];
  await timed(`Faultline takes ${MAILS} mails in (fsync, ledger)`, () => receive(asFlow, asMailbox, inbox, true, never));
  for (let message = await ledger.takeMessage(); message !== null; message = await ledger.takeMessage()) {
    const { identity } = message;
    await ledger.settle(
      { identity, outcome: 'set-aside', reason: '', why: '', subject: '', reference: null, folder: 'ignored', marks: [] },
      {},
    );
  }
  const single = (await inbox.list(1, never)).slice(0, SINGLE_MOVES);
  await timed(`${SINGLE_MOVES} mails filed one by one`, async () => {
    for (const { uid } of single)
      await inbox.file({ ...inbox, uids: [uid] }, 'One by one', { add: ['FaultlineIgnored'], remove: [] }, never);
  });
  await timed(`${MAILS - SINGLE_MOVES} mails filed in batches`, () => file(asFlow, asMailbox, inbox, never));
  const left = await dovecot.count('INBOX', 'faultline');
  if (left > 0) throw new Error(`${left} mails were left in the inbox`);
  await inbox.close();
  await ledger.close();

  const base = rows[0]?.[1] ?? 1;
  for (const [what, ms] of rows)
    console.log(`${what.padEnd(48)} ${ms.toFixed(0).padStart(7)} ms  ${(ms / base).toFixed(2).padStart(6)} × mbsync`);
} finally {
  await dovecot.close();
  removeFolder(folder);
}

function open(server: Dovecot): Promise<Inbox> {
  const account = { host: server.host, port: server.port, tls: 'none' as const, user: 'faultline', password: server.password };
  return openInbox({ ...account, folder: 'INBOX', timeoutMs: 30_000, mailBytes: 50 << 20 }, never);
}

async function mbsync(server: Dovecot, at: string): Promise<void> {
  const [config, maildir] = [join(at, 'mbsyncrc'), join(at, 'copy')];
  mkdirSync(maildir);
  writeFileSync(
    config,
    `IMAPAccount server
Host ${server.host}
Port ${server.port}
User mbsync
Pass ${server.password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account server

MaildirStore near
Path ${maildir}/
Inbox ${maildir}/inbox

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
SyncState *
`,
  );
  await runToEnd('mbsync', ['-q', '-c', config, 'all'], { HOME: at });
}
