/** The ledger's record of work: which report is due and who holds it, every attempt, and the requests of each API key. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Failure, type FailureCode } from '../../domain/failure.ts';
import type { Ledger, Progress } from '../../pipeline/ports.ts';
import { announce, isPostgres, lockName } from './engine.ts';
import { attemptOf, reportOf, textOfTime } from './rows.ts';
import { moveMails } from './settle.ts';
import type { Tables } from './tables.ts';

/** After a pause one request is let through in so long, until one succeeds. */
const PROBE_MS = 2_000;

type WorkPart = Pick<
  Ledger,
  | 'claimDue'
  | 'nextDue'
  | 'postpone'
  | 'beginAttempt'
  | 'endAttempt'
  | 'attempts'
  | 'takeSlot'
  | 'noteSent'
  | 'pause'
  | 'forgetPauses'
  | 'endPauses'
  | 'retry'
>;

export function workPart(db: Kysely<Tables>, worker: number): WorkPart {
  return {
    claimDue: (now, leaseMs, mayNotSubmit = []) =>
      db.transaction().execute(async (tx) => {
        const at = now.toISOString();
        let due = tx
          .selectFrom('report')
          .leftJoin('turn', 'turn.mailbox', 'report.mailbox')
          .select('report.reference')
          .where('report.due_at', '<=', at)
          .where((eb) => eb.or([eb('report.lease_until', 'is', null), eb('report.lease_until', '<', at)]))
          .orderBy('report.urgency')
          .orderBy((eb) => eb.fn.coalesce('turn.served_at', eb.val('')))
          .orderBy('report.created_at')
          .orderBy('report.due_at')
          .limit(1);
        if (mayNotSubmit.length > 0)
          due = due.where((eb) => eb.or([eb('report.stage', '!=', 'published'), eb('report.mailbox', 'not in', mayNotSubmit)]));
        if (isPostgres(tx)) due = due.forUpdate('report').skipLocked();
        const next = await due.executeTakeFirst();
        if (next === undefined) return null;
        const token = randomUUID();
        const row = await tx
          .updateTable('report')
          .set({ lease_token: token, lease_until: new Date(now.getTime() + leaseMs).toISOString(), worker })
          .where('reference', '=', next.reference)
          .returningAll()
          .executeTakeFirstOrThrow();
        await tx
          .insertInto('turn')
          .values({ mailbox: row.mailbox, served_at: at })
          .onConflict((conflict) => conflict.column('mailbox').doUpdateSet({ served_at: at }))
          .execute();
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
        .set({ due_at: until.toISOString(), lease_token: null, lease_until: null, worker: null })
        .where('reference', '=', claim.report.reference)
        .where('lease_token', '=', claim.token)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) throw new Failure('lease-lost', claim.report.reference);
    },

    beginAttempt: (claim, step, now) =>
      db.transaction().execute(async (tx) => {
        const lease = tx.selectFrom('report').select('lease_token').where('reference', '=', claim.report.reference);
        const held = await (isPostgres(tx) ? lease.forUpdate() : lease).executeTakeFirst();
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
          .set({ ...columnsOfProgress(progress), lease_token: null, lease_until: null, worker: null })
          .where('reference', '=', claim.report.reference)
          .where('lease_token', '=', claim.token)
          .executeTakeFirst();
        if (changed.numUpdatedRows === 0n) throw new Failure('lease-lost', claim.report.reference);
        if (progress.folder) await moveMails(tx, claim.report.reference, progress.folder);
        await announce(tx, 'due', ...(progress.folder ? (['filing'] as const) : []));
      }),

    async attempts(reference) {
      const rows = await db.selectFrom('attempt').selectAll().where('reference', '=', reference).orderBy('id').execute();
      return rows.map(attemptOf);
    },

    takeSlot: (key, limit, windowMs, now, branch) =>
      db.transaction().execute(async (tx) => {
        await lockName(tx, 'key', key);
        const at = now.toISOString();
        const scopes = branch === undefined ? [key] : [key, branch];
        const paused = await tx.selectFrom('pause').selectAll().where('api_key', 'in', scopes).orderBy('until', 'desc').executeTakeFirst();
        if (paused && paused.until > at) {
          const why = paused.probed_at === null ? (paused.why as FailureCode) : null;
          return { taken: false, scope: paused.api_key, freeAt: new Date(paused.until), paused: why };
        }
        const since = new Date(now.getTime() - windowMs).toISOString();
        await tx.deleteFrom('request').where('api_key', '=', key).where('at', '<=', since).execute();
        // A clock that was set back must not keep the key busy for longer than one window.
        await tx.updateTable('request').set({ at }).where('api_key', '=', key).where('at', '>', at).execute();
        const used = await tx.selectFrom('request').select('at').where('api_key', '=', key).orderBy('at').execute();
        const first = used[used.length - limit];
        if (first !== undefined) return { taken: false, scope: key, freeAt: new Date(Date.parse(first.at) + windowMs), paused: null };
        const probing = { probed_at: at, until: new Date(now.getTime() + PROBE_MS).toISOString() };
        if (paused) await tx.updateTable('pause').set(probing).where('api_key', 'in', scopes).execute();
        const { id } = await tx.insertInto('request').values({ api_key: key, at }).returning('id').executeTakeFirstOrThrow();
        return { taken: true, id };
      }),

    async noteSent(slot, now) {
      await db.updateTable('request').set({ at: now.toISOString() }).where('id', '=', slot).execute();
    },

    async pause(key, until, why) {
      const change = { until: until.toISOString(), why, probed_at: null };
      await db
        .insertInto('pause')
        .values({ api_key: key, ...change })
        .onConflict((conflict) =>
          conflict
            .column('api_key')
            .doUpdateSet(change)
            .where((eb) => eb.or([eb('pause.until', '<', change.until), eb('pause.probed_at', 'is not', null)])),
        )
        .execute();
    },

    async forgetPauses(keys, takenAt) {
      await db.deleteFrom('pause').where('api_key', 'in', keys).where('probed_at', '<=', takenAt.toISOString()).execute();
    },

    async endPauses(whys) {
      await db.deleteFrom('pause').where('why', 'in', whys).execute();
    },

    retry: (reference, now) =>
      db.transaction().execute(async (tx) => {
        const known = tx.selectFrom('report').selectAll().where('reference', '=', reference);
        const row = await (isPostgres(tx) ? known.forUpdate() : known).executeTakeFirst();
        if (row === undefined || row.stage === 'confirmed') return null;
        const from = row.held_from ?? row.stage;
        const stage = from === 'asking' ? 'read' : from;
        const change = { stage, held_from: null, due_at: now.toISOString(), tries: 0, failure_code: null, failure_detail: null };
        await tx.updateTable('report').set(change).where('reference', '=', reference).execute();
        await moveMails(tx, reference, null);
        await announce(tx, 'due');
        return reportOf({ ...row, ...change });
      }),
  };
}

function columnsOfProgress(progress: Progress) {
  return {
    ...(progress.stage && { stage: progress.stage }),
    ...(progress.heldFrom !== undefined && { held_from: progress.heldFrom }),
    ...(progress.dueAt !== undefined && { due_at: textOfTime(progress.dueAt) }),
    ...(progress.reading !== undefined && { reading: JSON.stringify(progress.reading) }),
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
