/** SQLite as the embedded engine: one file, WAL, synchronous=FULL, and one Faultline at a time that works on it. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CompiledQuery, type DatabaseConnection, Kysely, SqliteDialect, type SqliteDialectConfig, SqliteDriver } from 'kysely';
import { Failure } from '../../domain/failure.ts';
import { databaseFailure } from './failures.ts';
import { migrate } from './migrate.ts';
import type { Tables } from './tables.ts';

/**
 * Opens (and brings up to date) the ledger file `ledger.sqlite` of a folder; `:memory:` for one that is not kept.
 * @param use `work`: as the one process that works on it (others are refused); `look`: to read it, or to change a row, beside that one.
 * @throws Failure ledger-in-use, ledger-newer, disk-full
 */
export async function openSqlite(folder: string, use: 'work' | 'look'): Promise<{ db: Kysely<Tables>; release: () => void }> {
  const inMemory = folder === ':memory:';
  const release = use === 'work' && !inMemory ? claim(join(folder, 'ledger.lock')) : () => undefined;
  try {
    const database = new Database(inMemory ? ':memory:' : join(folder, 'ledger.sqlite'), { timeout: 10_000 });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    const db = new Kysely<Tables>({ dialect: new WritingDialect({ database }) });
    await migrate(db).catch(async (error) => {
      await db.destroy();
      throw error;
    });
    return { db, release };
  } catch (error) {
    release();
    throw databaseFailure(error);
  }
}

/** A transaction that reads first and writes then is refused (SQLITE_BUSY) when another process wrote in between: so each one takes the right to write at once. */
class WritingDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

class WritingDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }
  override createDriver(): WritingDriver {
    return new WritingDriver(this.#config);
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
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw databaseFailure(error);
    throw new Failure('ledger-in-use', 'another process holds ledger.lock', { cause: error });
  }
  return () => lock.close();
}
