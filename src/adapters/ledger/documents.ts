/** The ledger's record of documents: what came, what lies in the store, and what was removed from it. */
import type { Kysely } from 'kysely';
import type { Ledger } from '../../pipeline/ports.ts';
import { columnsOfPublished, documentOf, textOfTime } from './rows.ts';
import type { Tables } from './tables.ts';

type DocumentsPart = Pick<
  Ledger,
  'documents' | 'saveDocument' | 'withdrawDocuments' | 'documentsInStore' | 'documentsPublishedBefore' | 'documentsByKey'
>;

export function documentsPart(db: Kysely<Tables>): DocumentsPart {
  const inStore = () => db.selectFrom('document').selectAll().where('published_at', 'is not', null).where('removed_at', 'is', null);
  return {
    async documents(reference) {
      const rows = await db.selectFrom('document').selectAll().where('reference', '=', reference).orderBy('position').execute();
      return rows.map(documentOf);
    },

    async saveDocument(document) {
      const changed = await db
        .updateTable('document')
        .set({
          url: document.url,
          expires_at: textOfTime(document.expiresAt),
          refused: document.refused,
          ...columnsOfPublished(document),
        })
        .where('reference', '=', document.reference)
        .where('identity', '=', document.identity)
        .where('part', '=', document.part)
        .where('removed_at', 'is', null)
        .executeTakeFirst();
      return changed.numUpdatedRows > 0n;
    },

    withdrawDocuments: (reference, why, now) =>
      db.transaction().execute(async (tx) => {
        await tx
          .updateTable('document')
          .set((eb) => ({
            url: null,
            expires_at: null,
            refused: eb.fn.coalesce('refused', eb.val(why)),
            removed_at: eb.fn.coalesce('removed_at', eb.val(now.toISOString())),
          }))
          .where('reference', '=', reference)
          .execute();
        const rows = await tx.selectFrom('document').selectAll().where('reference', '=', reference).orderBy('position').execute();
        return rows.map(documentOf);
      }),

    async documentsInStore(afterKey, limit) {
      return (await inStore().where('key', '>', afterKey).orderBy('key').limit(limit).execute()).map(documentOf);
    },

    async documentsPublishedBefore(time, limit) {
      const rows = await inStore().where('published_at', '<', time.toISOString()).orderBy('published_at').limit(limit).execute();
      return rows.map(documentOf);
    },

    async documentsByKey(keys) {
      if (keys.length === 0) return [];
      return (await db.selectFrom('document').selectAll().where('key', 'in', keys).execute()).map(documentOf);
    },
  };
}
