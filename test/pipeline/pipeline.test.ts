import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import { run } from '../../src/pipeline/pipeline.ts';
import type { Ledger } from '../../src/pipeline/ports.ts';
import { type Bench, FOLDERS, mailboxNamed, openBench, openReport, rawMail, StandInServer } from './stand-ins.ts';

const PACE = { wholeMs: 600_000, fileMs: 50, retryFirstMs: 10, retryMostMs: 40, loginMostMs: 40, alarmMs: 900_000, graceMs: 200 };
let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  bench.clock.go();
  bench.settings.retryFirstMs = 10;
  bench.settings.retryMostMs = 50;
});
afterEach(() => bench.end());

/** Runs the flow until `done` holds, and stops it. @returns how long the stop took, in milliseconds */
async function runUntil(done: () => boolean | Promise<boolean>, pace: Partial<typeof PACE> = {}): Promise<number> {
  const stop = new AbortController();
  const running = run(bench, stop.signal, { ...PACE, ...pace });
  try {
    await expect.poll(done, { interval: 5, timeout: 15_000 }).toBe(true);
  } finally {
    stop.abort();
  }
  const stoppedAt = performance.now();
  await running;
  return performance.now() - stoppedAt;
}

async function stagesOf(): Promise<Record<string, number>> {
  return (await bench.ledger.counts()).stages;
}

/** The same ledger with some methods replaced. */
function ledgerWith(changes: Partial<Ledger>): Ledger {
  return new Proxy(bench.ledger, { get: (target, name) => Reflect.get(name in changes ? changes : target, name) });
}

describe('run', () => {
  test('brings a report from its mail to its job, its reply and its folder', async () => {
    const reference = await openReport(bench, { parts: ['0'] });
    await runUntil(() => bench.server.folder(FOLDERS.job).size === 1);
    expect(bench.jobs.accepted.has(reference)).toBe(true);
    expect(bench.outbox.sent).toHaveLength(1);
    expect(bench.log.events.map(({ event }) => event)).toEqual([
      'started',
      'mailbox-open',
      'step-done',
      'step-done',
      'step-done',
      'mail-filed',
      'stopped',
    ]);
  });

  test('stores a mail that arrives while it waits', async () => {
    let delivered = false;
    await runUntil(() => {
      if (!delivered && bench.log.named('mailbox-open').length === 1) {
        delivered = true;
        bench.server.deliver(rawMail());
      }
      return bench.log.named('mail-stored').length === 1;
    });
  });

  test('files a hundred settled mails in a few batches', async () => {
    for (let n = 0; n < 100; n += 1) await openReport(bench);
    bench.settings.requestsPerMinute = 1_000;
    await runUntil(() => bench.server.folder(FOLDERS.job).size === 100);
    expect(bench.server.filings.length).toBeLessThan(60);
    expect(bench.server.filings.every(({ to }) => to === FOLDERS.job)).toBe(true);
  });

  test('goes on with one mailbox while another fails, which it opens again after growing waits', async () => {
    const broken = new StandInServer();
    broken.down = new Failure('imap-login', 'NO wrong password');
    bench.mailboxes.set('broken', mailboxNamed('broken', broken));
    await openReport(bench);
    await runUntil(() => broken.opened >= 5 && bench.server.folder(FOLDERS.job).size === 1);
    const failed = bench.log.named('mailbox-failed');
    expect(failed[0]).toMatchObject({ mailbox: 'broken', code: 'imap-login' });
    for (const [index, whole] of [10, 20, 40, 40, 40].entries()) {
      const waited = failed[index]?.retryMs ?? 0;
      expect(waited).toBeGreaterThanOrEqual(whole / 2);
      expect(waited).toBeLessThanOrEqual(whole);
    }
    const rows = await bench.ledger.mailboxes();
    expect(rows).toMatchObject([
      { name: 'broken', okAt: null, failure: { code: 'imap-login', detail: 'NO wrong password' } },
      { name: 'repairs', failure: null },
    ]);
    expect(rows[1]?.okAt).not.toBeNull();
  });

  test('takes a mailbox up again once it is well, and waits little after its next failure', async () => {
    const { server } = bench;
    server.down = new Failure('imap-unreachable', 'ECONNREFUSED');
    let phase = 0;
    await runUntil(() => {
      if (phase === 0 && server.opened >= 4) [phase, server.down] = [1, null];
      else if (phase === 1 && server.waited > 0) [phase, server.down] = [2, new Failure('imap-unreachable', 'reset')];
      return phase === 2 && bench.log.named('mailbox-failed').some(({ detail }) => detail === 'reset');
    });
    expect(bench.log.named('mailbox-failed').find(({ detail }) => detail === 'reset')?.retryMs).toBeLessThanOrEqual(10);
    expect(server.closed).toBe(1);
  });

  test('raises the alarm once for a mailbox that cannot be read for a quarter of an hour, and ends it when it can', async () => {
    bench.clock.go(20_000); // a minute takes 3 ms
    bench.server.down = new Failure('imap-unreachable', 'ECONNREFUSED');
    await runUntil(() => {
      const isRaised = bench.log.named('mailbox-alarm').length > 0;
      if (isRaised && bench.log.named('mailbox-failed').length >= 8) bench.server.down = null;
      return bench.log.named('mailbox-alarm-ended').length > 0;
    });
    expect(bench.log.named('mailbox-alarm')).toEqual([
      { event: 'mailbox-alarm', mailbox: 'repairs', code: 'imap-unreachable', alarmMs: 900_000 },
    ]);
    expect(await bench.ledger.mailboxes()).toMatchObject([{ failure: null, alarmAt: null }]);
  });

  test('does not wait for mail longer than it takes to notice that the server is gone', async () => {
    bench.mailboxes.set('repairs', { ...mailboxNamed('repairs', bench.server), pollMs: 3_600_000 });
    const waits: number[] = [];
    const open = bench.server.open.bind(bench.server);
    bench.server.open = async () => {
      const inbox = await open();
      const wait = inbox.wait.bind(inbox);
      const noted: typeof wait = (ms, signal) => {
        waits.push(ms);
        return wait(ms, signal);
      };
      return { ...inbox, wait: noted };
    };
    await runUntil(() => waits.length > 0);
    expect(waits[0]).toBe(300_000);
  });

  test('goes on after the ledger failed for a while', async () => {
    await openReport(bench);
    let failures = 1;
    const claimDue = bench.ledger.claimDue.bind(bench.ledger);
    bench.ledger = ledgerWith({
      claimDue: async (...values) => {
        failures -= 1;
        if (failures >= 0) throw new Failure('disk-full', 'ENOSPC');
        return claimDue(...values);
      },
    });
    await runUntil(() => bench.jobs.accepted.size === 1);
    expect(bench.log.named('worker-failed')).toMatchObject([{ code: 'disk-full' }]);
  });

  test('takes up what a dead process had in hand at once, not when its lease ends', async () => {
    await openReport(bench);
    await bench.ledger.claimDue(bench.clock.now(), 300_000);
    await bench.crash();
    await runUntil(async () => (await stagesOf()).confirmed === 1);
  });

  test('ends pauses for a wrong key or path at its start, since that may be mended, but not those that V3 imposed', async () => {
    const later = new Date(bench.clock.now().getTime() + 60_000);
    await bench.ledger.pause('key-of-brightkeys', later, 'v3-branch');
    await bench.ledger.pause('another key', later, 'v3-throttled');
    await openReport(bench);
    await runUntil(() => bench.jobs.accepted.size === 1);
    expect(await bench.ledger.takeSlot('another key', 50, 61_000, bench.clock.now())).toMatchObject({ taken: false });
  });
});

