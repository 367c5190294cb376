import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTurn, LEASE_MS, Leases } from '../../src/pipeline/leases.ts';
import { type Bench, openBench, openReport } from './stand-ins.ts';

const HOUR = 3_600_000;
let bench: Bench;
let stop: AbortController;
beforeEach(async () => {
  bench = await openBench();
  bench.clock.go();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await bench.end();
});

const mailbox = () => {
  const found = bench.mailboxes.get('repairs');
  if (!found) throw new Error('no mailbox');
  return found;
};

describe('leases', () => {
  test('last on while they are held, and end once they are dropped', async () => {
    await openReport(bench);
    const leases = new Leases(20);
    const keeping = leases.keep(bench, stop.signal);
    const claim = await bench.ledger.claimDue(bench.clock.now(), 200);
    if (!claim) throw new Error('nothing is due');
    leases.hold(claim.token);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await bench.ledger.claimDue(bench.clock.now(), 200)).toBeNull();
    leases.drop(claim.token);
    bench.clock.pass(LEASE_MS + 1_000);
    await expect.poll(() => bench.ledger.claimDue(bench.clock.now(), 200).then(Boolean)).toBe(true);
    stop.abort();
    await keeping;
  });

  test('of a mailbox that another worker took end the watch, which waits for its next turn', async () => {
    const leases = new Leases(20);
    const keeping = leases.keep(bench, stop.signal);
    let watches = 0;
    const watching = inTurn(bench, mailbox(), leases, stop.signal, async (ours) => {
      watches += 1;
      await new Promise<void>((resolve) => ours.addEventListener('abort', () => resolve(), { once: true }));
    });
    await expect.poll(() => watches).toBe(1);
    await bench.ledger.freeLeases();
    const other = await bench.ledger.claimMailbox('repairs', bench.clock.now(), HOUR);
    expect(other).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(watches).toBe(1);
    await bench.ledger.releaseMailbox(String(other));
    await expect.poll(() => watches, { timeout: 5_000 }).toBe(2);
    stop.abort();
    await Promise.all([watching, keeping]);
  });
});

describe('a clock that is set', () => {
  test('back by an hour keeps no report waiting for that hour', async () => {
    const reference = await openReport(bench);
    const leases = new Leases(20);
    const keeping = leases.keep(bench, stop.signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    bench.clock.pass(-HOUR);
    await expect.poll(() => bench.log.named('clock-stepped').length).toBe(1);
    expect(Math.abs((bench.log.named('clock-stepped')[0]?.ms ?? 0) + HOUR)).toBeLessThan(100);
    const claim = await bench.ledger.claimDue(bench.clock.now(), LEASE_MS);
    expect(claim?.report.reference).toBe(reference);
    stop.abort();
    await keeping;
  });

  test('forward by an hour gives no request of a key back before its time', async () => {
    const leases = new Leases(20);
    const keeping = leases.keep(bench, stop.signal);
    await bench.ledger.takeSlot('key', 1, 61_000, bench.clock.now());
    await new Promise((resolve) => setTimeout(resolve, 50));
    bench.clock.pass(HOUR);
    await expect.poll(() => bench.log.named('clock-stepped').length).toBe(1);
    expect(await bench.ledger.takeSlot('key', 1, 61_000, bench.clock.now())).toMatchObject({ taken: false });
    stop.abort();
    await keeping;
  });
});
