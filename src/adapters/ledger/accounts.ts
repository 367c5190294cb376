/** The ledger's account of every message: what became of it, and where its mails are. */
import type { Kysely } from 'kysely';
import type { Stage } from '../../domain/report.ts';
import type { Account, Ledger, MessageOutcome } from '../../pipeline/ports.ts';
import { timeOf } from './rows.ts';
import type { Tables } from './tables.ts';

type AccountsPart = Pick<Ledger, 'accounts'>;

export function accountsPart(db: Kysely<Tables>): AccountsPart {
  return {
    async accounts(after, limit) {
      const rows = await db
        .selectFrom('message')
        .leftJoin('report', 'report.reference', 'message.reference')
        .select(['message.position', 'message.identity', 'message.mailbox', 'message.raw_key', 'message.stored_at', 'message.outcome'])
        .select(['message.reason', 'message.reference', 'message.found_in'])
        .select(['report.stage', 'report.due_at', 'report.opened_by', 'report.job', 'report.failure_code'])
        .where('message.position', '>', after)
        .orderBy('message.position')
        .limit(limit)
        .execute();
      if (rows.length === 0) return [];
      const identities = rows.map((row) => row.identity);
      const placements = await db.selectFrom('placement').selectAll().where('identity', 'in', identities).execute();
      const references = rows.flatMap((row) => (row.reference === null ? [] : [row.reference]));
      const attempts =
        references.length === 0
          ? []
          : await db
              .selectFrom('attempt')
              .select(['reference', 'step', 'outcome', 'detail'])
              .where('reference', 'in', references)
              .orderBy('id')
              .execute();
      return rows.map((row): Account => {
        const ofReport = attempts.filter((attempt) => attempt.reference === row.reference && row.opened_by === row.identity);
        return {
          position: row.position,
          identity: row.identity,
          mailbox: row.mailbox,
          rawKey: row.raw_key,
          storedAt: new Date(row.stored_at),
          outcome: row.outcome as MessageOutcome | null,
          reason: row.reason,
          reference: row.reference,
          foundFiled: row.found_in !== null,
          report:
            row.opened_by === row.identity && row.stage !== null
              ? {
                  stage: row.stage as Stage,
                  dueAt: timeOf(row.due_at ?? null),
                  hasJob: row.job !== null,
                  failure: row.failure_code ?? null,
                  submitted: ofReport.findLast(({ step, outcome }) => step === 'submit' && outcome === 'ok')?.detail ?? null,
                  unknown: ofReport.some(({ step, outcome }) => step === 'submit' && outcome === null),
                }
              : null,
          placements: placements
            .filter((placement) => placement.identity === row.identity)
            .map(({ mailbox, folder, uid_validity, uid, to_file }) => ({
              mailbox,
              folder,
              uidValidity: uid_validity,
              uid: Number(uid),
              isFiled: to_file === null,
            })),
        };
      });
    },
  };
}
