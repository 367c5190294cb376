/** Brings a ledger up to date: safe when several processes start at once, and when one is killed in the middle. */
import { type Kysely, sql } from 'kysely';
import { Failure } from '../../domain/failure.ts';
import { isPostgres, lockName } from './engine.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/** @throws Failure ledger-newer when a version of it is unknown here: a newer program made it. */
export async function migrate(db: Kysely<Tables>, migrations = MIGRATIONS): Promise<void> {
  await db.connection().execute(async (connection) => {
    if (isPostgres(connection)) await sql`begin`.execute(connection);
    else await sql`begin immediate`.execute(connection);
    try {
      await lockName(connection, 'migrate');
      await sql`create table if not exists kysely_migration (name varchar(255) not null primary key, timestamp varchar(255) not null)`.execute(
        connection,
      );
      const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(connection);
      const done = new Set(rows.map(({ name }) => name));
      const unknown = [...done].filter((name) => !(name in migrations)).sort();
      if (unknown.length > 0) throw new Failure('ledger-newer', `it has ${unknown.join(', ')}`);
      for (const [name, { up }] of Object.entries(migrations).sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (done.has(name)) continue;
        await up(connection);
        await sql`insert into kysely_migration (name, timestamp) values (${name}, ${new Date().toISOString()})`.execute(connection);
      }
      await sql`commit`.execute(connection);
    } catch (error) {
      await sql`rollback`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}
