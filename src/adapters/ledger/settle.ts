/** The ledger's record of decisions: what became of a message, with the report that it opened or changed, and how reports are found again. */
import type { Kysely, Transaction } from 'kysely';
import { Failure } from '../../domain/failure.ts';
import type { Folder, Report, ReportDocument, Stage } from '../../domain/report.ts';
import type { Ledger } from '../../pipeline/ports.ts';
import type { Known } from '../../reading/threads.ts';
import { announce, isPostgres } from './engine.ts';
import { columnsOf, columnsOfPublished, textOfTime } from './rows.ts';
import type { Tables } from './tables.ts';

type SettlePart = Pick<Ledger, 'findByMarks' | 'referenceTaken' | 'settle' | 'addMarks'>;

export function settlePart(db: Kysely<Tables>): SettlePart {
  return {
    async findByMarks(clues, { stages, since } = {}) {
      if (clues.length === 0) return [];
      let query = db
        .selectFrom('mark')
        .innerJoin('report', 'report.reference', 'mark.reference')
        .select(['mark.key', 'report.reference', 'report.stage', 'report.created_at', 'report.reading'])
        .where('mark.key', 'in', clues)
        .orderBy('report.created_at', 'desc')
        .limit(MOST_FOUND);
      if (stages) query = query.where('report.stage', 'in', stages);
      if (since) query = query.where('report.created_at', '>=', since.toISOString());
      const known = new Map<string, Known>();
      for (const { key, reference, stage, created_at, reading } of await query.execute()) {
        const one = known.get(reference);
        if (one) one.matched.push(key);
        else
          known.set(reference, {
            reference,
            stage: stage as Stage,
            createdAt: new Date(created_at),
            reading: JSON.parse(reading),
            matched: [key],
          });
      }
      return [...known.values()];
    },

    async referenceTaken(reference, identity) {
      const row = await db.selectFrom('report').select('opened_by').where('reference', '=', reference).executeTakeFirst();
      return row !== undefined && row.opened_by !== identity;
    },

    settle: (settlement, change, token) =>
      db.transaction().execute(async (tx) => {
        const { identity, reference, outcome, reason, why, subject, folder } = settlement;
        if (token !== undefined) await assertTaken(tx, identity, token);
        if (change.open)
          await tx
            .insertInto('report')
            .values({ ...columnsOf(change.open), ...NOT_BEGUN })
            .execute();
        if (change.update) await updateReading(tx, change.update, change.was);
        await saveDocuments(tx, change.documents ?? []);
        for (const other of change.alike ?? [])
          await tx
            .insertInto('alike')
            .values({ reference: reference ?? '', other, at: change.open?.createdAt.toISOString() ?? '' })
            .onConflict((conflict) => conflict.columns(['reference', 'other']).doNothing())
            .execute();
        if (reference !== null) await saveMarks(tx, reference, settlement.marks);
        await tx
          .updateTable('message')
          .set({ outcome, reason, why, subject, reference, tries: 0, lease_token: null, lease_until: null, worker: null })
          .where('identity', '=', identity)
          .execute();
        await sendMails(tx, [identity], folder);
        if (change.update) await moveMails(tx, change.update.reference, null);
        await announce(tx, 'mail', 'due', 'filing');
      }),

    async addMarks(reference, marks) {
      await saveMarks(db, reference, marks);
    },
  };
}

/** A hostile mail may name many Message-IDs. */
const MOST_FOUND = 300;

const NOT_BEGUN = { lease_token: null, lease_until: null, worker: null, submitted_at: null, job: null, response: null };

/** @throws Failure lease-lost when another worker takes the message now */
async function assertTaken(tx: Transaction<Tables>, identity: string, token: string): Promise<void> {
  const query = tx.selectFrom('message').select('lease_token').where('identity', '=', identity);
  const row = await (isPostgres(tx) ? query.forUpdate() : query).executeTakeFirst();
  if (row?.lease_token !== token) throw new Failure('lease-lost', identity.slice(0, 12));
}

/** Lays a fuller reading over a waiting report and makes it due; a worker that holds it loses its lease. */
async function updateReading(tx: Transaction<Tables>, report: Report, was?: Report): Promise<void> {
  const { reading, priority, urgency, stage, due_at, tries, held_from } = columnsOf(report);
  const before = was && columnsOf(was);
  let change = tx
    .updateTable('report')
    .set({
      reading,
      priority,
      urgency,
      stage,
      due_at,
      tries,
      held_from,
      failure_code: report.failure?.code ?? null,
      failure_detail: report.failure?.detail ?? null,
      lease_token: null,
      lease_until: null,
      worker: null,
    })
    .where('reference', '=', report.reference);
  if (before) change = change.where('stage', '=', before.stage).where('reading', '=', before.reading);
  const { numUpdatedRows } = await change.executeTakeFirst();
  if (numUpdatedRows === 0n) throw new Failure('lease-lost', `${report.reference} changed meanwhile`);
}

async function saveDocuments(tx: Transaction<Tables>, documents: ReportDocument[]): Promise<void> {
  const reference = documents[0]?.reference;
  if (reference === undefined) return;
  const known = await tx.selectFrom('document').select('part').where('reference', '=', reference).execute();
  for (const [index, document] of documents.entries()) {
    await tx
      .insertInto('document')
      .values({
        reference: document.reference,
        identity: document.identity,
        part: document.part,
        position: known.length + index,
        name: document.name,
        mime_type: document.mimeType,
        bytes: document.bytes,
        sha256: document.sha256,
        key: document.key,
        url: document.url,
        expires_at: textOfTime(document.expiresAt),
        refused: document.refused,
        ...columnsOfPublished(document),
      })
      .onConflict((conflict) => conflict.columns(['reference', 'identity', 'part']).doNothing())
      .execute();
  }
}

async function saveMarks(db: Kysely<Tables>, reference: string, marks: string[]): Promise<void> {
  if (marks.length === 0) return;
  await db
    .insertInto('mark')
    .values(marks.map((key) => ({ key, reference })))
    .onConflict((conflict) => conflict.columns(['key', 'reference']).doNothing())
    .execute();
}

/** Says where the mails that opened or answered a report belong; follow-ups and duplicates have folders of their own. */
export async function moveMails(tx: Kysely<Tables>, reference: string, folder: Folder | null): Promise<void> {
  const mails = await tx
    .selectFrom('message')
    .select('identity')
    .where('reference', '=', reference)
    .where((eb) => eb.or([eb('outcome', '=', 'opens'), eb.and([eb('outcome', '=', 'adds'), eb('reason', '=', 'answer')])]))
    .execute();
  await sendMails(
    tx,
    mails.map(({ identity }) => identity),
    folder,
  );
}

/** Where these mails belong now, or null while that is open. Copies that came again stay where duplicates are. */
async function sendMails(tx: Kysely<Tables>, identities: string[], folder: Folder | null): Promise<void> {
  if (identities.length === 0) return;
  await tx.updateTable('message').set({ folder }).where('identity', 'in', identities).execute();
  await tx
    .updateTable('placement')
    .set((eb) => ({ to_file: folder === null ? null : eb.case().when('filed', '=', folder).then(null).else(folder).end() }))
    .where('identity', 'in', identities)
    .where('again', '=', 0)
    .execute();
}
