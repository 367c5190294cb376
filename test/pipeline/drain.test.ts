import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import { type Bench, FOLDERS, mailboxNamed, openBench, openReport, rawMail, StandInServer, values } from './stand-ins.ts';

const PACE = { wholeMs: 600_000, fileMs: 50, retryFirstMs: 10, retryMostMs: 40, loginMostMs: 40, alarmMs: 900_000, graceMs: 200 };
const never = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  bench.clock.go();
  bench.settings.retryFirstMs = 10;
  bench.settings.retryMostMs = 50;
});
afterEach(() => bench.end());

describe('drain', () => {
  test('works everything off that can be done now, files, and tells what it did', async () => {
    await openReport(bench);
    await openReport(bench, { parts: ['0'] });
    const { TenantPhonePrimary: _, ...unreachable } = values();
    await openReport(bench, { reading: unreachable });
    await openReport(bench, { reading: unreachable, replyTo: null });
    expect(await drain(bench, never, PACE)).toEqual({ mails: 0, jobs: 2, asked: 1, ignored: 0, failed: 1, waiting: 0, mailboxes: [] });
    const sizes = Object.fromEntries([...bench.server.folders].map(([name, mails]) => [name, mails.size]));
    expect(sizes).toEqual({ INBOX: 0, 'Faultline/Asked': 1, 'Faultline/Held': 1, 'Faultline/Jobs': 2 });
  });

  test('leaves a report whose step is tried again later, and counts it', async () => {
    bench.settings.retryFirstMs = 60_000;
    bench.settings.retryMostMs = 60_000;
    await openReport(bench);
    bench.jobs.failures = [new Failure('v3-error', '503')];
    expect(await drain(bench, never, PACE)).toMatchObject({ jobs: 0, waiting: 1 });
    expect(bench.server.folder('INBOX').size).toBe(1);
  });

  test('waits for free requests of the key', async () => {
    bench.clock.go(200);
    bench.settings.requestsPerMinute = 2;
    for (let n = 0; n < 4; n += 1) await openReport(bench);
    expect(await drain(bench, never, PACE)).toMatchObject({ jobs: 4, waiting: 0 });
    expect(bench.jobs.requests).toHaveLength(4);
  });

  test('does not wait for a key that is paused', async () => {
    bench.settings.retryMostMs = 600_000;
    for (let n = 0; n < 10; n += 1) await openReport(bench);
    bench.jobs.failures = Array.from({ length: 10 }, () => new Failure('v3-key', '401'));
    expect(await drain(bench, never, PACE)).toMatchObject({ jobs: 0, waiting: 10 });
    expect(bench.jobs.requests.length).toBeLessThanOrEqual(4);
  });

  test('reports a mailbox that fails, and the others go on', async () => {
    const broken = new StandInServer();
    broken.down = new Failure('imap-unreachable', 'ECONNREFUSED');
    bench.mailboxes.set('broken', mailboxNamed('broken', broken));
    await openReport(bench);
    await openReport(bench, { mailbox: 'broken', server: broken });
    const done = await drain(bench, never, PACE);
    expect(done).toMatchObject({ jobs: 2, mailboxes: [{ name: 'broken', failure: { code: 'imap-unreachable' } }] });
    expect(broken.opened).toBe(1);
    expect(bench.server.folder(FOLDERS.job).size).toBe(1);
    broken.down = null;
    await drain(bench, never, PACE);
    expect(broken.folder(FOLDERS.job).size).toBe(1);
  });

  test('receives past a mail that breaks the connection each time', async () => {
    for (let n = 0; n < 4; n += 1) bench.server.deliver(rawMail());
    bench.server.poison = 2;
    const done = await drain(bench, never, PACE);
    expect(done).toMatchObject({ mails: 3, mailboxes: [] });
    expect(bench.server.folder('INBOX').has(2)).toBe(true);
  });

  test('stops when it is told to, and begins nothing new', async () => {
    for (let n = 0; n < 20; n += 1) await openReport(bench);
    const stop = new AbortController();
    const submit = bench.jobs.submit.bind(bench.jobs);
    bench.jobs.submit = async (...values) => {
      stop.abort();
      return submit(...values);
    };
    const done = await drain(bench, stop.signal, PACE);
    expect(done.jobs).toBeLessThanOrEqual(4);
    expect(done.waiting).toBeGreaterThanOrEqual(16);
  });
});
