/** The ledger's record of who works: leases are renewed while their work goes on, and taken from workers that are gone. */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Ledger } from '../../pipeline/ports.ts';
import { isPostgres, LOCKS } from './engine.ts';
import type { Presence } from './presence.ts';
import type { Tables } from './tables.ts';

type LeasePart = Pick<Ledger, 'claimMailbox' | 'releaseMailbox' | 'renew' | 'freeLeases' | 'moveTimes' | 'onChange'>;

const LEASED = ['report', 'message', 'watch'] as const;
/** All that is waited for. */
const TIMES = [
  ['report', 'due_at'],
  ['report', 'lease_until'],
  ['message', 'lease_until'],
  ['watch', 'lease_until'],
  ['letter', 'due_at'],
  ['letter', 'lease_until'],
  ['pause', 'until'],
  ['pause', 'probed_at'],
  ['request', 'at'],
] as const;
const FREE = { worker: null, lease_token: null, lease_until: null };

export function leasePart(db: Kysely<Tables>, worker: number, presence: Presence | null): LeasePart {
  return {
    async claimMailbox(mailbox, now, leaseMs) {
      const token = randomUUID();
      const lease = { worker, lease_token: token, lease_until: new Date(now.getTime() + leaseMs).toISOString() };
      const claimed = await db
        .insertInto('watch')
        .values({ mailbox, ...lease })
        .onConflict((conflict) =>
          conflict
            .column('mailbox')
            .doUpdateSet(lease)
            .where((eb) => eb.or([eb('watch.lease_until', 'is', null), eb('watch.lease_until', '<', now.toISOString())])),
        )
        .executeTakeFirst();
      return Number(claimed.numInsertedOrUpdatedRows ?? 0n) === 0 ? null : token;
    },

    async releaseMailbox(token) {
      await db.updateTable('watch').set(FREE).where('lease_token', '=', token).execute();
    },

    async renew(tokens, now, leaseMs) {
      await presence?.tellTime();
      await freeDead(db);
      if (tokens.length === 0) return [];
      const lease_until = new Date(now.getTime() + leaseMs).toISOString();
      const held: string[] = [];
      for (const table of LEASED) {
        const rows = await db.updateTable(table).set({ lease_until }).where('lease_token', 'in', tokens).returning('lease_token').execute();
        held.push(...rows.map((row) => String(row.lease_token)));
      }
      return held;
    },

    async freeLeases() {
      if (isPostgres(db)) return freeDead(db);
      for (const table of LEASED) await db.updateTable(table).set(FREE).where('lease_token', 'is not', null).execute();
    },

    moveTimes: (ms) =>
      db.transaction().execute(async (tx) => {
        if (isPostgres(tx)) return; // there the time is the database's
        for (const [table, column] of TIMES) {
          const moved = sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${sql.ref(column)}, ${`${ms / 1000} seconds`})`;
          await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${moved} where ${sql.ref(column)} is not null`.execute(tx);
        }
      }),

    onChange: (tell) => presence?.onChange(tell),
  };
}

/** The leases of workers whose session is gone: presence.ts holds a lock for each that lives. */
async function freeDead(db: Kysely<Tables>): Promise<void> {
  if (!isPostgres(db)) return;
  const holders = new Set<number>();
  for (const table of LEASED) {
    const rows = await db.selectFrom(table).select('worker').distinct().where('worker', 'is not', null).execute();
    for (const row of rows) if (row.worker !== null) holders.add(row.worker);
  }
  // Asked for after the holders, so that a worker that begins in between is not taken for a dead one.
  const { rows } = await sql<{ worker: number }>`
    select objid::bigint as worker from pg_locks
    where locktype = 'advisory' and classid = ${sql.lit(LOCKS.worker)} and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database())`.execute(db);
  const alive = new Set(rows.map((row) => row.worker));
  const dead = [...holders].filter((holder) => !alive.has(holder));
  if (dead.length === 0) return;
  for (const table of LEASED) await db.updateTable(table).set(FREE).where('worker', 'in', dead).execute();
}
