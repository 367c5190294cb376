/** The faults that the V3 stand-in can be told to have, so that a test makes a failure happen. */

/**
 * - `timeout-before`: no answer, nothing stored. `hang` leaves the connection open; otherwise it is cut.
 * - `timeout-after`: handled as ever (so a valid job is stored), but no answer.
 * - `error`: 500 with JSON. `html`: 502 with a load balancer's page. Both store nothing, unless `stored`.
 * - `throttled`: 429, whatever the window says.
 * - `empty`: an answer without a body, 500 unless `status` says otherwise; with a 2xx a valid job is stored.
 * - `slow`: handled as ever, after `ms` milliseconds.
 */
export type Fault =
  | { kind: 'timeout-before'; hang?: boolean }
  | { kind: 'timeout-after'; hang?: boolean }
  | { kind: 'error'; stored?: boolean }
  | { kind: 'html'; stored?: boolean }
  | { kind: 'throttled' }
  | { kind: 'empty'; status?: number }
  | { kind: 'slow'; ms: number };

/** The faults to come: a queue, one for each request, and behind it one that stays. */
export class FaultPlan {
  #next: Fault[] = [];
  #standing: Fault | (() => Fault | null) | null = null;

  add(faults: Fault | Fault[]): void {
    this.#next.push(...(Array.isArray(faults) ? faults : [faults]));
  }

  stand(fault: Fault | (() => Fault | null) | null): void {
    this.#standing = fault;
  }

  take(): Fault | null {
    return this.#next.shift() ?? (typeof this.#standing === 'function' ? this.#standing() : this.#standing);
  }
}

/** Whether a request that meets this fault is handled (checked, and stored when valid). */
export function isHandled(fault: Fault | null): boolean {
  switch (fault?.kind) {
    case undefined:
    case 'slow':
    case 'timeout-after':
      return true;
    case 'error':
    case 'html':
      return fault.stored ?? false;
    case 'empty':
      return fault.status !== undefined && fault.status < 300;
    case 'timeout-before':
    case 'throttled':
      return false;
  }
}
