/** The time that steps in hand get once the program is told to stop. */
import { sleep } from './bell.ts';

/** `signal` aborts when the time is up; `over` resolves a moment later, when nothing is waited for any more; `end` stops the clock. */
export type Grace = { signal: AbortSignal; over: Promise<void>; end(): void };

/** @param ms from the abort of `signal` */
export function graceAfter(signal: AbortSignal, ms: number): Grace {
  const hard = new AbortController();
  const finished = new AbortController();
  const over = aborted(signal).then(async () => {
    await sleep(ms, finished.signal);
    if (!finished.signal.aborted) hard.abort();
    await sleep(500, finished.signal);
  });
  return { signal: hard.signal, over, end: () => finished.abort() };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
