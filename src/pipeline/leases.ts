/** The leases that this process holds: they are renewed while their work goes on, and whoever lost one is told. */
import { failureOf } from '../domain/failure.ts';
import { sleep } from './bell.ts';
import type { Flow, Mailbox } from './flow.ts';

/** A worker that hangs, or cannot reach the ledger, is given up after so long; one whose process died at the next renewal of another. */
export const LEASE_MS = 20_000;
const RENEW_MS = 5_000;
/** A mailbox that another worker watches is asked for again so often. */
const TURN_MS = 2_000;
/** Smaller steps are those of NTP, or of a busy machine. */
const LEAST_STEP_MS = 2_000;

export class Leases {
  readonly #held = new Map<string, () => void>();
  readonly #renewMs: number;

  constructor(renewMs = RENEW_MS) {
    this.#renewMs = renewMs;
  }

  /** @param lost is called once when another worker has it */
  hold(token: string, lost: () => void = () => undefined): void {
    this.#held.set(token, lost);
  }

  drop(token: string): void {
    this.#held.delete(token);
  }

  /** Renews what is held until the signal aborts. */
  async keep(flow: Flow, signal: AbortSignal): Promise<void> {
    const steps = new ClockSteps(flow);
    while (!signal.aborted) {
      await sleep(this.#renewMs, signal);
      const asked = [...this.#held.keys()];
      try {
        await steps.follow();
        const held = new Set(await flow.ledger.renew(asked, flow.clock.now(), LEASE_MS));
        for (const token of asked) if (!held.has(token)) this.#lose(token);
      } catch (error) {
        const failure = failureOf(error);
        flow.log.write({ event: 'worker-failed', code: failure.code, detail: failure.detail });
      }
    }
  }

  #lose(token: string): void {
    const lost = this.#held.get(token); // none: it was dropped while the ledger was asked
    this.#held.delete(token);
    lost?.();
  }
}

/** Notices when somebody sets the clock: it and the steady clock of this process then disagree about how long something took. */
class ClockSteps {
  readonly #flow: Flow;
  #offset: number;

  constructor(flow: Flow) {
    this.#flow = flow;
    this.#offset = this.#measure();
  }

  /** Has what is waited for move with the clock, so that nothing waits for an hour that was set back, and no request of a key comes too early. */
  async follow(): Promise<void> {
    const offset = this.#measure();
    const ms = Math.round(offset - this.#offset);
    if (Math.abs(ms) < LEAST_STEP_MS) return;
    await this.#flow.ledger.moveTimes(ms);
    this.#offset = offset;
    this.#flow.log.write({ event: 'clock-stepped', ms });
  }

  #measure(): number {
    return this.#flow.clock.now().getTime() - performance.now();
  }
}

/** Runs `work` with a mailbox while this process is the one that watches it: waits for its turn, and ends `work` when another has taken over. */
export async function inTurn(
  flow: Flow,
  mailbox: Mailbox,
  leases: Leases,
  signal: AbortSignal,
  work: (ours: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const token = await claim(flow, mailbox);
    if (token === null) {
      await sleep(TURN_MS, signal);
      continue;
    }
    const lost = new AbortController();
    leases.hold(token, () => lost.abort());
    try {
      await work(AbortSignal.any([signal, lost.signal]));
    } finally {
      leases.drop(token);
      await flow.ledger.releaseMailbox(token).catch(() => undefined);
    }
  }
}

/** @returns null while another worker watches it, or when the ledger cannot be asked */
async function claim(flow: Flow, mailbox: Mailbox): Promise<string | null> {
  try {
    return await flow.ledger.claimMailbox(mailbox.name, flow.clock.now(), LEASE_MS);
  } catch (error) {
    const failure = failureOf(error);
    flow.log.write({ event: 'worker-failed', code: failure.code, detail: failure.detail });
    return null;
  }
}