describe('told to stop', () => {
  test('it stops at once when it only waits', async () => {
    expect(await runUntil(() => bench.log.named('mailbox-open').length === 1, { graceMs: 10_000 })).toBeLessThan(5_000);
    expect(bench.server.closed).toBe(1);
  });

  test('it stops at once while a mailbox is being opened, and while one waits to be opened again', async () => {
    const mailbox = mailboxNamed('slow', bench.server);
    let opening = false;
    mailbox.open = (signal) => {
      opening = true;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    bench.mailboxes.set('slow', mailbox);
    const broken = new StandInServer();
    broken.down = new Failure('imap-unreachable', 'ETIMEDOUT', { afterMs: 60_000 });
    bench.mailboxes.set('broken', mailboxNamed('broken', broken));
    expect(await runUntil(() => opening && broken.opened === 1, { graceMs: 10_000 })).toBeLessThan(5_000);
    expect(bench.log.named('mailbox-failed')).toHaveLength(1);
  });

  test('it finishes the step in hand', async () => {
    const reference = await openReport(bench);
    const submit = bench.jobs.submit.bind(bench.jobs);
    let submitting = false;
    bench.jobs.submit = async (...values) => {
      submitting = true;
      await new Promise((resolve) => setTimeout(resolve, 60));
      return submit(...values);
    };
    await runUntil(() => submitting);
    expect((await bench.ledger.attempts(reference)).at(-1)).toMatchObject({ step: 'submit', outcome: 'ok' });
    expect(await stagesOf()).toEqual({ submitted: 1 });
  });

  test('it cuts a step off that takes too long, and that step comes again at the next start', async () => {
    const reference = await openReport(bench);
    bench.jobs.hangs = true;
    const ms = await runUntil(() => bench.jobs.requests.length === 1);
    expect(ms).toBeGreaterThan(150);
    expect(ms).toBeLessThan(600);
    expect((await bench.ledger.attempts(reference)).at(-1)).toMatchObject({ step: 'submit', outcome: null });
    bench.jobs.hangs = false;
    await runUntil(() => bench.jobs.accepted.size === 1);
    expect(bench.jobs.requests.map((job) => job.ExternalID)).toEqual([reference, reference]);
  });

  test('it does not wait for a step that ignores its signal', async () => {
    await openReport(bench);
    let submitting = false;
    bench.jobs.submit = () => {
      submitting = true;
      return new Promise(() => undefined);
    };
    expect(await runUntil(() => submitting)).toBeLessThan(1_500);
  });
});
