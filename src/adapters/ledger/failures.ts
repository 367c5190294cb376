/** What SQLite and PostgreSQL throw, as failures that an admin understands. */
import { Failure, failureOf } from '../../domain/failure.ts';

/** PostgreSQL, "Error Codes", by class or code: connection, resources, shutdown, deadlock, serialization, time-out; then libuv's and SQLite's names. */
const AWAY =
  /^(08...|53[03]00|57P0[1-5]|57014|40001|40P01|55P03|25P03|28...|3D000|ECONN[A-Z]+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|SQLITE_BUSY.*|SQLITE_LOCKED.*|SQLITE_IOERR.*)$/;
/** pg's own errors have no code. */
const AWAY_WORDS =
  /Connection terminated|connection timeout|timeout exceeded when trying to connect|Query read timeout|not queryable|Client was closed/i;
const FULL = /^(53100|SQLITE_FULL)$/;

/** The ledger's connection is of no use any more. */
export function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return AWAY.test(String(code ?? '')) || AWAY_WORDS.test(String(message ?? ''));
}

/** Whatever the database threw: `disk-full`, `ledger-unreachable` (it comes again), or `unexpected`. The detail never holds the connection's URL. */
export function databaseFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  if (FULL.test(code)) return new Failure('disk-full', code, { cause: error });
  if (isAway(error)) return new Failure('ledger-unreachable', code || 'connection lost', { cause: error });
  return failureOf(error);
}
