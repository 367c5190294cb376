/** What an earlier ledger filed: where a mail was found, and which mailboxes were looked through for such mails. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** Adds both. A mailbox that this ledger knows already was filed by itself. */
export async function restore(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('message').addColumn('found_in', 'text').execute();
  await db.schema
    .createTable('restored')
    .addColumn('mailbox', 'text', (c) => c.primaryKey())
    .addColumn('at', 'text', (c) => c.notNull())
    .execute();
  await sql`insert into restored (mailbox, at) select distinct mailbox, ${new Date().toISOString()} from cursor`.execute(db);
}
