/** Mails whose FETCH failed: they come last and alone, so that one that the server cannot give us does not stop the others. */
import type { Arrival } from './ports.ts';

/** A mail that could not be fetched so often is left alone for a while: shortly at first, since the line may be at fault and not the mail. */
export const MOST_FETCHES = 3;
const LEFT_ALONE_FIRST_MS = 10_000;
const LEFT_ALONE_MOST_MS = 600_000;

/** Kept for one mailbox from connection to connection; UIDs count together with the UIDVALIDITY (RFC 9051 §2.3.1.1). */
export class Unfetched {
  #failed = new Map<string, { times: number; at: Date }>();

  get size(): number {
    return this.#failed.size;
  }

  has(uidValidity: string, uid: number): boolean {
    return this.#failed.has(`${uidValidity}/${uid}`);
  }

  /** The lowest UID that failed, or Infinity. */
  lowest(uidValidity: string): number {
    const uids = [...this.#failed.keys()].filter((key) => key.startsWith(`${uidValidity}/`)).map((key) => Number(key.split('/')[1]));
    return Math.min(...uids);
  }

  note(uidValidity: string, uids: number[], at: Date): void {
    for (const uid of uids) this.#failed.set(`${uidValidity}/${uid}`, { times: this.#times(uidValidity, uid) + 1, at });
  }

  forget(uidValidity: string, uids: number[]): void {
    for (const uid of uids) this.#failed.delete(`${uidValidity}/${uid}`);
  }

  /** Those of `arrivals` that failed before and may be tried again now, those that failed least first. */
  secondTries(uidValidity: string, arrivals: Arrival[], now: Date): Arrival[] {
    return arrivals
      .filter(({ uid }) => {
        const failed = this.#failed.get(`${uidValidity}/${uid}`);
        return failed && now.getTime() - failed.at.getTime() >= aloneMs(failed.times);
      })
      .sort((a, b) => this.#times(uidValidity, a.uid) - this.#times(uidValidity, b.uid));
  }

  #times(uidValidity: string, uid: number): number {
    return this.#failed.get(`${uidValidity}/${uid}`)?.times ?? 0;
  }
}

/** How long a mail that failed so often is left alone, in milliseconds. */
function aloneMs(times: number): number {
  return times < MOST_FETCHES ? 0 : Math.min(LEFT_ALONE_FIRST_MS * 2 ** (times - MOST_FETCHES), LEFT_ALONE_MOST_MS);
}
