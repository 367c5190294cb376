/** The ledger's record of mails: what was stored, where it lies on the server, and what was decided on it. */
import type { Kysely, Transaction } from 'kysely';
import type { Folder, Report, ReportDocument, Stage } from '../../domain/report.ts';
import type { Ledger, Placement } from '../../pipeline/ports.ts';
import { columnsOf, messageOf, textOfTime } from './rows.ts';
import type { Tables } from './tables.ts';

type MailPart = Pick<
  Ledger,
  | 'cursor'
  | 'knownUids'
  | 'store'
  | 'advanceCursor'
  | 'markMailbox'
  | 'takeMessage'
  | 'putBack'
  | 'message'
  | 'messagesOf'
  | 'findByMarks'
  | 'referenceTaken'
  | 'settle'
  | 'addMarks'
  | 'unfiled'
  | 'recordFiled'
>;

export function mailPart(db: Kysely<Tables>): MailPart {
  return {
    cursor: (mailbox, folder, uidValidity) =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('cursor')
          .selectAll()
          .where('mailbox', '=', mailbox)
          .where('folder', '=', folder)
          .executeTakeFirst();
        if (row?.uid_validity === uidValidity) return Number(row.last_uid);
        // Other UIDVALIDITY: the old UIDs mean nothing any more (RFC 9051 §2.3.1.1). What was not filed yet is found again by its identity.
        await tx
          .deleteFrom('placement')
          .where('mailbox', '=', mailbox)
          .where('folder', '=', folder)
          .where('uid_validity', '!=', uidValidity)
          .execute();
        return null;
      }),

    async knownUids(mailbox, folder, uidValidity) {
      const rows = await db
        .selectFrom('placement')
        .select('uid')
        .where('mailbox', '=', mailbox)
        .where('folder', '=', folder)
        .where('uid_validity', '=', uidValidity)
        .execute();
      return new Set(rows.map((row) => Number(row.uid)));
    },

    store: (mailbox, folder, uidValidity, messages, now) =>
      db.transaction().execute(async (tx) => {
        let added = 0;
        for (const message of messages) {
          const isNew = await tx
            .insertInto('message')
            .values({
              identity: message.identity,
              mailbox,
              raw_key: message.rawKey,
              bytes: message.bytes,
              too_large: message.tooLarge ? 1 : 0,
              received_at: message.receivedAt.toISOString(),
              stored_at: now.toISOString(),
              tries: 0,
              outcome: null,
              reason: '',
              why: '',
              subject: '',
              reference: null,
              folder: null,
            })
            .onConflict((conflict) => conflict.column('identity').doNothing())
            .executeTakeFirst();
          added += Number(isNew.numInsertedOrUpdatedRows ?? 0n);
          const elsewhere = await tx.selectFrom('placement').select('uid').where('identity', '=', message.identity).executeTakeFirst();
          await tx
            .insertInto('placement')
            .values({
              mailbox,
              folder,
              uid_validity: uidValidity,
              uid: message.uid,
              identity: message.identity,
              again: elsewhere === undefined ? 0 : 1,
              filed: null,
            })
            .onConflict((conflict) => conflict.columns(['mailbox', 'folder', 'uid_validity', 'uid']).doNothing())
            .execute();
        }
        return { added, known: messages.length - added };
      }),

    async advanceCursor(mailbox, folder, uidValidity, lastUid) {
      await db
        .insertInto('cursor')
        .values({ mailbox, folder, uid_validity: uidValidity, last_uid: lastUid })
        .onConflict((conflict) => conflict.columns(['mailbox', 'folder']).doUpdateSet({ uid_validity: uidValidity, last_uid: lastUid }))
        .execute();
    },

    async markMailbox(mailbox, now, failure) {
      const change = {
        ...(failure === null && { ok_at: now.toISOString() }),
        failure_code: failure?.code ?? null,
        failure_detail: failure?.detail ?? null,
      };
      await db
        .insertInto('mailbox')
        .values({ name: mailbox, ...change })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
        .execute();
    },

    takeMessage: () =>
      db.transaction().execute(async (tx) => {
        const row = await tx.selectFrom('message').selectAll().where('outcome', 'is', null).orderBy('position').limit(1).executeTakeFirst();
        if (row === undefined) return null;
        await tx
          .updateTable('message')
          .set({ tries: row.tries + 1 })
          .where('identity', '=', row.identity)
          .execute();
        return { ...messageOf(row), tries: row.tries + 1 };
      }),

    async putBack(identity) {
      await db
        .updateTable('message')
        .set((eb) => ({ tries: eb('tries', '-', 1) }))
        .where('identity', '=', identity)
        .where('tries', '>', 0)
        .where('outcome', 'is', null)
        .execute();
    },

    async message(identity) {
      const row = await db.selectFrom('message').selectAll().where('identity', '=', identity).executeTakeFirst();
      return row === undefined ? null : messageOf(row);
    },

    async messagesOf(reference) {
      const rows = await db.selectFrom('message').selectAll().where('reference', '=', reference).orderBy('position').execute();
      return rows.map(messageOf);
    },

    async findByMarks(clues) {
      if (clues.length === 0) return [];
      const matches = await db
        .selectFrom('mark')
        .innerJoin('report', 'report.reference', 'mark.reference')
        .select(['mark.key', 'report.reference', 'report.stage', 'report.created_at'])
        .where('mark.key', 'in', clues)
        .orderBy('report.created_at', 'desc')
        .execute();
      const references = [...new Set(matches.map((match) => match.reference))];
      if (references.length === 0) return [];
      const marks = await db.selectFrom('mark').selectAll().where('reference', 'in', references).execute();
      return references.map((reference) => ({
        reference,
        stage: matches.find((match) => match.reference === reference)?.stage as Stage,
        marks: marks.filter((mark) => mark.reference === reference).map((mark) => mark.key),
        matched: matches.filter((match) => match.reference === reference).map((match) => match.key),
      }));
    },

    async referenceTaken(reference, identity) {
      const row = await db.selectFrom('report').select('opened_by').where('reference', '=', reference).executeTakeFirst();
      return row !== undefined && row.opened_by !== identity;
    },

    settle: (settlement, change) =>
      db.transaction().execute(async (tx) => {
        const { identity, reference, outcome, reason, why, subject, folder } = settlement;
        if (change.open)
          await tx
            .insertInto('report')
            .values({ ...columnsOf(change.open), ...NOT_BEGUN })
            .execute();
        if (change.update) await updateReading(tx, change.update);
        await saveDocuments(tx, change.documents ?? []);
        if (reference !== null) await saveMarks(tx, reference, settlement.marks);
        await tx
          .updateTable('message')
          .set({ outcome, reason, why, subject, reference, folder, tries: 0 })
          .where('identity', '=', identity)
          .execute();
        if (change.update) await moveMails(tx, change.update.reference, null);
      }),

    async addMarks(reference, marks) {
      await saveMarks(db, reference, marks);
    },

    async unfiled(mailbox, limit) {
      const rows = await db
        .selectFrom('placement')
        .innerJoin('message', 'message.identity', 'placement.identity')
        .select((eb) => [
          'placement.mailbox',
          'placement.folder',
          'placement.uid_validity',
          'placement.uid',
          'placement.identity',
          eb.case().when('placement.again', '=', 1).then('duplicate').else(eb.ref('message.folder')).end().as('wanted'),
        ])
        .where('placement.mailbox', '=', mailbox)
        .where('message.folder', 'is not', null)
        .where((eb) =>
          eb.or([
            eb('placement.filed', 'is', null),
            eb.and([eb('placement.again', '=', 0), eb('placement.filed', '!=', eb.ref('message.folder'))]),
          ]),
        )
        .orderBy('placement.folder')
        .orderBy('placement.uid')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...placementOf(row), filed: row.wanted as Folder }));
    },

    recordFiled: (entries) =>
      db.transaction().execute(async (tx) => {
        for (const { placement, filed, to } of entries) {
          const here = { mailbox: placement.mailbox, folder: placement.folder, uid_validity: placement.uidValidity, uid: placement.uid };
          const there = to === null ? {} : { folder: to.folder, uid_validity: to.uidValidity, uid: to.uid };
          await tx
            .updateTable('placement')
            .set({ filed, ...there })
            .where((eb) => eb.and(here))
            .execute();
        }
      }),
  };
}

const NOT_BEGUN = { lease_token: null, lease_until: null, submitted_at: null, job: null, response: null };

function placementOf(row: { mailbox: string; folder: string; uid_validity: string; uid: number; identity: string }): Placement {
  return { mailbox: row.mailbox, folder: row.folder, uidValidity: row.uid_validity, uid: Number(row.uid), identity: row.identity };
}

/** Lays a fuller reading over a waiting report and makes it due; a worker that holds it loses its lease. */
async function updateReading(tx: Transaction<Tables>, report: Report): Promise<void> {
  const { reading, priority, urgency, stage, due_at, tries, held_from } = columnsOf(report);
  await tx
    .updateTable('report')
    .set({
      reading,
      priority,
      urgency,
      stage,
      due_at,
      tries,
      held_from,
      failure_code: null,
      failure_detail: null,
      lease_token: null,
      lease_until: null,
    })
    .where('reference', '=', report.reference)
    .execute();
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
  await tx
    .updateTable('message')
    .set({ folder })
    .where('reference', '=', reference)
    .where((eb) => eb.or([eb('outcome', '=', 'opens'), eb.and([eb('outcome', '=', 'adds'), eb('reason', '=', 'answer')])]))
    .execute();
}
