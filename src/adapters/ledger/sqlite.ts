/** SQLite as the embedded engine: one file, WAL, synchronous=FULL, and one Faultline at a time that works on it. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { Failure, failureOf } from '../../domain/failure.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/**
 * Opens (and brings up to date) the ledger file `ledger.sqlite` of a folder; `:memory:` for one that is not kept.
 * @param use `work`: as the one process that works on it (others are refused); `look`: to read it, or to change a row, beside that one.
 * @throws Failure ledger-in-use, disk-full
 */
export async function openSqlite(folder: string, use: 'work' | 'look'): Promise<{ db: Kysely<Tables>; release: () => void }> {
  const inMemory = folder === ':memory:';
  const release = use === 'work' && !inMemory ? claim(join(folder, 'ledger.lock')) : () => undefined;
  try {
    const database = new Database(inMemory ? ':memory:' : join(folder, 'ledger.sqlite'), { timeout: 10_000 });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
    return { db, release };
  } catch (error) {
    release();
    throw failureOf(error);
  }
}

/** Holds an exclusive SQLite lock on a file beside the ledger: the system gives it back even after kill -9. */
function claim(path: string): () => void {
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new Failure('ledger-in-use', 'another process holds ledger.lock', { cause: error });
  }
  return () => lock.close();
}
