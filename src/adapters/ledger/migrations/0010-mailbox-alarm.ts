/** Ledger schema 0010: since when a mailbox fails, and when its alarm was raised. */
import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

export async function mailboxAlarm(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('mailbox').addColumn('failing_since', 'text').execute();
  await db.schema.alterTable('mailbox').addColumn('alarm_at', 'text').execute();
}
