/** Ledger schema 0015: when a request was let through to see whether the cause of a pause is mended. */
import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

export async function probe(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('pause').addColumn('probed_at', 'text').execute();
}
