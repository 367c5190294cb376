import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { Folder } from '../../src/domain/report.ts';
import { file } from '../../src/pipeline/file.ts';
import type { Mailbox } from '../../src/pipeline/flow.ts';
import { type Bench, FOLDERS, NOON, openBench, rawMail } from './stand-ins.ts';

const never = new AbortController().signal;
let bench: Bench;
let mailbox: Mailbox;
beforeEach(async () => {
  bench = await openBench();
  mailbox = bench.mailboxes.get('repairs') as Mailbox;
});
afterEach(() => bench.end());

/** Delivers mails and decides where each belongs. @returns their identities */
async function settled(folder: Folder, count = 1): Promise<string[]> {
  const identities: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const raw = rawMail();
    const uid = bench.server.deliver(raw);
    const { key, identity, bytes } = await bench.raws.keep(Buffer.from(raw));
    await bench.ledger.store('repairs', 'INBOX', '1', [{ identity, rawKey: key, bytes, tooLarge: false, receivedAt: NOON, uid }], NOON);
    await bench.ledger.settle({ identity, outcome: 'held', reason: '', why: '', subject: '', reference: null, folder, marks: [] }, {});
    identities.push(identity);
  }
  return identities;
}

test('a hundred mails for one folder are filed in one command', async () => {
  await settled('job', 100);
  expect(await file(bench, mailbox, await bench.server.open(), never)).toBe(100);
  expect(bench.server.filings).toHaveLength(1);
  expect(bench.server.filings[0]).toMatchObject({ from: 'INBOX', to: FOLDERS.job, keywords: ['FaultlineJob'] });
  expect(bench.server.folder('INBOX').size).toBe(0);
  expect(bench.server.folder(FOLDERS.job).size).toBe(100);
  expect(bench.log.named('mail-filed')).toEqual([
    { event: 'mail-filed', mailbox: 'repairs', folder: FOLDERS.job, mails: 100, moved: true },
  ]);
});

test('more mails than a batch holds are all filed', async () => {
  await settled('ignored', 501);
  await file(bench, mailbox, await bench.server.open(), never);
  expect(bench.server.filings.map(({ uids }) => uids.length)).toEqual([500, 1]);
});

test('each outcome has its folder and keyword, and what a person must look at is flagged', async () => {
  const outcomes: Folder[] = ['job', 'asked', 'ignored', 'followUp', 'duplicate', 'held'];
  for (const outcome of outcomes) await settled(outcome);
  await file(bench, mailbox, await bench.server.open(), never);
  expect(Object.fromEntries(bench.server.filings.map(({ to, keywords }) => [to, keywords]))).toEqual({
    'Faultline/Jobs': ['FaultlineJob'],
    'Faultline/Asked': ['FaultlineAsked'],
    'Faultline/Ignored': ['FaultlineIgnored'],
    'Faultline/Follow-ups': ['FaultlineFollowUp'],
    'Faultline/Duplicates': ['FaultlineDuplicate'],
    'Faultline/Held': ['FaultlineHeld', '\\Flagged'],
  });
});

test('a mail that is gone is not tried again', async () => {
  await settled('job', 2);
  bench.server.folder('INBOX').delete(1);
  const inbox = await bench.server.open();
  await file(bench, mailbox, inbox, never);
  await file(bench, mailbox, inbox, never);
  expect(bench.server.filings).toHaveLength(1);
  expect(bench.log.named('mail-filed')).toMatchObject([{ mails: 1 }]);
});

test('a mail follows its report from folder to folder', async () => {
  const [identity = ''] = await settled('asked');
  const inbox = await bench.server.open();
  await file(bench, mailbox, inbox, never);
  await bench.ledger.settle({ identity, outcome: 'held', reason: '', why: '', subject: '', reference: null, folder: 'job', marks: [] }, {});
  await file(bench, mailbox, inbox, never);
  expect(bench.server.filings.map(({ from, to }) => `${from} to ${to}`)).toEqual([
    'INBOX to Faultline/Asked',
    'Faultline/Asked to Faultline/Jobs',
  ]);
});

test('the marks of an earlier folder go, and a flag only when the mail leaves the held ones', async () => {
  const [asked = ''] = await settled('asked');
  const [held = ''] = await settled('held');
  const inbox = await bench.server.open();
  await file(bench, mailbox, inbox, never);
  for (const identity of [asked, held]) {
    await bench.ledger.settle(
      { identity, outcome: 'held', reason: '', why: '', subject: '', reference: null, folder: 'job', marks: [] },
      {},
    );
  }
  await file(bench, mailbox, inbox, never);
  const removed = Object.fromEntries(bench.server.filings.slice(2).map((filing) => [filing.from, filing.removed]));
  expect(removed['Faultline/Asked']).toContain('FaultlineAsked');
  expect(removed['Faultline/Asked']).not.toContain('FaultlineJob');
  expect(removed['Faultline/Asked']).not.toContain('\\Flagged');
  expect(removed['Faultline/Held']).toEqual(expect.arrayContaining(['FaultlineHeld', '\\Flagged']));
});

test('a mail whose folder of ours was deleted does not stop the others', async () => {
  const [identity = ''] = await settled('asked');
  const inbox = await bench.server.open();
  await file(bench, mailbox, inbox, never);
  await bench.ledger.settle({ identity, outcome: 'held', reason: '', why: '', subject: '', reference: null, folder: 'job', marks: [] }, {});
  await settled('job');
  const move = inbox.file.bind(inbox);
  inbox.file = async (from, ...rest) => {
    if (from.folder !== 'INBOX') throw new Failure('imap-refused', 'NO no such mailbox');
    return move(from, ...rest);
  };
  await file(bench, mailbox, inbox, never);
  expect(bench.server.folder(FOLDERS.job).size).toBe(1);
  expect(await bench.ledger.unfiled('repairs', 10)).toEqual([]);
});

test('a refusal in the watched folder is passed on, and the mail waits', async () => {
  await settled('job');
  const inbox = await bench.server.open();
  inbox.file = async () => {
    throw new Failure('imap-refused', 'NO over quota');
  };
  await expect(file(bench, mailbox, inbox, never)).rejects.toMatchObject({ code: 'imap-refused' });
  expect(await bench.ledger.unfiled('repairs', 10)).toHaveLength(1);
});

test('a mail that already lies in its folder is not moved into it again', async () => {
  mailbox = { ...mailbox, folders: { ...FOLDERS, ignored: 'INBOX' } };
  await settled('ignored');
  await file(bench, mailbox, await bench.server.open(), never);
  expect(bench.server.filings).toEqual([]);
  expect(await bench.ledger.unfiled('repairs', 10)).toEqual([]);
});

test('UIDs of an earlier UIDVALIDITY, which may be other mails now, are left alone', async () => {
  await settled('job');
  bench.server.uidValidity = '2';
  await file(bench, mailbox, await bench.server.open(), never);
  expect(bench.server.filings).toEqual([]);
});

test('the watcher is told of each mail that was filed', async () => {
  const seen: string[] = [];
  const nothing = () => undefined;
  bench.watcher = {
    settled: nothing,
    published: nothing,
    submitted: nothing,
    replied: nothing,
    filed: (name, { uid }, folder) => seen.push(`${name} ${uid} ${folder}`),
  };
  await settled('held', 2);
  await file(bench, mailbox, await bench.server.open(), never);
  expect(seen).toEqual(['repairs 1 Faultline/Held', 'repairs 2 Faultline/Held']);
});
