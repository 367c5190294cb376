/** The ledger on a Kysely database: the port `Ledger`, put together from its parts, with every database error translated. */
import type { Kysely } from 'kysely';
import { failureOf } from '../../domain/failure.ts';
import type { Ledger } from '../../pipeline/ports.ts';
import { documentsPart } from './documents.ts';
import { lookPart } from './look.ts';
import { mailPart } from './mail.ts';
import { settlePart } from './settle.ts';
import type { Tables } from './tables.ts';
import { workPart } from './work.ts';

/** @param release is called after the database was closed. */
export function openLedger(db: Kysely<Tables>, release: () => void): Ledger {
  const close = async () => {
    await db.destroy();
    release();
  };
  return translated({ ...mailPart(db), ...settlePart(db), ...workPart(db), ...documentsPart(db), ...lookPart(db), close });
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
          throw failureOf(error);
        }
      };
    },
  });
}
