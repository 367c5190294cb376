/** Shows the other workers that this one lives, hears their wake-ups, and takes the time from the database, so that all have the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { CHANNEL, type Change, LOCKS } from './engine.ts';

const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 5_000;

export type Presence = {
  /** The database's time, carried on by this process' steady clock in between; a step of this machine's clock does not show. */
  now(): Date;
  /** Asks the database for its time again. */
  tellTime(): Promise<void>;
  /** Has the wake-ups of all workers told. */
  onChange(tell: (change: Change) => void): void;
  close(): Promise<void>;
};

/**
 * A worker lives as long as its session holds the lock of its number: when its process dies the server gives the lock back at once.
 * A connection that breaks is made anew.
 */
export async function openPresence(settings: pg.ClientConfig, worker: number): Promise<Presence> {
  let tell: (change: Change) => void = () => undefined;
  let closed = false;
  let client = await connect();
  let time = { told: Date.now(), at: performance.now() };

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client(settings);
    fresh.on('error', () => undefined); // 'end' follows
    await fresh.connect();
    try {
      await fresh.query('select pg_advisory_lock($1, $2)', [LOCKS.worker, worker]);
      await fresh.query(`listen ${CHANNEL}`);
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
    fresh.on('notification', ({ payload }) => tell(payload as Change));
    fresh.once('end', () => void reconnect());
    return fresh;
  }

  async function reconnect(): Promise<void> {
    for (let ms = RETRY_FIRST_MS; !closed; ms = Math.min(ms * 2, RETRY_MOST_MS)) {
      try {
        const fresh = await connect();
        if (closed) return await fresh.end();
        client = fresh;
        for (const change of ['mail', 'due', 'filing'] as const) tell(change); // what was missed meanwhile
        return;
      } catch {
        await sleep(ms, undefined, { ref: false });
      }
    }
  }

  async function tellTime(): Promise<void> {
    const asked = performance.now();
    const { rows } = await client.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
    const at = performance.now();
    const told = rows[0]?.ms;
    if (told !== undefined) time = { told, at: (asked + at) / 2 };
  }

  try {
    await tellTime();
  } catch (error) {
    closed = true;
    await client.end().catch(() => undefined);
    throw error;
  }
  return {
    now: () => new Date(Math.round(time.told + performance.now() - time.at)),
    tellTime,
    onChange: (listener) => {
      tell = listener;
    },
    async close() {
      closed = true;
      await client.end().catch(() => undefined);
    },
  };
}
