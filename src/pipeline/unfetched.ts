/** Mails whose FETCH failed: they come last and alone, so that one that the server cannot give us does not stop the others. */
import type { Arrival } from './ports.ts';

/** A mail that could not be fetched so often is left alone for a while. */
export const MOST_FETCHES = 3;
const LEFT_ALONE_MS = 600_000;

/** Kept for one mailbox from connection to connection; UIDs count together with the UIDVALIDITY (RFC 9051 §2.3.1.1). */
export class Unfetched {
  #failed = new Map<string, { times: number; at: Date }>();

  get size(): number {
    return this.#failed.size;
  }

  has(uidValidity: string, uid: number): boolean {
    return this.#failed.has(`${uidValidity}/${uid}`);
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
        return failed && (failed.times < MOST_FETCHES || now.getTime() - failed.at.getTime() >= LEFT_ALONE_MS);
      })
      .sort((a, b) => this.#times(uidValidity, a.uid) - this.#times(uidValidity, b.uid));
  }

  #times(uidValidity: string, uid: number): number {
    return this.#failed.get(`${uidValidity}/${uid}`)?.times ?? 0;
  }
}
