/** The ledger's record of conversations: replies that went out and what bounced. */
import type { Kysely } from 'kysely';
import { type Correspondence, canonical } from '../../pipeline/correspondence.ts';
import type { ReplyKind } from '../../pipeline/ports.ts';
import type { Tables } from './tables.ts';

type ConversationPart = Pick<Correspondence, 'permitReply' | 'countedReply' | 'blockAddress' | 'isBlocked'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A question older than this counts no more as being without answer. */
const OPEN_MS = 30 * DAY_MS;

export function conversationPart(db: Kysely<Tables>): ConversationPart {
  return {
    permitReply: (sending, caps, now) =>
      db.transaction().execute(async (tx) => {
        const address = canonical(sending.address);
        const before = (ms: number) => new Date(now.getTime() - ms).toISOString();
        const blocked = await tx.selectFrom('blocked').select('until').where('address', '=', address).executeTakeFirst();
        if (blocked && blocked.until > now.toISOString()) return 'bounced';
        const known = await tx.selectFrom('reply').select('message_id').where('message_id', '=', sending.messageId).executeTakeFirst();
        if (known) return 'yes';
        const sent = tx.selectFrom('reply').select((eb) => eb.fn.countAll().as('n'));
        const counted = async (query: typeof sent) => Number((await query.executeTakeFirstOrThrow()).n);
        const toAddress = sent.where('address', '=', address);
        if ((await counted(toAddress.where('at', '>', before(HOUR_MS)))) >= caps.perHour) return 'too-many';
        if ((await counted(toAddress.where('at', '>', before(DAY_MS)))) >= caps.perDay) return 'too-many';
        if (sending.reference !== null && (await counted(sent.where('reference', '=', sending.reference))) >= caps.perReport)
          return 'too-many';
        if (sending.kind === 'question' || sending.kind === 'reminder') {
          const open = await tx
            .selectFrom('reply')
            .innerJoin('report', 'report.reference', 'reply.reference')
            .select('reply.reference')
            .distinct()
            .where('reply.address', '=', address)
            .where('reply.kind', 'in', ['question', 'reminder'])
            .where('reply.at', '>', before(OPEN_MS))
            .where('report.stage', 'in', ['asking', 'held'])
            .where('report.reference', '!=', sending.reference ?? '')
            .execute();
          if (open.length >= caps.openQuestions) return 'too-many';
        }
        await tx
          .insertInto('reply')
          .values({
            message_id: sending.messageId,
            address,
            reference: sending.reference,
            kind: sending.kind,
            at: now.toISOString(),
          })
          .onConflict((conflict) => conflict.column('message_id').doNothing())
          .execute();
        return 'yes';
      }),

    async countedReply(messageId) {
      const row = await db.selectFrom('reply').selectAll().where('message_id', '=', messageId).executeTakeFirst();
      return row === undefined ? null : { messageId, address: row.address, reference: row.reference, kind: row.kind as ReplyKind };
    },

    blockAddress: (address, until, messageId, now) =>
      db.transaction().execute(async (tx) => {
        const change = { until: until.toISOString(), message_id: messageId };
        await tx
          .insertInto('blocked')
          .values({ address: canonical(address), ...change })
          .onConflict((conflict) => conflict.column('address').doUpdateSet(change))
          .execute();
        const asked = await tx.selectFrom('reply').select('reference').where('message_id', '=', messageId).executeTakeFirst();
        if (asked?.reference)
          await tx
            .updateTable('report')
            .set({ due_at: now.toISOString() })
            .where('reference', '=', asked.reference)
            .where('stage', '=', 'asking')
            .execute();
      }),

    async isBlocked(address, now) {
      const row = await db.selectFrom('blocked').select('until').where('address', '=', canonical(address)).executeTakeFirst();
      return row !== undefined && row.until > now.toISOString();
    },
  };
}
