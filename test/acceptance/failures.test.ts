/** The real program as a process while something outside is wrong: a clear state, no loss, no busy loop, and recovery by itself. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/app/config.ts';
import { wire } from '../../src/app/wire.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { startV3 } from '../../src/sandbox/v3.ts';
import { startWorker, type Worker } from '../crash/worker.ts';

vi.setConfig({ testTimeout: 90_000 });
const mail = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/mails/${name}`, import.meta.url)));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
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
  const worker = startWorker(configure(changes), (event) => events.push(event));
  workers.push(worker);
  return worker;
}

/** @returns the path of the configuration */
function configure(changes: object): string {
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
  return file;
}

const named = (name: string) => events.filter(({ event }) => event === name);

/** `faultline status` beside the running service. */
async function statusOf(): Promise<string> {
  const file = join(folder, 'faultline-0.yaml');
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    execFile(process.execPath, [MAIN, 'status', '--config', file], { env }, (_, out) => resolve(out));
  });
}

/** Calls on without waiting until V3 takes it for an attack. */
async function hammer({ url, apiKey }: { url: string; apiKey: string }): Promise<void> {
  const path = `${url}/v3/maintenance/brightkeys/maintenance/0042/createmaintenancejob`;
  for (let calls = 0; calls < 100; calls += 1) {
    const { status } = await fetch(path, {
      method: 'POST',
      headers: { api_key: apiKey, 'content-type': 'application/json' },
      body: '{}',
    });
    if (status === 403) return;
  }
  throw new Error('V3 did not block the key');
}

test.each([
  [401, 'v3-key', 'Correct v3.apiKey'],
  [404, 'v3-branch', 'Correct v3.url, v3.shortName or v3.branchID'],
] as const)('a V3 that answers %i pauses the branch as %s, and the job is made once that is mended', async (status, code, hint) => {
  sandbox.v3.failWhile({ kind: 'empty', status });
  sandbox.imap.deliver(MAIL);
  sandbox.imap.deliver(mail('gmail-gas-smell-two-lines-odd-phone-grouping.eml'));
  start();
  await expect.poll(() => named('branch-paused').length, SOON).toBeGreaterThanOrEqual(1);
  expect(named('branch-paused')[0]).toMatchObject({ branch: '0042', code });
  const before = sandbox.v3.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(sandbox.v3.requests.length - before).toBeLessThanOrEqual(3); // a pause of 2 s, and then one request
  const said = await statusOf();
  expect(said).toMatch(/^paused +leeds {2}tried again (now|in \d+ s)$/m);
  expect(said).toContain(`${code}: ${status}`);
  expect(said).toContain(hint);
  expect(sandbox.sent).toHaveLength(0);
  sandbox.v3.failWhile(null);
  await expect.poll(() => sandbox.v3.jobs.length, SOON).toBe(2);
  expect(named('step-failed').every((event) => event['code'] === code)).toBe(true);
  await expect.poll(() => sandbox.sent.length, SOON).toBe(2);
  expect(await statusOf()).not.toContain('paused');
});

test('a key that V3 has blocked for hammering is left alone for 5 minutes, also by a program that is started anew', async () => {
  await hammer(sandbox.v3);
  const before = sandbox.v3.requests.length;
  sandbox.imap.deliver(MAIL);
  sandbox.imap.deliver(mail('gmail-gas-smell-two-lines-odd-phone-grouping.eml'));
  const first = start();
  await expect.poll(() => named('branch-paused').length, SOON).toBeGreaterThanOrEqual(1);
  const said = await statusOf();
  expect(said).toMatch(/^paused +leeds {2}tried again in 5 min$/m);
  expect(said).toContain('v3-blocked: 403');
  expect(said).toContain('blocked for calling too often');
  first.signal('SIGTERM');
  await first.ended;
  await start().started;
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(sandbox.v3.requests.length - before).toBeLessThanOrEqual(2); // both went out at once
  expect(sandbox.v3.requests.slice(before).every(({ status }) => status === 403)).toBe(true);
});

/** What `faultline once` does, with a clock of its own. */
async function drained(changes: object, now = Date.now) {
  const { flow, close } = await wire(loadConfig(configure(changes), 'required'), () => undefined);
  flow.clock = { now: () => new Date(now()) };
  return drain(flow, AbortSignal.timeout(30_000)).finally(close);
}

test('a V3 that cannot read the photos gets the job without them, and the job and the sender are told which', async () => {
  const v3 = await startV3({ fetchTimeoutMs: 0 });
  try {
    sandbox.imap.deliver(mail('iphone-inline-photos-fire-looks-great-tap-drips.eml'));
    const changes = { v3: { url: v3.url }, documents: { patienceMinutes: 5 } };
    expect(await drained(changes)).toMatchObject({ jobs: 0, failed: 0, waiting: 1 });
    expect(await statusOf()).toContain('published 1');
    const later = () => Date.now() + 6 * 60_000;
    expect(await drained(changes, later)).toMatchObject({ jobs: 1, failed: 0, waiting: 0 });
    expect(v3.requests.map(({ status }) => status)).toEqual([400, 200]);
    expect(v3.jobs[0]?.job.Documents).toEqual([]);
    expect(v3.jobs[0]?.job.IssueNotes).toMatch(/not attached:\n- .+: it could not be attached to the job; it is in the mail/);
    expect(sandbox.sent).toHaveLength(1);
    expect(sandbox.sent[0]?.raw.toString()).toContain('could not be attached');
  } finally {
    await v3.close();
  }
});

test('the jobs of a key that was blocked are made once the block is over', async () => {
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const v3 = await startV3({ now });
  try {
    await hammer(v3);
    const before = v3.requests.length;
    for (const name of ['gmail-mice-phone-number-in-subject.eml', 'gmail-gas-smell-two-lines-odd-phone-grouping.eml'])
      sandbox.imap.deliver(mail(name));
    const once = () => drained({ v3: { url: v3.url } }, now);
    expect(await once()).toMatchObject({ jobs: 0, failed: 0, waiting: 2 });
    const asked = v3.requests.length - before;
    expect(asked).toBeLessThanOrEqual(2);
    aheadMs = 4.5 * 60_000;
    expect(await once()).toMatchObject({ jobs: 0, failed: 0, waiting: 2 });
    expect(v3.requests.length - before).toBe(asked);
    aheadMs = 6 * 60_000;
    expect(await once()).toMatchObject({ jobs: 2, failed: 0, waiting: 0 });
    expect(v3.jobs).toHaveLength(2);
  } finally {
    await v3.close();
  }
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
