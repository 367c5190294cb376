/** Waits that can be cut short: loops sleep on a bell, others ring it. */

export class Bell {
  #rung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /**
   * Resolves when the bell is rung (also if that was since the last wait), when `ms` have passed, or on abort.
   * Only one wait at a time.
   * @returns whether it was rung
   */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    await this.during(signal, async (nap) => {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(done, ms);
        nap.addEventListener('abort', done, { once: true });
        if (nap.aborted) done();
      });
    });
    return this.hasRung();
  }

  /** Runs a wait of somebody else with a signal that aborts when the bell is rung or `signal` aborts. */
  async during(signal: AbortSignal, wait: (nap: AbortSignal) => Promise<void>): Promise<void> {
    const nap = new AbortController();
    const end = () => nap.abort();
    this.#wake = end;
    signal.addEventListener('abort', end, { once: true });
    if (this.#rung || signal.aborted) end();
    try {
      await wait(nap.signal);
    } finally {
      this.#wake = () => undefined;
      signal.removeEventListener('abort', end);
    }
  }

  /** Whether it was rung since somebody asked last. */
  hasRung(): boolean {
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}

/** Resolves after `ms` or on abort. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await new Bell().wait(ms, signal);
}
