/** The ledger is lost and the service starts anew over the same inbox and folders: no second job, no second reply, and the audit says so. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type Audit, audit } from '../../src/app/actions/audit.ts';
import { loadConfig } from '../../src/app/config.ts';
import { wire } from '../../src/app/wire.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import type { ImapStandIn } from '../../src/sandbox/imap.ts';
import { startImap } from '../../src/sandbox/imap.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const mail = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/mails/${name}`, import.meta.url)));
const JOB = 'iphone-inline-photos-fire-looks-great-tap-drips.eml';
const IGNORED = 'newsletter-boiler-leaks-and-gas-tips.eml';
const THREAD = 'threads/answer-to-question-with-phone-number';
const never = new AbortController().signal;
/** Each runs the whole service a few times. */
vi.setConfig({ testTimeout: 60_000 });
let sandbox: Sandbox;
let folder: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), 'faultline-'));
});
afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function configFor(imap: ImapStandIn): string {
  const { s3, smtp, v3 } = sandbox;
  const file = join(folder, 'faultline.yaml');
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
  const tree = {
    dataFolder: 'data',
    agency: { name: 'Brightkeys Lettings', staff: ['brightkeys.example'] },
    v3: { url: v3.url, timeoutSeconds: 2 },
    s3: { endpoint, region, bucket, accessKeyId, secretAccessKey, pathStyle: true },
    smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
    branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
    mailboxes: [
      {
        name: 'repairs',
        branch: 'leeds',
        imap: { host: imap.host, port: imap.port, tls: 'none', user: imap.user, password: imap.password },
        replyFrom: { address: 'repairs@brightkeys.example' },
      },
    ],
    retry: { firstSeconds: 0.01, mostSeconds: 0.01 },
  };
  writeFileSync(file, stringify(tree));
  return file;
}

async function once(imap = sandbox.imap) {
  const { flow, close } = await wire(loadConfig(configFor(imap), 'required'), () => undefined);
  try {
    return await drain(flow, AbortSignal.timeout(15_000));
  } finally {
    await close();
  }
}

async function audited(imap = sandbox.imap): Promise<Audit> {
  const { flow, close } = await wire(loadConfig(configFor(imap), 'required'), () => undefined, undefined, 'look');
  try {
    return await audit(flow, never);
  } finally {
    await close();
  }
}

/** The ledger and the raw mails. */
function lose(): void {
  rmSync(join(folder, 'data'), { recursive: true });
}

const found = ({ findings }: Audit) => Object.fromEntries(findings.map(({ code, count }) => [code, count]));
const subjectsIn = (path: string) => sandbox.imap.folders().find((one) => one.path === path)?.mails.length ?? 0;

test('an audit of a service that is well accounts for every message, and finds nothing', async () => {
  for (const name of [JOB, IGNORED, `${THREAD}/01.eml`]) sandbox.imap.deliver(mail(name));
  await once();
  const result = await audited();
  expect(result).toMatchObject({ total: 3, documents: { inStore: 2, readable: 2 }, findings: [] });
  expect(Object.values(result.messages).reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(result.messages).toMatchObject({ 'a job': 1, 'asked for what is missing': 1 });
});

test('what was filed stays where it is, and makes neither a second job nor a second reply', async () => {
  for (const name of [JOB, IGNORED, `${THREAD}/01.eml`]) sandbox.imap.deliver(mail(name));
  await once();
  const [jobs, replies, requests] = [sandbox.v3.jobs.length, sandbox.sent.length, sandbox.v3.requests.length];
  lose();
  expect(await once()).toMatchObject({ jobs: 0, asked: 0, failed: 0 });
  await once();
  expect([sandbox.v3.jobs.length, sandbox.sent.length, sandbox.v3.requests.length]).toEqual([jobs, replies, requests]);
  expect([subjectsIn('INBOX'), subjectsIn('Faultline/Jobs'), subjectsIn('Faultline/Asked'), subjectsIn('Faultline/Ignored')]).toEqual([
    0, 1, 1, 1,
  ]);
  const result = await audited();
  expect(result).toMatchObject({ total: 3, messages: { 'a job of an earlier ledger': 1, 'asked for what is missing': 1 } });
  expect(found(result)).toEqual({ 'found-filed': 3, 'document-unknown': 2 });
});

test('an answer to a question that was asked before finds its report, and its job is made once', async () => {
  sandbox.imap.deliver(mail(`${THREAD}/01.eml`));
  await once();
  lose();
  sandbox.imap.deliver(mail(`${THREAD}/02.eml`));
  expect(await once()).toMatchObject({ jobs: 1 });
  expect(sandbox.v3.jobs).toHaveLength(1);
  expect(sandbox.v3.jobs[0]?.job).toMatchObject({ TenantPhonePrimary: '07400 123964', PropertyPostcode: 'LE2 3FB' });
  expect(sandbox.v3.jobs[0]?.documents).toHaveLength(1);
});

test('a copy that comes again is filed as a duplicate', async () => {
  sandbox.imap.deliver(mail(JOB));
  await once();
  lose();
  sandbox.imap.deliver(mail(JOB));
  await once();
  expect([sandbox.v3.jobs.length, sandbox.sent.length]).toEqual([1, 1]);
  expect([subjectsIn('INBOX'), subjectsIn('Faultline/Jobs'), subjectsIn('Faultline/Duplicates')]).toEqual([0, 1, 1]);
});

test('a mail that was done and not filed yet is known to V3, and its sender is not told again', async () => {
  sandbox.imap.deliver(mail(JOB));
  await once();
  lose();
  const unfiled = await startImap();
  try {
    unfiled.deliver(mail(JOB));
    await once(unfiled);
    expect([sandbox.v3.jobs.length, sandbox.sent.length]).toEqual([1, 1]);
    expect(unfiled.folders().find(({ path }) => path === 'Faultline/Jobs')?.mails).toHaveLength(1);
    expect(found(await audited(unfiled))).toEqual({ 'had-before': 1 });
  } finally {
    await unfiled.close();
  }
});

test('an audit finds what is not taken yet, mailboxes and stores out of reach, and raw mails that are gone', async () => {
  sandbox.imap.deliver(mail(JOB));
  await once();
  sandbox.imap.deliver(mail(IGNORED));
  expect(found(await audited())).toEqual({ 'not-taken': 1 });
  sandbox.imap.deliver(mail('gmail-mice-phone-number-in-subject.eml'));
  sandbox.v3.failWhile({ kind: 'error' });
  await once();
  rmSync(join(folder, 'data', 'mails'), { recursive: true });
  await sandbox.s3.close();
  await sandbox.imap.close();
  expect(found(await audited())).toEqual({
    'mailbox-unreachable': 1,
    'under-way': 1,
    'raw-missing': 1,
    'document-unreachable': 2,
    'store-unreachable': 1,
  });
});
