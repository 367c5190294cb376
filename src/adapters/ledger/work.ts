/** The ledger's record of work: which report is due and who holds it, every attempt, and the requests of each API key. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Failure, type FailureCode } from '../../domain/failure.ts';
import type { Ledger, Progress } from '../../pipeline/ports.ts';
import { attemptOf, reportOf, textOfTime } from './rows.ts';
import { moveMails } from './settle.ts';
import type { Tables } from './tables.ts';

type WorkPart = Pick<
  Ledger,
  | 'claimDue'
  | 'nextDue'
  | 'postpone'
  | 'freeLeases'
  | 'beginAttempt'
  | 'endAttempt'
  | 'attempts'
  | 'takeSlot'
  | 'pause'
  | 'endPauses'
  | 'retry'
>;

export function workPart(db: Kysely<Tables>): WorkPart {
  return {
    claimDue: (now, leaseMs, mayNotSubmit = []) =>
      db.transaction().execute(async (tx) => {
        const at = now.toISOString();
        let due = tx
          .selectFrom('report')
          .selectAll()
          .where('due_at', '<=', at)
          .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', at)]))
          .orderBy('urgency')
          .orderBy('due_at')
          .limit(1);
        if (mayNotSubmit.length > 0)
          due = due.where((eb) => eb.or([eb('stage', '!=', 'published'), eb('mailbox', 'not in', mayNotSubmit)]));
        const row = await due.executeTakeFirst();
        if (row === undefined) return null;
        const token = randomUUID();
        const until = new Date(now.getTime() + leaseMs).toISOString();
        await tx.updateTable('report').set({ lease_token: token, lease_until: until }).where('reference', '=', row.reference).execute();
        return { report: reportOf(row), token };
      }),

    async nextDue(now) {
      const row = await db
        .selectFrom('report')
        .select((eb) => eb.fn.min('due_at').as('due'))
        .where('due_at', '>', now.toISOString())
        .executeTakeFirst();
      return row?.due ? new Date(row.due) : null;
    },

    async postpone(claim, until) {
      const changed = await db
        .updateTable('report')
        .set({ due_at: until.toISOString(), lease_token: null, lease_until: null })
        .where('reference', '=', claim.report.reference)
        .where('lease_token', '=', claim.token)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) throw new Failure('lease-lost', claim.report.reference);
    },

    async freeLeases() {
      await db.updateTable('report').set({ lease_token: null, lease_until: null }).where('lease_token', 'is not', null).execute();
    },

    beginAttempt: (claim, step, now) =>
      db.transaction().execute(async (tx) => {
        const held = await tx.selectFrom('report').select('lease_token').where('reference', '=', claim.report.reference).executeTakeFirst();
        if (held?.lease_token !== claim.token) throw new Failure('lease-lost', claim.report.reference);
        const row = await tx
          .insertInto('attempt')
          .values({ reference: claim.report.reference, step, started_at: now.toISOString(), ended_at: null, outcome: null, detail: '' })
          .returning('id')
          .executeTakeFirstOrThrow();
        return row.id;
      }),

    endAttempt: (claim, attempt, outcome, detail, progress, now) =>
      db.transaction().execute(async (tx) => {
        await tx.updateTable('attempt').set({ ended_at: now.toISOString(), outcome, detail }).where('id', '=', attempt).execute();
        const changed = await tx
          .updateTable('report')
          .set({ ...columnsOfProgress(progress), lease_token: null, lease_until: null })
          .where('reference', '=', claim.report.reference)
          .where('lease_token', '=', claim.token)
          .executeTakeFirst();
        if (changed.numUpdatedRows === 0n) throw new Failure('lease-lost', claim.report.reference);
        if (progress.folder) await moveMails(tx, claim.report.reference, progress.folder);
      }),

    async attempts(reference) {
      const rows = await db.selectFrom('attempt').selectAll().where('reference', '=', reference).orderBy('id').execute();
      return rows.map(attemptOf);
    },

    takeSlot: (key, limit, windowMs, now) =>
      db.transaction().execute(async (tx) => {
        const paused = await tx.selectFrom('pause').selectAll().where('api_key', '=', key).executeTakeFirst();
        if (paused && paused.until > now.toISOString()) {
          return { taken: false, freeAt: new Date(paused.until), paused: paused.why as FailureCode };
        }
        const since = new Date(now.getTime() - windowMs).toISOString();
        await tx.deleteFrom('request').where('api_key', '=', key).where('at', '<=', since).execute();
        const used = await tx.selectFrom('request').select('at').where('api_key', '=', key).orderBy('at').execute();
        const first = used[0];
        if (first !== undefined && used.length >= limit) {
          return { taken: false, freeAt: new Date(Date.parse(first.at) + windowMs), paused: null };
        }
        await tx.insertInto('request').values({ api_key: key, at: now.toISOString() }).execute();
        return { taken: true };
      }),

    pause: (key, until, why) =>
      db.transaction().execute(async (tx) => {
        const change = { until: until.toISOString(), why };
        const known = await tx.selectFrom('pause').select('until').where('api_key', '=', key).executeTakeFirst();
        if (known === undefined)
          await tx
            .insertInto('pause')
            .values({ api_key: key, ...change })
            .execute();
        else if (known.until < change.until) await tx.updateTable('pause').set(change).where('api_key', '=', key).execute();
      }),

    async endPauses(whys) {
      await db.deleteFrom('pause').where('why', 'in', whys).execute();
    },

    retry: (reference, now) =>
      db.transaction().execute(async (tx) => {
        const row = await tx.selectFrom('report').selectAll().where('reference', '=', reference).executeTakeFirst();
        if (row === undefined || row.stage === 'confirmed') return null;
        const from = row.held_from ?? row.stage;
        const stage = from === 'asking' ? 'read' : from;
        const change = { stage, held_from: null, due_at: now.toISOString(), tries: 0, failure_code: null, failure_detail: null };
        await tx.updateTable('report').set(change).where('reference', '=', reference).execute();
        await moveMails(tx, reference, null);
        return reportOf({ ...row, ...change });
      }),
  };
}

function columnsOfProgress(progress: Progress) {
  return {
    ...(progress.stage && { stage: progress.stage }),
    ...(progress.heldFrom !== undefined && { held_from: progress.heldFrom }),
    ...(progress.dueAt !== undefined && { due_at: textOfTime(progress.dueAt) }),
    ...(progress.tries !== undefined && { tries: progress.tries }),
    ...(progress.failure !== undefined && {
      failure_code: progress.failure?.code ?? null,
      failure_detail: progress.failure?.detail ?? null,
    }),
    ...(progress.submittedAt && { submitted_at: textOfTime(progress.submittedAt) }),
    ...(progress.jobJson && { job: progress.jobJson }),
    ...(progress.response !== undefined && { response: progress.response }),
  };
}
