/** The leases that this process holds: they are renewed while their work goes on, and whoever lost one is told. */
import { failureOf } from '../domain/failure.ts';
import { sleep } from './bell.ts';
import type { Flow, Mailbox } from './flow.ts';

/** A worker that hangs, or cannot reach the ledger, is given up after so long; one whose process died at the next renewal of another. */
export const LEASE_MS = 25_000;
const RENEW_MS = 5_000;
/** A mailbox that another worker watches is asked for again so often. */
const TURN_MS = 2_000;

export class Leases {
  readonly #held = new Map<string, () => void>();

  /** @param lost is called once when another worker has it */
  hold(token: string, lost: () => void = () => undefined): void {
    this.#held.set(token, lost);
  }

  drop(token: string): void {
    this.#held.delete(token);
  }

  /** Renews what is held until the signal aborts. */
  async keep(flow: Flow, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(RENEW_MS, signal);
      const asked = [...this.#held.keys()];
      try {
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
