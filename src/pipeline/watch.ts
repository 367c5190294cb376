/** Watches one mailbox for as long as the program runs: opens it, receives, files, waits, and begins again when the connection breaks. */
import { failureOf } from '../domain/failure.ts';
import { type Bell, sleep } from './bell.ts';
import { file } from './file.ts';
import type { Flow, Mailbox } from './flow.ts';
import { receive } from './receive.ts';
import { Unfetched } from './unfetched.ts';

/** How fast the loops turn, in milliseconds. */
export type Pace = {
  /** The folder is listed from its first mail so often, not just from the last one seen. */
  wholeMs: number;
  /** Mails are filed at most so often, so that batches form. */
  fileMs: number;
  /** The wait after a mailbox failed: the first one, doubled up to the longest. */
  retryFirstMs: number;
  retryMostMs: number;
  /** How long the steps in hand may take once the program is told to stop. */
  graceMs: number;
};
export const PACE: Pace = { wholeMs: 600_000, fileMs: 1_000, retryFirstMs: 1_000, retryMostMs: 60_000, graceMs: 10_000 };

/** `mail`: a message was stored. `filing`: a mail of this mailbox may be filed. */
export type WatchBells = { mail: Bell; filing: Bell };

/** Ends only when the signal aborts. A failure is logged and recorded with the mailbox, and it is opened anew after a growing wait. */
export async function watch(flow: Flow, mailbox: Mailbox, bells: WatchBells, pace: Pace, signal: AbortSignal): Promise<void> {
  const unfetched = new Unfetched();
  let retryMs = pace.retryFirstMs;
  while (!signal.aborted) {
    try {
      await attend(flow, mailbox, bells, pace, unfetched, signal, () => {
        retryMs = pace.retryFirstMs;
      });
    } catch (error) {
      if (signal.aborted) return;
      const waitMs = await noteFailure(flow, mailbox, error, retryMs);
      await sleep(waitMs, signal);
      retryMs = Math.min(retryMs * 2, pace.retryMostMs);
    }
  }
}

/** One connection, until it breaks or the signal aborts. @param whenWell is called after each round that went through */
async function attend(
  flow: Flow,
  mailbox: Mailbox,
  bells: WatchBells,
  pace: Pace,
  unfetched: Unfetched,
  signal: AbortSignal,
  whenWell: () => void,
): Promise<void> {
  const inbox = await mailbox.open(signal);
  try {
    flow.log.write({ event: 'mailbox-open', mailbox: mailbox.name, uidValidity: inbox.uidValidity });
    let wholeAt = 0;
    for (;;) {
      signal.throwIfAborted();
      const now = flow.clock.now().getTime();
      const isWhole = now >= wholeAt;
      if (isWhole) wholeAt = now + pace.wholeMs;
      try {
        await receive(flow, mailbox, inbox, isWhole, signal, unfetched);
      } finally {
        bells.mail.ring();
      }
      await file(flow, mailbox, inbox, signal);
      await flow.ledger.markMailbox(mailbox.name, flow.clock.now(), null);
      whenWell();
      await bells.filing.during(signal, (nap) => inbox.wait(mailbox.pollMs, nap));
      if (bells.filing.hasRung()) await sleep(pace.fileMs, signal);
    }
  } finally {
    await inbox.close().catch(() => undefined);
  }
}

/** @returns how long to wait before the mailbox is opened again, in milliseconds */
export async function noteFailure(flow: Flow, mailbox: Mailbox, error: unknown, retryMs: number): Promise<number> {
  const failure = failureOf(error);
  const waitMs = Math.max(retryMs, failure.afterMs ?? 0);
  flow.log.write({ event: 'mailbox-failed', mailbox: mailbox.name, code: failure.code, detail: failure.detail, retryMs: waitMs });
  // The disk may be full: then the log is all there is.
  await flow.ledger.markMailbox(mailbox.name, flow.clock.now(), failure).catch(() => undefined);
  return waitMs;
}
