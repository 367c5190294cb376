/** What several workers need: who holds a lease, who watches a mailbox, and whose turn it is. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';

/** Adds the holder to every lease, leases on messages and mailboxes, and the turns of mailboxes. */
export async function workers(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('report').addColumn('worker', 'integer').execute();
  for (const [name, type] of [
    ['lease_token', 'text'],
    ['lease_until', 'text'],
    ['worker', 'integer'],
  ] as const)
    await db.schema.alterTable('message').addColumn(name, type).execute();
  for (const table of ['report', 'message'] as const)
    await db.schema.createIndex(`${table}_leased`).on(table).column('worker').where(sql.ref('worker'), 'is not', null).execute();
  await db.schema
    .createTable('watch')
    .addColumn('mailbox', 'text', (c) => c.primaryKey())
    .addColumn('worker', 'integer')
    .addColumn('lease_token', 'text')
    .addColumn('lease_until', 'text')
    .execute();
  await db.schema
    .createTable('turn')
    .addColumn('mailbox', 'text', (c) => c.primaryKey())
    .addColumn('served_at', 'text', (c) => c.notNull())
    .execute();
}
