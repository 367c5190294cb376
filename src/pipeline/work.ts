/** The two loops that do the work: messages are taken one after the other, reports are advanced a few at a time. */
import { failureOf } from '../domain/failure.ts';
import type { Stage } from '../domain/report.ts';
import { advance, type Busy } from './advance.ts';
import { Bell, sleep } from './bell.ts';
import { branchIdOf, type Flow } from './flow.ts';
import { LEASE_MS, type Leases } from './leases.ts';
import type { Claim } from './ports.ts';
import { takeNext } from './take.ts';

/** So many reports are advanced at once. */
const LANES = 4;
/** The ledger is looked at so often even when nobody rings, since `faultline retry` changes it from another process. */
const LOOK_MS = 1_000;

/** Rung when a message was stored, when a report may be due, and, by mailbox, when mails may be filed. */
export type Bells = { mail: Bell; due: Bell; filing: Map<string, Bell> };
/** `soft`: begin nothing new. `hard`: end what is in hand. */
export type Stop = { soft: AbortSignal; hard: AbortSignal };

export function bellsOf(flow: Flow): Bells {
  return { mail: new Bell(), due: new Bell(), filing: new Map([...flow.mailboxes.keys()].map((name) => [name, new Bell()])) };
}

/** Rings for what another worker changed. */
export function ring(bells: Bells, change: 'mail' | 'due' | 'filing'): void {
  if (change === 'filing') for (const bell of bells.filing.values()) bell.ring();
  else bells[change].ring();
}

/** Sorts and reads the stored messages, one after the other, until the signal aborts; `once`: until none waits. */
export async function takeMessages(flow: Flow, bells: Bells, signal: AbortSignal, { once = false } = {}): Promise<void> {
  let retryMs = LOOK_MS;
  while (!signal.aborted) {
    try {
      const taken = await takeNext(flow);
      retryMs = LOOK_MS;
      if (taken) {
        bells.due.ring();
        for (const bell of bells.filing.values()) bell.ring();
      } else if (once) return;
      else await bells.mail.wait(LOOK_MS, signal);
    } catch (error) {
      noteWorkerFailure(flow, error);
      if (once) return;
      await sleep(retryMs, signal);
      retryMs = Math.min(retryMs * 2, 60_000);
    }
  }
}

/** Advances the due reports, the most urgent first, until told to stop; `once`: until none can go on now. */
export async function advanceReports(
  flow: Flow,
  bells: Bells,
  leases: Leases,
  stop: Stop,
  { once = false, tell }: { once?: boolean; tell?: (stage: Stage) => void } = {},
): Promise<void> {
  const inHand = new Set<Promise<void>>();
  /** By key or branch. */
  const busyKeys = new Map<string, Busy>();
  const start = async (claim: Claim) => {
    leases.hold(claim.token);
    const done = await advance(flow, claim, stop.hard).finally(() => leases.drop(claim.token));
    if (done && 'busy' in done) busyKeys.set(done.busy.scope, done.busy);
    if (done && 'stage' in done) tell?.(done.stage);
    bells.filing.get(claim.report.mailbox)?.ring();
  };
  while (!stop.soft.aborted) {
    const now = flow.clock.now();
    for (const [scope, { until }] of busyKeys) if (until <= now) busyKeys.delete(scope);
    const wasIdle = inHand.size === 0; // before the ledger is asked: what ends meanwhile may have made something due
    const claim = inHand.size < LANES ? await claimDue(flow, now, busyKeys) : null;
    if (claim) {
      const work: Promise<void> = start(claim).finally(() => {
        inHand.delete(work);
        bells.due.ring();
      });
      inHand.add(work);
      continue;
    }
    const budgetWaits = [...busyKeys.values()].some(({ paused }) => paused === null);
    if (once && wasIdle && !budgetWaits) break;
    await bells.due.wait(await restMs(flow, now, busyKeys), stop.soft);
  }
  await Promise.all(inHand);
}

/** A report whose key has no request left, or whose branch is paused, is not claimed, only to be postponed again. */
async function claimDue(flow: Flow, now: Date, busyKeys: Map<string, Busy>): Promise<Claim | null> {
  const mayNotSubmit = [...flow.mailboxes.values()]
    .filter(({ keyId, branch }) => busyKeys.has(keyId) || busyKeys.has(branchIdOf(branch)))
    .map(({ name }) => name);
  try {
    return await flow.ledger.claimDue(now, LEASE_MS, mayNotSubmit);
  } catch (error) {
    noteWorkerFailure(flow, error);
    return null;
  }
}

/** Until the next report falls due or the next key is free again, in milliseconds; not longer than a second. */
async function restMs(flow: Flow, now: Date, busyKeys: Map<string, Busy>): Promise<number> {
  const due = await flow.ledger.nextDue(now).catch(() => null);
  const times = [due, ...[...busyKeys.values()].map(({ until }) => until)].flatMap((time) =>
    time ? [time.getTime() - now.getTime()] : [],
  );
  return Math.max(1, Math.min(LOOK_MS, ...times));
}

function noteWorkerFailure(flow: Flow, error: unknown): void {
  const failure = failureOf(error);
  flow.log.write({ event: 'worker-failed', code: failure.code, detail: failure.detail });
}
