/** What people ask the ledger: reports by stage, mailboxes and counts. */
import type { Kysely } from 'kysely';
import type { FailureCode } from '../../domain/failure.ts';
import type { Ledger } from '../../pipeline/ports.ts';
import { reportOf, reportRowOf, timeOf } from './rows.ts';
import type { Tables } from './tables.ts';

type LookPart = Pick<Ledger, 'report' | 'reports' | 'counts' | 'mailboxes' | 'pauses'>;

export function lookPart(db: Kysely<Tables>): LookPart {
  return {
    async report(reference) {
      const row = await db.selectFrom('report').selectAll().where('reference', '=', reference).executeTakeFirst();
      return row === undefined ? null : reportOf(row);
    },

    async reports(filter) {
      let query = db
        .selectFrom('report')
        .leftJoin('message', 'message.identity', 'report.opened_by')
        .selectAll('report')
        .select('message.subject')
        .orderBy('report.created_at', 'desc')
        .limit(filter.limit ?? 1000)
        .offset(filter.offset ?? 0);
      if (filter.since) query = query.where('report.created_at', '>=', filter.since.toISOString());
      if (filter.stage) query = query.where('report.stage', '=', filter.stage);
      if (filter.mailbox) query = query.where('report.mailbox', '=', filter.mailbox);
      if (filter.reference) query = query.where('report.reference', '=', filter.reference);
      return (await query.execute()).map(reportRowOf);
    },

    async counts() {
      const stages = await db
        .selectFrom('report')
        .select(['stage', (eb) => eb.fn.countAll().as('n')])
        .groupBy('stage')
        .execute();
      const messages = await db
        .selectFrom('message')
        .select(['outcome', 'reason', (eb) => eb.fn.countAll().as('n')])
        .groupBy(['outcome', 'reason'])
        .execute();
      const settled = messages.filter((row) => row.outcome !== null);
      const named = settled.map((row): [string, number] => [
        row.reason === '' ? String(row.outcome) : `${row.outcome}: ${row.reason}`,
        Number(row.n),
      ]);
      const unsettled = messages.filter((row) => row.outcome === null).reduce((sum, row) => sum + Number(row.n), 0);
      return {
        messages: Object.fromEntries(named),
        stages: Object.fromEntries(stages.map((row) => [row.stage, Number(row.n)])),
        unsettled,
      };
    },

    async pauses() {
      const rows = await db.selectFrom('pause').selectAll().orderBy('api_key').execute();
      return rows.map(({ api_key, until, why }) => ({ scope: api_key, until: new Date(until), why: why as FailureCode }));
    },

    async mailboxes() {
      const rows = await db.selectFrom('mailbox').selectAll().orderBy('name').execute();
      return rows.map((row) => ({
        name: row.name,
        okAt: timeOf(row.ok_at),
        failure: row.failure_code === null ? null : { code: row.failure_code, detail: row.failure_detail ?? '' },
        failingSince: timeOf(row.failing_since),
        alarmAt: timeOf(row.alarm_at),
      }));
    },
  };
}
