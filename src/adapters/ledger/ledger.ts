/** The ledger on a Kysely database: the port `Ledger`, put together from its parts, with every database error translated. */
import type { Kysely } from 'kysely';
import type { Ledger } from '../../pipeline/ports.ts';
import { accountsPart } from './accounts.ts';
import { conversationPart } from './conversation.ts';
import { documentsPart } from './documents.ts';
import { databaseFailure } from './failures.ts';
import { leasePart } from './lease.ts';
import { lettersPart } from './letters.ts';
import { lookPart } from './look.ts';
import { mailPart } from './mail.ts';
import type { Presence } from './presence.ts';
import { settlePart } from './settle.ts';
import type { Tables } from './tables.ts';
import { workPart } from './work.ts';

/**
 * @param release is called after the database was closed.
 * @param shared on an engine with several workers: the number of this one, and what it knows of the others.
 */
export function openLedger(
  db: Kysely<Tables>,
  release: () => void | Promise<void>,
  shared: { worker: number; presence: Presence | null } = { worker: 0, presence: null },
): Ledger {
  const close = async () => {
    await db.destroy();
    await release();
  };
  const { worker, presence } = shared;
  return translated({
    ...mailPart(db, worker),
    ...settlePart(db),
    ...workPart(db, worker),
    ...documentsPart(db),
    ...leasePart(db, worker, presence),
    ...lookPart(db),
    ...accountsPart(db),
    ...conversationPart(db),
    ...lettersPart(db),
    close,
  });
}

/** The same ledger, throwing nothing but Failure. */
function translated(ledger: Ledger): Ledger {
  return new Proxy(ledger, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...values: unknown[]) => {
        try {
          return await method.apply(target, values);
        } catch (error) {
          throw databaseFailure(error);
        }
      };
    },
  });
}
