/** `faultline status`, `reports`, `show` and `retry` on a ledger with one report and two mailboxes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLedger } from '../../../src/adapters/ledger/ledger.ts';
import { openSqlite } from '../../../src/adapters/ledger/sqlite.ts';
import { main } from '../../../src/app/cli/main.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { Ledger } from '../../../src/pipeline/ports.ts';
import { NOON, value, values } from '../../pipeline/stand-ins.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(
    join(folder, 'faultline.yaml'),
    `dataFolder: data
agency: { name: Brightkeys Lettings }
s3: { bucket: brightkeys-faults, accessKeyId: a, secretAccessKey: b }
smtp: { host: smtp.brightkeys.example }
branches: { leeds: { shortName: brightkeys, branchID: "0042", apiKey: k } }
mailboxes:
  - { name: repairs, branch: leeds, imap: { host: i.example, user: u, password: p }, replyFrom: { address: repairs@brightkeys.example } }
`,
  );
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Does something to the ledger as the service does. */
async function inLedger(work: (ledger: Ledger) => Promise<unknown>): Promise<void> {
  const { db, release } = await openSqlite(join(folder, 'data'), 'work');
  const ledger = openLedger(db, release);
  await work(ledger).finally(() => ledger.close());
}

/** A report that V3 refused. */
async function openHeld(ledger: Ledger): Promise<void> {
  await ledger.store(
    'repairs',
    'INBOX',
    '1',
    [{ identity: 'mail-1', rawKey: 'r', bytes: 9, tooLarge: false, receivedAt: NOON, uid: 1 }],
    NOON,
  );
  await ledger.settle(
    { identity: 'mail-1', outcome: 'opens', reason: '', why: '', subject: 'No hot water', reference: '7XCNQNCXJ', folder: null, marks: [] },
    {
      open: {
        reference: '7XCNQNCXJ',
        mailbox: 'repairs',
        stage: 'read',
        heldFrom: null,
        dueAt: NOON,
        priority: 'High',
        reading: { template: 'general@1', values: { ...values(), IssueTitle: value('No hot water') }, attachments: [], missing: [] },
        openedBy: 'mail-1',
        createdAt: NOON,
        tries: 0,
        failure: null,
        replyTo: null,
      },
    },
  );
  const claim = await ledger.claimDue(NOON, 60_000);
  if (claim === null) throw new Error('nothing was due');
  const attempt = await ledger.beginAttempt(claim, 'submit', NOON);
  const failure = { code: 'v3-invalid', detail: 'IssueTitle is too long' } as const;
  await ledger.endAttempt(
    claim,
    attempt,
    'v3-invalid',
    failure.detail,
    { stage: 'held', heldFrom: 'published', dueAt: null, failure },
    NOON,
  );
}

async function faultline(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
  const code = await main([...words, '--config', join(folder, 'faultline.yaml')]);
  vi.restoreAllMocks();
  return { code, out: out.replace(/\u001b\[\d+m/g, ''), err };
}

test('show tells everything of a report: its fields with their evidence, its attempts, what went wrong and what to do', async () => {
  await inLedger(openHeld);
  const { code, out } = await faultline('show', '7xcnqncxj');
  expect(code).toBe(0);
  expect(out).toContain('7XCNQNCXJ  held  repairs');
  expect(out).toContain('v3-invalid: IssueTitle is too long');
  expect(out).toContain('faultline retry');
  expect(out).toMatch(/IssueTitle +No hot water/);
  expect(out).toMatch(/2026-03-03T12:00:00.000Z {2}submit {2}v3-invalid/);
  const json = JSON.parse((await faultline('show', '7XCNQNCXJ', '--json')).out);
  expect(json).toMatchObject({ reference: '7XCNQNCXJ', stage: 'held', attempts: [{ step: 'submit' }], messages: [{ outcome: 'opens' }] });
});

test('retry brings a held report back to its step, once', async () => {
  await inLedger(openHeld);
  expect(await faultline('retry', '7XCNQNCXJ')).toEqual({ code: 0, out: '7XCNQNCXJ goes on from published\n', err: '' });
  expect((await faultline('reports', '--stage', 'published')).out).toContain('7XCNQNCXJ');
  expect((await faultline('reports', '--stage', 'held')).out).toBe('no reports\n');
});

test.each([
  [['show', 'NOSUCHREF'], 'there is no report NOSUCHREF'],
  [['retry', 'NOSUCHREF'], 'cannot be tried again'],
  [['show'], 'name the reference'],
  [['retry'], 'name the reference'],
  [['reports', '--stage', 'lost'], 'there is no stage lost'],
])('%s is answered with what to do', async (words, message) => {
  await inLedger(openHeld);
  const { code, out, err } = await faultline(...words);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

test('status tells which mailboxes are well, fail, raise the alarm, or are not read by anybody', async () => {
  const now = Date.now();
  const ago = (minutes: number) => new Date(now - minutes * 60_000);
  const failure = new Failure('imap-login', 'NO wrong password');
  await inLedger(async (ledger) => {
    await ledger.markMailbox('well', ago(1), null);
    await ledger.markMailbox('quiet', ago(300), null);
    await ledger.markMailbox('failing', ago(5), failure);
    await ledger.markMailbox('lost', ago(40), failure);
    await ledger.raiseAlarm('lost', ago(15), ago(0));
  });
  const { out } = await faultline('status');
  expect(out).toMatch(/^ok +well {2}last read 1 min ago$/m);
  expect(out).toMatch(/^silent +quiet {2}last read 5 h ago$/m);
  expect(out).toMatch(/^failing +failing {2}last read never, failing for 5 min$/m);
  expect(out).toMatch(/^alarm +lost {2}last read never, failing for 40 min$/m);
  expect(out).toContain('imap-login: NO wrong password');
  const { mailboxes } = JSON.parse((await faultline('status', '--json')).out);
  expect(mailboxes.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).toEqual([
    'failing failing',
    'lost alarm',
    'quiet silent',
    'well ok',
  ]);
});
