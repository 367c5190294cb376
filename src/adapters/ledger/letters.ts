/** The ledger's record of what the agency's people must be told, and were told. What is news follows from the other tables. */
import { createHash, randomUUID } from 'node:crypto';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Correspondence, News, NewsKind } from '../../pipeline/correspondence.ts';
import type { Tables } from './tables.ts';

type LettersPart = Omit<Correspondence, 'permitReply' | 'countedReply' | 'blockAddress' | 'isBlocked'>;

/** So many of each kind are told in one round; the others come in the next. */
const MOST = 200;
/** A report that was tried so often, for more than an hour, will not mend by itself. */
const STUCK_TRIES = 6;
const STUCK_MS = 3_600_000;

type Row = {
  key: string;
  cause: string;
  mailbox: string | null;
  key_id: string | null;
  reference: string | null;
  identity: string | null;
  code: string;
  detail: string;
};

export function lettersPart(db: Kysely<Tables>): LettersPart {
  /** The rows whose key was not told; `from` ends in a WHERE clause. */
  const untold = async (kind: NewsKind, columns: Record<keyof Row, RawBuilder<unknown>>, from: RawBuilder<unknown>): Promise<News[]> => {
    const list = sql.join(Object.entries(columns).map(([name, column]) => sql`${column} as ${sql.ref(name)}`));
    const { rows } = await sql<Row>`select ${list} from ${from}
      and not exists (select 1 from told where told.key = ${columns.key}) limit ${sql.lit(MOST)}`.execute(db);
    return rows.map(({ key_id, ...row }) => ({ ...row, kind, keyId: key_id }));
  };
  const none = sql`cast(null as text)`;
  const empty = sql`''`;

  return {
    async news(since, now) {
      const from = since.toISOString();
      const lastAttempt = sql`coalesce((select max(id) from attempt where attempt.reference = report.reference), 0)`;
      const ofMessage = { mailbox: sql`message.mailbox`, key_id: none, reference: sql`message.reference`, identity: sql`message.identity` };
      const ofReport = { mailbox: sql`report.mailbox`, key_id: none, reference: sql`report.reference`, identity: sql`report.opened_by` };
      const failure = { code: sql`coalesce(report.failure_code, '')`, detail: sql`coalesce(report.failure_detail, '')` };
      return [
        ...(await untold(
          'waiting-emergency',
          { ...ofReport, ...failure, key: sql`'emergency/' || report.reference`, cause: sql`'emergency/' || report.reference` },
          sql`report where report.stage = 'asking' and report.priority = 'Emergency' and report.created_at >= ${from}`,
        )),
        ...(await untold(
          'follow-up',
          {
            ...ofMessage,
            key: sql`'follow-up/' || message.identity`,
            cause: sql`'follow-up/' || message.reference`,
            code: empty,
            detail: sql`message.why`,
          },
          sql`message where message.outcome = 'adds' and message.reason = 'follow-up' and message.stored_at >= ${from}`,
        )),
        ...(await untold(
          'held-mail',
          {
            ...ofMessage,
            key: sql`'mail/' || message.identity`,
            cause: sql`'mail/' || message.reason`,
            code: sql`message.reason`,
            detail: sql`message.why`,
          },
          sql`message where message.outcome = 'held' and message.stored_at >= ${from}`,
        )),
        ...(await untold(
          'held-report',
          {
            ...ofReport,
            ...failure,
            key: sql`'held/' || report.reference || '/' || coalesce(report.failure_code, '') || '/' || ${lastAttempt}`,
            cause: sql`'held/' || coalesce(report.failure_code, '')`,
          },
          sql`report where report.stage = 'held' and report.created_at >= ${from}`,
        )),
        ...(await untold(
          'untold-sender',
          {
            ...ofReport,
            ...failure,
            key: sql`'untold/' || report.reference`,
            cause: sql`'untold/' || report.failure_code`,
          },
          sql`report where report.stage = 'confirmed' and report.failure_code is not null and report.created_at >= ${from}`,
        )),
        ...(await untold(
          'stuck-report',
          {
            ...ofReport,
            ...failure,
            key: sql`'stuck/' || report.reference || '/' || report.failure_code`,
            cause: sql`'stuck/' || report.failure_code`,
          },
          sql`report where report.stage in ('read', 'published', 'submitted') and report.tries >= ${sql.lit(STUCK_TRIES)}
            and report.failure_code is not null and report.created_at >= ${from} and report.created_at < ${new Date(now.getTime() - STUCK_MS).toISOString()}`,
        )),
        ...(await untold(
          'alike',
          {
            ...ofReport,
            key: sql`'alike/' || alike.reference`,
            cause: sql`'alike/' || alike.other`,
            code: sql`alike.other`,
            detail: empty,
          },
          sql`alike join report on report.reference = alike.reference where alike.at >= ${from}`,
        )),
        ...(await untold(
          'stale-mailbox',
          {
            mailbox: sql`mailbox.name`,
            key_id: none,
            reference: none,
            identity: none,
            key: sql`'stale/' || mailbox.name || '/' || mailbox.alarm_at`,
            cause: sql`'stale/' || mailbox.name`,
            code: sql`coalesce(mailbox.failure_code, '')`,
            detail: sql`coalesce(mailbox.failure_detail, '')`,
          },
          sql`mailbox where mailbox.alarm_at is not null`,
        )),
        ...(await untold(
          'paused-key',
          {
            mailbox: none,
            key_id: sql`pause.api_key`,
            reference: none,
            identity: none,
            key: sql`'key/' || pause.api_key || '/' || pause.why || '/' || substr(pause.until, 1, 10)`,
            cause: sql`'key/' || pause.api_key || '/' || pause.why`,
            code: sql`pause.why`,
            detail: empty,
          },
          sql`pause where pause.until > ${now.toISOString()} and pause.why in ('v3-key', 'v3-branch', 'v3-blocked')`,
        )),
      ];
    },

    async passOver(keys) {
      for (const key of keys)
        await db
          .insertInto('told')
          .values({ key, letter: null, news: '' })
          .onConflict((conflict) => conflict.column('key').doNothing())
          .execute();
    },

    async wasTold(key) {
      return (await db.selectFrom('told').select('key').where('key', '=', key).executeTakeFirst()) !== undefined;
    },

    async lastLetter(mailbox, cause) {
      const row = await db
        .selectFrom('letter')
        .select((eb) => eb.fn.max('opened_at').as('at'))
        .where('mailbox', '=', mailbox)
        .where('cause', '=', cause)
        .executeTakeFirst();
      return row?.at ? new Date(row.at) : null;
    },

    openLetter: (mailbox, cause, news, now) =>
      db.transaction().execute(async (tx) => {
        const id = createHash('sha256')
          .update(
            news
              .map(({ key }) => key)
              .toSorted()
              .join('\0'),
          )
          .digest('hex')
          .slice(0, 24);
        let mine = 0;
        for (const one of news) {
          const added = await tx
            .insertInto('told')
            .values({ key: one.key, letter: id, news: JSON.stringify(one) })
            .onConflict((conflict) => conflict.column('key').doNothing())
            .executeTakeFirst();
          mine += Number(added.numInsertedOrUpdatedRows ?? 0n);
        }
        if (mine === 0) return;
        await tx
          .insertInto('letter')
          .values({
            id,
            mailbox,
            cause,
            opened_at: now.toISOString(),
            due_at: now.toISOString(),
            tries: 0,
            lease_token: null,
            lease_until: null,
            outcome: null,
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
      }),

    claimLetter: (now, leaseMs) =>
      db.transaction().execute(async (tx) => {
        const at = now.toISOString();
        const row = await tx
          .selectFrom('letter')
          .selectAll()
          .where('due_at', '<=', at)
          .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', at)]))
          .orderBy('opened_at')
          .limit(1)
          .executeTakeFirst();
        if (row === undefined) return null;
        const token = randomUUID();
        const taken = await tx
          .updateTable('letter')
          .set({ lease_token: token, lease_until: new Date(now.getTime() + leaseMs).toISOString() })
          .where('id', '=', row.id)
          .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', at)]))
          .executeTakeFirst();
        if (taken.numUpdatedRows === 0n) return null;
        const told = await tx.selectFrom('told').select('news').where('letter', '=', row.id).orderBy('key').execute();
        const news = told.map((one) => JSON.parse(one.news) as News);
        return { id: row.id, mailbox: row.mailbox, cause: row.cause, tries: row.tries, token, news };
      }),

    async closeLetter(letter, outcome, again, now) {
      await db
        .updateTable('letter')
        .set({
          outcome: `${outcome} ${now.toISOString()}`,
          due_at: again?.toISOString() ?? null,
          tries: letter.tries + 1,
          lease_token: null,
          lease_until: null,
        })
        .where('id', '=', letter.id)
        .where('lease_token', '=', letter.token)
        .execute();
    },

    async unread(reasons, since) {
      if (reasons.length === 0) return [];
      const { rows } = await sql<{ identity: string }>`select message.identity as identity from message
        where message.outcome = 'held' and message.reason in (${sql.join(reasons)}) and message.stored_at >= ${since.toISOString()}
        and not exists (select 1 from told where told.key = 'unread/' || message.identity) limit ${sql.lit(MOST)}`.execute(db);
      return rows.map(({ identity }) => identity);
    },
  };
}
