/** PostgreSQL as the engine that several workers share: a pool of connections, and one more that shows that this worker lives. */
import { randomInt } from 'node:crypto';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { databaseFailure, isAway } from './failures.ts';
import { migrate } from './migrate.ts';
import { openPresence, type Presence } from './presence.ts';
import type { Tables } from './tables.ts';

/** A statement, also one that waits for a lock, ends within this time. */
const STATEMENT_MS = 30_000;
const CONNECTIONS = 6;
const INT8 = 20;

export type Postgres = { db: Kysely<Tables>; worker: number; presence: Presence | null; release: () => Promise<void> };

/**
 * Opens (and brings up to date) the ledger in the database of a `postgres://` URL, which may hold a password: it is never in an error.
 * It needs connections that last (no pooler that hands them out by transaction), for locks and wake-ups.
 * @param use `work`: as a worker that others see; `look`: to read it, or to change a row.
 * @throws Failure ledger-unreachable, ledger-newer, disk-full
 */
export async function openPostgres(url: string, use: 'work' | 'look'): Promise<Postgres> {
  const settings: pg.ClientConfig = {
    connectionString: url,
    application_name: 'faultline',
    connectionTimeoutMillis: 10_000,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 5_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...settings, max: CONNECTIONS, types: NUMBERS });
  pool.on('error', () => undefined); // an idle connection that breaks: the next query takes another
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: carefulPool(pool) }) });
  try {
    await migrate(db);
    const worker = randomInt(1, 2 ** 31 - 1);
    const presence = use === 'work' ? await openPresence(settings, worker) : null;
    return { db, worker, presence, release: async () => presence?.close() };
  } catch (error) {
    await db.destroy();
    throw databaseFailure(error);
  }
}

/** Counts and sizes come as numbers, as from SQLite: none of ours is beyond 2^53. */
const NUMBERS: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/** The same pool; a connection that failed is thrown away, and text loses the NUL characters that PostgreSQL cannot hold. */
function carefulPool(pool: pg.Pool): PostgresPool {
  return {
    options: {},
    async connect() {
      const client = await pool.connect();
      let broken = false;
      const query = async (text: string, values: unknown[]) => {
        try {
          return await client.query(text, values.map(withoutNul));
        } catch (error) {
          broken ||= isAway(error);
          throw error;
        }
      };
      return { query, release: () => client.release(broken) } as unknown as Awaited<ReturnType<PostgresPool['connect']>>;
    },
    end: () => pool.end(),
  };
}

function withoutNul(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
