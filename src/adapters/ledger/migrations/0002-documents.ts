/** Documents: what lies in the store beside what came, since when, and when it was removed. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';

export async function documents(db: Kysely<Tables>): Promise<void> {
  // One at a time: SQLite adds a single column in a statement.
  for (const [name, type] of Object.entries({
    published_type: 'text',
    published_bytes: 'bigint',
    published_sha256: 'text',
    published_at: 'text',
    removed_at: 'text',
  } as const))
    await db.schema.alterTable('document').addColumn(name, type).execute();
  // What an older program published, it published as it came.
  await db
    .updateTable('document')
    .set((eb) => ({
      published_type: eb.ref('mime_type'),
      published_bytes: eb.ref('bytes'),
      published_sha256: eb.ref('sha256'),
      published_at: eb.selectFrom('report').select('report.created_at').whereRef('report.reference', '=', 'document.reference'),
    }))
    .where('url', 'is not', null)
    .execute();
  await db.schema.createIndex('document_key').on('document').column('key').execute();
  await db.schema
    .createIndex('document_published')
    .on('document')
    .column('published_at')
    .where(sql.ref('removed_at'), 'is', null)
    .execute();
}
