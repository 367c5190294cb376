/** Watches one mailbox for as long as the program runs: opens it, receives, files, waits, and begins again when the connection breaks. */
import { failureOf } from '../domain/failure.ts';
import { ALARM_MS, noteFailure, noteWell } from './attendance.ts';
import { type Bell, sleep } from './bell.ts';
import { file } from './file.ts';
import type { Flow, Mailbox } from './flow.ts';
import { receive } from './receive.ts';
import { restore } from './restore.ts';
import { Unfetched } from './unfetched.ts';

/** How fast the loops turn, in milliseconds. */
export type Pace = {
  /** The folder is listed from its first mail so often, not just from the last one seen. */
  wholeMs: number;
  /** Mails are filed at most so often, so that batches form. */
  fileMs: number;
  /** The wait after a mailbox failed: the first one, doubled up to the longest, each shortened by up to half so that many do not come at once. */
  retryFirstMs: number;
  retryMostMs: number;
  /** The longest wait after a refused login: who knocks more often with a wrong password is locked out. */
  loginMostMs: number;
  /** A mailbox that could not be read for so long raises the alarm. */
  alarmMs: number;
  /** How long the steps in hand may take once the program is told to stop. */
  graceMs: number;
};
export const PACE: Pace = {
  wholeMs: 600_000,
  fileMs: 1_000,
  retryFirstMs: 1_000,
  retryMostMs: 60_000,
  loginMostMs: 300_000,
  alarmMs: ALARM_MS,
  graceMs: 4_000,
};

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
      const { code, afterMs } = failureOf(error);
      const waitMs = Math.max(Math.round(retryMs * (0.5 + Math.random() / 2)), afterMs ?? 0);
      await noteFailure(flow, mailbox, error, waitMs, pace.alarmMs);
      await sleep(waitMs, signal);
      retryMs = Math.min(retryMs * 2, code === 'imap-login' ? pace.loginMostMs : pace.retryMostMs);
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
  let inbox = await mailbox.open(signal);
  try {
    inbox = await restore(flow, mailbox, inbox, signal);
    flow.log.write({ event: 'mailbox-open', mailbox: mailbox.name, uidValidity: inbox.uidValidity });
    let wholeAt = 0;
    // IDLE can die without a sign, so the server is asked well before the alarm would be due.
    const waitMs = Math.min(mailbox.pollMs, pace.alarmMs / 3);
    for (;;) {
      signal.throwIfAborted();
      const now = flow.clock.now().getTime();
      const isWhole = now >= wholeAt || now < wholeAt - pace.wholeMs; // or the clock was set back
      if (isWhole) wholeAt = now + pace.wholeMs;
      try {
        await receive(flow, mailbox, inbox, isWhole, signal, unfetched);
      } finally {
        bells.mail.ring();
      }
      await file(flow, mailbox, inbox, signal);
      await noteWell(flow, mailbox);
      whenWell();
      await bells.filing.during(signal, (nap) => inbox.wait(waitMs, nap));
      if (bells.filing.hasRung()) await sleep(pace.fileMs, signal);
    }
  } finally {
    await inbox.close().catch(() => undefined);
  }
}
