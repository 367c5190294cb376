/** The ledger's first schema: mailboxes, mails, reports, and the work on them. */
import { type Kysely, sql } from 'kysely';
import { counterOf } from '../engine.ts';
import type { Tables } from '../tables.ts';

/** Everything of the first version. */
export async function first(db: Kysely<Tables>): Promise<void> {
  const counter = counterOf(db);
  const create = (table: keyof Tables) => db.schema.createTable(table);
  await create('mailbox')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('ok_at', 'text')
    .addColumn('failure_code', 'text')
    .addColumn('failure_detail', 'text')
    .execute();
  await create('cursor')
    .addColumn('mailbox', 'text', (c) => c.notNull())
    .addColumn('folder', 'text', (c) => c.notNull())
    .addColumn('uid_validity', 'text', (c) => c.notNull())
    .addColumn('last_uid', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('cursor_pk', ['mailbox', 'folder'])
    .execute();
  await create('message')
    .addColumn('position', counter.type, counter.build)
    .addColumn('identity', 'text', (c) => c.notNull().unique())
    .addColumn('mailbox', 'text', (c) => c.notNull())
    .addColumn('raw_key', 'text', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('too_large', 'integer', (c) => c.notNull())
    .addColumn('received_at', 'text', (c) => c.notNull())
    .addColumn('stored_at', 'text', (c) => c.notNull())
    .addColumn('tries', 'integer', (c) => c.notNull())
    .addColumn('outcome', 'text')
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('why', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('reference', 'text')
    .addColumn('folder', 'text')
    .execute();
  await db.schema.createIndex('message_unsettled').on('message').column('position').where(sql.ref('outcome'), 'is', null).execute();
  await db.schema.createIndex('message_reference').on('message').column('reference').execute();
  await create('placement')
    .addColumn('mailbox', 'text', (c) => c.notNull())
    .addColumn('folder', 'text', (c) => c.notNull())
    .addColumn('uid_validity', 'text', (c) => c.notNull())
    .addColumn('uid', 'bigint', (c) => c.notNull())
    .addColumn('identity', 'text', (c) => c.notNull())
    .addColumn('again', 'integer', (c) => c.notNull())
    .addColumn('filed', 'text')
    .addColumn('to_file', 'text')
    .addPrimaryKeyConstraint('placement_pk', ['mailbox', 'folder', 'uid_validity', 'uid'])
    .execute();
  await db.schema.createIndex('placement_identity').on('placement').column('identity').execute();
  await db.schema
    .createIndex('placement_unfiled')
    .on('placement')
    .columns(['mailbox', 'folder', 'uid'])
    .where(sql.ref('to_file'), 'is not', null)
    .execute();
  await create('report')
    .addColumn('reference', 'text', (c) => c.primaryKey())
    .addColumn('mailbox', 'text', (c) => c.notNull())
    .addColumn('stage', 'text', (c) => c.notNull())
    .addColumn('held_from', 'text')
    .addColumn('due_at', 'text')
    .addColumn('lease_token', 'text')
    .addColumn('lease_until', 'text')
    .addColumn('urgency', 'integer', (c) => c.notNull())
    .addColumn('priority', 'text', (c) => c.notNull())
    .addColumn('reading', 'text', (c) => c.notNull())
    .addColumn('opened_by', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('tries', 'integer', (c) => c.notNull())
    .addColumn('failure_code', 'text')
    .addColumn('failure_detail', 'text')
    .addColumn('reply_address', 'text')
    .addColumn('reply_name', 'text')
    .addColumn('submitted_at', 'text')
    .addColumn('job', 'text')
    .addColumn('response', 'text')
    .execute();
  await db.schema.createIndex('report_due').on('report').columns(['urgency', 'due_at']).where(sql.ref('due_at'), 'is not', null).execute();
  await create('mark')
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('reference', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('mark_pk', ['key', 'reference'])
    .execute();
  await db.schema.createIndex('mark_reference').on('mark').column('reference').execute();
  await create('document')
    .addColumn('reference', 'text', (c) => c.notNull())
    .addColumn('identity', 'text', (c) => c.notNull())
    .addColumn('part', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('mime_type', 'text', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('url', 'text')
    .addColumn('expires_at', 'text')
    .addColumn('refused', 'text')
    .addPrimaryKeyConstraint('document_pk', ['reference', 'identity', 'part'])
    .execute();
  await create('attempt')
    .addColumn('id', counter.type, counter.build)
    .addColumn('reference', 'text', (c) => c.notNull())
    .addColumn('step', 'text', (c) => c.notNull())
    .addColumn('started_at', 'text', (c) => c.notNull())
    .addColumn('ended_at', 'text')
    .addColumn('outcome', 'text')
    .addColumn('detail', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('attempt_reference').on('attempt').column('reference').execute();
  await create('request')
    .addColumn('id', counter.type, counter.build)
    .addColumn('api_key', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('request_key').on('request').columns(['api_key', 'at']).execute();
  await create('pause')
    .addColumn('api_key', 'text', (c) => c.primaryKey())
    .addColumn('until', 'text', (c) => c.notNull())
    .addColumn('why', 'text', (c) => c.notNull())
    .execute();
}
