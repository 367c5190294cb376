/** The real program as a process while something outside is wrong: a clear state, no loss, no busy loop, and recovery by itself. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { startWorker, type Worker } from '../crash/worker.ts';

vi.setConfig({ testTimeout: 90_000 });
const mail = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/mails/${name}`, import.meta.url)));
const MAIL = mail('gmail-mice-phone-number-in-subject.eml');
const SOON = { timeout: 40_000, interval: 100 };
let sandbox: Sandbox;
let folder: string;
let workers: Worker[] = [];
let events: Record<string, unknown>[] = [];

beforeEach(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), 'faultline-'));
  events = [];
});
afterEach(async () => {
  for (const worker of workers) {
    worker.signal('SIGKILL');
    await worker.ended;
  }
  workers = [];
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(changes: object = {}): Worker {
  const { imap, s3, smtp, v3 } = sandbox;
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
  const file = join(folder, `faultline-${workers.length}.yaml`);
  const tree = {
    dataFolder: 'data',
    agency: { name: 'Brightkeys Lettings', staff: ['brightkeys.example'] },
    v3: { url: v3.url },
    s3: { endpoint, region, bucket, accessKeyId, secretAccessKey, pathStyle: true },
    smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
    branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
    mailboxes: [
      {
        name: 'repairs',
        branch: 'leeds',
        imap: { host: imap.host, port: imap.port, tls: 'none', user: imap.user, password: imap.password },
        replyFrom: { address: 'repairs@brightkeys.example' },
        pollSeconds: 1,
      },
    ],
    retry: { firstSeconds: 0.5, mostSeconds: 2 },
    ...changes,
  };
  writeFileSync(file, stringify(tree));
  const worker = startWorker(file, (event) => events.push(event));
  workers.push(worker);
  return worker;
}

const named = (name: string) => events.filter(({ event }) => event === name);

test.each([
  [401, 'v3-key'],
  [404, 'v3-branch'],
] as const)('a V3 that answers %i pauses the branch as %s, and the job is made once that is mended', async (status, code) => {
  sandbox.v3.failWhile({ kind: 'empty', status });
  sandbox.imap.deliver(MAIL);
  sandbox.imap.deliver(mail('gmail-gas-smell-two-lines-odd-phone-grouping.eml'));
  start();
  await expect.poll(() => named('branch-paused').length, SOON).toBeGreaterThanOrEqual(1);
  expect(named('branch-paused')[0]).toMatchObject({ branch: '0042', code });
  const before = sandbox.v3.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(sandbox.v3.requests.length - before).toBeLessThanOrEqual(6); // two reports, a pause of 2 s
  sandbox.v3.failWhile(null);
  await expect.poll(() => sandbox.v3.jobs.length, SOON).toBe(2);
  expect(named('step-failed').every((event) => event['code'] === code)).toBe(true);
});

test('SIGTERM ends it within 10 s although V3 hangs, and the job is made once at the next start', async () => {
  sandbox.v3.fail({ kind: 'timeout-after', hang: true });
  sandbox.imap.deliver(MAIL);
  const first = start();
  await expect.poll(() => sandbox.v3.jobs.length, SOON).toBe(1);
  const at = performance.now();
  first.signal('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - at).toBeLessThan(10_000);
  expect(sandbox.sent).toHaveLength(0);
  start();
  await expect.poll(() => sandbox.sent.length, SOON).toBe(1);
  expect(sandbox.v3.jobs).toHaveLength(1);
});

test('SIGTERM ends it at once while it only waits', async () => {
  const worker = start();
  await worker.started;
  await expect.poll(() => named('mailbox-open').length, SOON).toBe(1);
  const at = performance.now();
  worker.signal('SIGTERM');
  expect(await worker.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - at).toBeLessThan(5_000);
});

test('a second one on the same ledger is refused, and says what to do', async () => {
  await start().started;
  const second = start();
  expect(await second.ended).toEqual({ code: 1, signal: null });
  expect(second.errors()).toContain('ledger-in-use');
  expect(second.errors()).toContain('Another Faultline works on this dataFolder. Stop it first');
});

test('a PostgreSQL that does not answer is named, without its password', async () => {
  const worker = start({ ledger: 'postgres://faultline:secret-word@127.0.0.1:1/ledger' });
  expect(await worker.ended).toEqual({ code: 1, signal: null });
  expect(worker.errors()).toContain('ledger-unreachable: ECONNREFUSED');
  expect(worker.errors()).not.toContain('secret-word');
});
