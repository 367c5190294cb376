/** Where the two engines differ: counting columns, row locks, locks by name, and wake-ups. On SQLite one process works alone, so it needs none of the locks. */
import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Tables } from './tables.ts';

export function isPostgres(db: Kysely<Tables>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** The type of a primary key that counts up by itself. */
export function counterOf(db: Kysely<Tables>) {
  const postgres = isPostgres(db);
  return {
    type: postgres ? ('serial' as const) : ('integer' as const),
    build: (column: ColumnDefinitionBuilder) => (postgres ? column.primaryKey() : column.primaryKey().autoIncrement()),
  };
}

/** The first number of every advisory lock of ours; the second is a worker's number or the hash of a name. */
export const LOCKS = { migrate: 7_401_001, store: 7_401_002, take: 7_401_003, key: 7_401_004, worker: 7_401_005 } as const;

/** Holds others off until this transaction ends. */
export async function lockName(tx: Kysely<Tables>, lock: keyof typeof LOCKS, name = ''): Promise<void> {
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(${sql.lit(LOCKS[lock])}, hashtext(${name}))`.execute(tx);
}

/** What changed: `mail` a message was stored, `due` a report may be due, `filing` a mail may be filed. */
export type Change = 'mail' | 'due' | 'filing';
export const CHANNEL = 'faultline';

/** Wakes the other workers once this transaction is committed. */
export async function announce(tx: Kysely<Tables>, ...changes: Change[]): Promise<void> {
  if (!isPostgres(tx)) return;
  for (const change of changes) await sql`select pg_notify(${CHANNEL}, ${change})`.execute(tx);
}
