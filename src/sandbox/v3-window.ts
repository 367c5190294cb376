/** The stand-in's rate limit of one API key: 50 requests in a rolling window, and a block for those who do not wait. */

/** "50 requests per minute per key, a rolling 60 s window" (API Throttle Limits and Rate Limiting). */
const REQUESTS = 50;
export const WINDOW_MS = 60_000;
/** Guesses: agentOS only says that calling on without waiting "can" lead to a temporary block. */
const IMPATIENT_REQUESTS = 3;
const BLOCK_MS = 5 * 60_000;

export type Verdict = 'go' | 'throttled' | 'blocked';

/** The requests made with one key. All times are milliseconds since 1970. */
export class KeyWindow {
  readonly #windowMs: number;
  #used: number[] = [];
  #impatient: number[] = [];
  #throttledAt = Number.NEGATIVE_INFINITY;
  #blockedUntil = Number.NEGATIVE_INFINITY;

  constructor(windowMs = WINDOW_MS) {
    this.#windowMs = windowMs;
  }

  /** Uses a slot, which comes back exactly one window later, or tells why there is none. A refused request uses no slot. */
  enter(now: number): Verdict {
    if (now < this.#blockedUntil) return 'blocked';
    this.#used = since(this.#used, now - this.#windowMs);
    this.#impatient = since(this.#impatient, now - this.#windowMs);
    if (this.#used.length < REQUESTS) {
      this.#used.push(now);
      return 'go';
    }
    if (now < this.#throttledAt + this.#windowMs) this.#impatient.push(now);
    this.#throttledAt = now;
    if (this.#impatient.length < IMPATIENT_REQUESTS) return 'throttled';
    this.#impatient = [];
    this.#throttledAt = Number.NEGATIVE_INFINITY;
    this.#blockedUntil = now + BLOCK_MS;
    return 'blocked';
  }
}

function since(times: number[], time: number): number[] {
  return times.filter((at) => at > time);
}
