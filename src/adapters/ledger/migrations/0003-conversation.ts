/** Version 0003: the conversation. Replies that went out, addresses that bounced, reports that are alike, and what people were told. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';

export async function conversation(db: Kysely<Tables>): Promise<void> {
  const create = (table: keyof Tables) => db.schema.createTable(table);
  await create('reply')
    .addColumn('message_id', 'text', (c) => c.primaryKey())
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('reference', 'text')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('reply_address').on('reply').columns(['address', 'at']).execute();
  await db.schema.createIndex('reply_reference').on('reply').column('reference').execute();
  await create('blocked')
    .addColumn('address', 'text', (c) => c.primaryKey())
    .addColumn('until', 'text', (c) => c.notNull())
    .addColumn('message_id', 'text', (c) => c.notNull())
    .execute();
  await create('alike')
    .addColumn('reference', 'text', (c) => c.notNull())
    .addColumn('other', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('alike_pk', ['reference', 'other'])
    .execute();
  await create('letter')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('mailbox', 'text', (c) => c.notNull())
    .addColumn('cause', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'text', (c) => c.notNull())
    .addColumn('due_at', 'text')
    .addColumn('tries', 'integer', (c) => c.notNull())
    .addColumn('lease_token', 'text')
    .addColumn('lease_until', 'text')
    .addColumn('outcome', 'text')
    .execute();
  await db.schema.createIndex('letter_cause').on('letter').columns(['mailbox', 'cause', 'opened_at']).execute();
  await db.schema.createIndex('letter_due').on('letter').column('due_at').where(sql.ref('due_at'), 'is not', null).execute();
  await create('told')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('letter', 'text')
    .addColumn('news', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('told_letter').on('told').column('letter').execute();
  await db.schema.createIndex('message_outcome').on('message').columns(['outcome', 'reason', 'stored_at']).execute();
  await db.schema.createIndex('report_stage').on('report').columns(['stage', 'created_at']).execute();
}
