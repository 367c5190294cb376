/** The ledger's record of mails: what was stored, and where it lies on the server. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Folder } from '../../domain/report.ts';
import type { Ledger, Placement } from '../../pipeline/ports.ts';
import { announce, lockName } from './engine.ts';
import { messageOf } from './rows.ts';
import type { Tables } from './tables.ts';

type MailPart = Pick<
  Ledger,
  | 'cursor'
  | 'knownUids'
  | 'isRestored'
  | 'markRestored'
  | 'store'
  | 'placementsIn'
  | 'forgetPlacements'
  | 'advanceCursor'
  | 'markMailbox'
  | 'raiseAlarm'
  | 'takeMessage'
  | 'putBack'
  | 'message'
  | 'messagesOf'
  | 'settledSince'
  | 'unfiled'
  | 'recordFiled'
>;

/** Twice the longest time that taking a mail may last. */
const TAKING_MS = 60_000;

export function mailPart(db: Kysely<Tables>, worker: number): MailPart {
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
        await lockName(tx, 'store'); // so that positions follow the order of storing, and two batches never wait for each other
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
              lease_token: null,
              lease_until: null,
              worker: null,
              found_in: message.foundIn ?? null,
            })
            .onConflict((conflict) => conflict.column('identity').doNothing())
            .executeTakeFirst();
          added += Number(isNew.numInsertedOrUpdatedRows ?? 0n);
          const known = await tx.selectFrom('message').select('folder').where('identity', '=', message.identity).executeTakeFirst();
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
              filed: message.foundIn ?? null,
              // What an earlier ledger filed stays there.
              to_file: message.foundIn !== undefined ? null : elsewhere === undefined ? (known?.folder ?? null) : 'duplicate',
            })
            .onConflict((conflict) => conflict.columns(['mailbox', 'folder', 'uid_validity', 'uid']).doNothing())
            .execute();
        }
        if (added > 0) await announce(tx, 'mail');
        return { added, known: messages.length - added };
      }),

    async isRestored(mailbox) {
      return (await db.selectFrom('restored').select('at').where('mailbox', '=', mailbox).executeTakeFirst()) !== undefined;
    },

    async markRestored(mailbox, now) {
      await db
        .insertInto('restored')
        .values({ mailbox, at: now.toISOString() })
        .onConflict((conflict) => conflict.column('mailbox').doNothing())
        .execute();
    },

    async placementsIn(mailbox, folder, uidValidity, identities) {
      const rows = await db
        .selectFrom('placement')
        .selectAll()
        .where('mailbox', '=', mailbox)
        .where('folder', '=', folder)
        .where('uid_validity', '=', uidValidity)
        .where('identity', 'in', identities)
        .execute();
      return rows.map(placementOf);
    },

    forgetPlacements: (placements) =>
      db.transaction().execute(async (tx) => {
        for (const { mailbox, folder, uidValidity, uid } of placements) {
          await tx
            .deleteFrom('placement')
            .where((eb) => eb.and({ mailbox, folder, uid_validity: uidValidity, uid }))
            .execute();
        }
      }),

    async advanceCursor(mailbox, folder, uidValidity, lastUid) {
      await db
        .insertInto('cursor')
        .values({ mailbox, folder, uid_validity: uidValidity, last_uid: lastUid })
        .onConflict((conflict) => conflict.columns(['mailbox', 'folder']).doUpdateSet({ uid_validity: uidValidity, last_uid: lastUid }))
        .execute();
    },

    markMailbox: (mailbox, now, failure) =>
      db.transaction().execute(async (tx) => {
        const before = await tx.selectFrom('mailbox').selectAll().where('name', '=', mailbox).executeTakeFirst();
        const change = {
          ...(failure === null && { ok_at: now.toISOString(), alarm_at: null }),
          failure_code: failure?.code ?? null,
          failure_detail: failure?.detail ?? null,
          failing_since: failure === null ? null : (before?.failing_since ?? now.toISOString()),
        };
        await tx
          .insertInto('mailbox')
          .values({ name: mailbox, ...change })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
          .execute();
        return { alarmEnded: failure === null && before?.alarm_at != null };
      }),

    async raiseAlarm(mailbox, since, now) {
      const raised = await db
        .updateTable('mailbox')
        .set({ alarm_at: now.toISOString() })
        .where('name', '=', mailbox)
        .where('alarm_at', 'is', null)
        .where('failing_since', '<=', since.toISOString())
        .executeTakeFirst();
      return raised.numUpdatedRows > 0n;
    },

    takeMessage: (now = new Date(), leaseMs = TAKING_MS) =>
      db.transaction().execute(async (tx) => {
        await lockName(tx, 'take');
        const row = await tx.selectFrom('message').selectAll().where('outcome', 'is', null).orderBy('position').limit(1).executeTakeFirst();
        if (row === undefined) return null;
        // Each is settled before the next one is taken, whoever takes it: an answer depends on what came before it.
        if (row.worker !== null && row.worker !== worker && row.lease_until !== null && row.lease_until >= now.toISOString()) return null;
        const token = randomUUID();
        await tx
          .updateTable('message')
          .set({ tries: row.tries + 1, worker, lease_token: token, lease_until: new Date(now.getTime() + leaseMs).toISOString() })
          .where('identity', '=', row.identity)
          .execute();
        return { ...messageOf(row), tries: row.tries + 1, token, foundIn: row.found_in as Folder | null };
      }),

    async putBack(identity, token) {
      await db
        .updateTable('message')
        .set((eb) => ({ tries: eb('tries', '-', 1), worker: null, lease_token: null, lease_until: null }))
        .where('identity', '=', identity)
        .where('tries', '>', 0)
        .where('outcome', 'is', null)
        .$if(token !== undefined, (query) => query.where('lease_token', '=', token ?? null))
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

    async settledSince(since, limit, offset) {
      const rows = await db
        .selectFrom('message')
        .selectAll()
        .where('stored_at', '>=', since.toISOString())
        .where('outcome', 'is not', null)
        .orderBy('position')
        .limit(limit)
        .offset(offset)
        .execute();
      return rows.map(messageOf);
    },

    async unfiled(mailbox, limit) {
      const rows = await db
        .selectFrom('placement')
        .selectAll()
        .where('mailbox', '=', mailbox)
        .where('to_file', 'is not', null)
        .orderBy('folder')
        .orderBy('uid')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...placementOf(row), filed: row.to_file as Folder }));
    },

    recordFiled: (entries) =>
      db.transaction().execute(async (tx) => {
        for (const { placement, filed, to } of entries) {
          const here = { mailbox: placement.mailbox, folder: placement.folder, uid_validity: placement.uidValidity, uid: placement.uid };
          const there = to === null ? {} : { folder: to.folder, uid_validity: to.uidValidity, uid: to.uid };
          await tx
            .updateTable('placement')
            .set((eb) => ({ filed, to_file: eb.case().when('to_file', '=', filed).then(null).else(eb.ref('to_file')).end(), ...there }))
            .where((eb) => eb.and(here))
            .execute();
        }
      }),
  };
}

function placementOf(row: { mailbox: string; folder: string; uid_validity: string; uid: number; identity: string }): Placement {
  return { mailbox: row.mailbox, folder: row.folder, uidValidity: row.uid_validity, uid: Number(row.uid), identity: row.identity };
}
