/** What the ledger promises on either engine. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { Priority } from '../../../src/domain/job.ts';
import type { Report, ReportDocument } from '../../../src/domain/report.ts';
import type { Claim, Ledger, NewMessage, Settlement } from '../../../src/pipeline/ports.ts';

const NOON = Date.parse('2026-03-03T12:00:00Z');
const at = (seconds: number) => new Date(NOON + seconds * 1_000);

export function mailNamed(identity: string, uid: number): NewMessage {
  return { identity, uid, rawKey: `${identity}.eml`, bytes: 100, tooLarge: false, receivedAt: at(0) };
}

function reportNamed(reference: string, changes: Partial<Report> = {}): Report {
  return {
    reference,
    mailbox: 'repairs',
    stage: 'read',
    heldFrom: null,
    dueAt: at(0),
    priority: 'Medium',
    reading: { template: 'general@1', values: {}, attachments: [], missing: [] },
    openedBy: `mail of ${reference}`,
    createdAt: at(0),
    tries: 0,
    failure: null,
    replyTo: { address: 'sam@mail.example', name: 'Sam' },
    ...changes,
  };
}

function settlementOf(identity: string, changes: Partial<Settlement> = {}): Settlement {
  return {
    identity,
    outcome: 'opens',
    reason: '',
    why: '',
    subject: 'No hot water',
    reference: null,
    folder: null,
    marks: [],
    ...changes,
  };
}

/** Stores a mail and opens a report with it. */
export async function openedReport(
  ledger: Ledger,
  reference: string,
  changes: Partial<Report>,
  uid: number,
  documents: ReportDocument[] = [],
): Promise<void> {
  const identity = `mail of ${reference}`;
  await ledger.store('repairs', 'INBOX', '7', [mailNamed(identity, uid)], at(0));
  const open = reportNamed(reference, changes);
  await ledger.settle(settlementOf(identity, { reference, marks: [`id:${reference}`] }), { open, documents });
}

/** An engine's store: the same one each time it is opened, empty after `clear`. */
export type LedgerStore = { open(use?: 'work' | 'look'): Promise<Ledger>; clear(): Promise<void> };

/** Declares the tests of one engine. */
export function describeLedger(engine: string, makeStore: () => Promise<LedgerStore>): void {
  describe(engine, () => {
    let place: LedgerStore;
    let ledger: Ledger;
    beforeEach(async () => {
      place = await makeStore();
      ledger = await place.open();
    });
    afterEach(async () => {
      await ledger.close();
      await place.clear();
    });

    async function reopen(): Promise<void> {
      await ledger.close();
      ledger = await place.open();
    }

    const report = reportNamed;
    const settlement = settlementOf;
    const opened = (reference: string, changes: Partial<Report> = {}, uid = 1, documents: ReportDocument[] = []) =>
      openedReport(ledger, reference, changes, uid, documents);
    const store = (identity: string, uid = 1, mailbox = 'repairs', uidValidity = '7') =>
      ledger.store(mailbox, 'INBOX', uidValidity, [mailNamed(identity, uid)], at(0));

    async function claimed(seconds: number, leaseMs = 300_000): Promise<Claim> {
      const claim = await ledger.claimDue(at(seconds), leaseMs);
      if (claim === null) throw new Error('nothing is due');
      return claim;
    }

    describe('mails', () => {
      test('are taken in the order in which they were stored, each until it is settled', async () => {
        await store('a', 5);
        await store('b', 2);
        expect(await ledger.takeMessage()).toMatchObject({ identity: 'a', tries: 1, outcome: null });
        expect(await ledger.takeMessage()).toMatchObject({ identity: 'a', tries: 2 });
        await ledger.settle(settlement('a', { outcome: 'set-aside', reason: 'spam', why: 'list of words', folder: 'ignored' }), {});
        expect(await ledger.takeMessage()).toMatchObject({ identity: 'b', tries: 1 });
        expect(await ledger.message('a')).toMatchObject({
          outcome: 'set-aside',
          reason: 'spam',
          why: 'list of words',
          subject: 'No hot water',
        });
      });

      test('that are put back have lost no try', async () => {
        await store('a');
        for (let n = 0; n < 5; n += 1) {
          expect(await ledger.takeMessage()).toMatchObject({ tries: 1 });
          await ledger.putBack('a');
        }
      });

      test('that come again, at another place or in another mailbox, are known and filed as duplicates', async () => {
        expect(await store('a', 1)).toEqual({ added: 1, known: 0 });
        expect(await store('a', 2)).toEqual({ added: 0, known: 1 });
        expect(await store('a', 1, 'other')).toEqual({ added: 0, known: 1 });
        expect(await store('a', 1)).toEqual({ added: 0, known: 1 });
        expect(await ledger.unfiled('repairs', 10)).toMatchObject([{ uid: 2, filed: 'duplicate' }]);
        await ledger.settle(settlement('a', { outcome: 'held', folder: 'held' }), {});
        expect((await ledger.unfiled('repairs', 10)).map(({ uid, filed }) => [uid, filed])).toEqual([
          [1, 'held'],
          [2, 'duplicate'],
        ]);
        expect(await ledger.unfiled('other', 10)).toMatchObject([{ uid: 1, filed: 'duplicate' }]);
      });

      test('have their place remembered, and the cursor only where UIDVALIDITY is the same', async () => {
        expect(await ledger.cursor('repairs', 'INBOX', '7')).toBeNull();
        await store('a', 9);
        await ledger.advanceCursor('repairs', 'INBOX', '7', 9);
        expect(await ledger.cursor('repairs', 'INBOX', '7')).toBe(9);
        expect(await ledger.knownUids('repairs', 'INBOX', '7')).toEqual(new Set([9]));
        expect(await ledger.cursor('repairs', 'Other', '7')).toBeNull();
        expect(await ledger.cursor('repairs', 'INBOX', '8')).toBeNull();
        expect(await ledger.knownUids('repairs', 'INBOX', '7')).toEqual(new Set());
      });

      test('that are found again after UIDVALIDITY changed are no duplicates of themselves', async () => {
        await store('a', 9);
        await ledger.settle(settlement('a', { outcome: 'held', folder: 'held' }), {});
        await ledger.cursor('repairs', 'INBOX', '8');
        expect(await ledger.unfiled('repairs', 10)).toEqual([]);
        await store('a', 1, 'repairs', '8');
        expect(await ledger.unfiled('repairs', 10)).toMatchObject([{ uidValidity: '8', uid: 1, filed: 'held' }]);
      });

      test('may have UIDs and a UIDVALIDITY of 32 bits', async () => {
        await store('a', 4_294_967_295, 'repairs', '4294967295');
        expect(await ledger.knownUids('repairs', 'INBOX', '4294967295')).toEqual(new Set([4_294_967_295]));
      });

      test('are filed once, and again from their new place when they belong elsewhere', async () => {
        await store('a', 3);
        await ledger.settle(settlement('a', { outcome: 'held', folder: 'asked' }), {});
        const [placement] = await ledger.unfiled('repairs', 10);
        if (!placement) throw new Error('nothing to file');
        await ledger.recordFiled([{ placement, filed: 'asked', to: { folder: 'Asked', uidValidity: '2', uid: 40 } }]);
        expect(await ledger.unfiled('repairs', 10)).toEqual([]);
        await ledger.settle(settlement('a', { outcome: 'held', folder: 'job' }), {});
        expect(await ledger.unfiled('repairs', 10)).toMatchObject([{ folder: 'Asked', uidValidity: '2', uid: 40, filed: 'job' }]);
      });

      test('that are waited for again while they are being filed are not forgotten', async () => {
        await store('a', 3);
        await ledger.settle(settlement('a', { outcome: 'held', folder: 'asked' }), {});
        const [placement] = await ledger.unfiled('repairs', 10);
        if (!placement) throw new Error('nothing to file');
        await ledger.settle(settlement('a', { outcome: 'held', folder: 'job' }), {});
        await ledger.recordFiled([{ placement, filed: 'asked', to: { folder: 'Asked', uidValidity: '2', uid: 40 } }]);
        expect(await ledger.unfiled('repairs', 10)).toMatchObject([{ folder: 'Asked', uid: 40, filed: 'job' }]);
      });

      test('that lie where they belong again are not moved', async () => {
        await store('a', 3);
        for (const folder of ['held', null, 'held'] as const) {
          await ledger.settle(settlement('a', { outcome: 'held', folder }), {});
          const waiting = await ledger.unfiled('repairs', 10);
          await ledger.recordFiled(waiting.map((placement) => ({ placement, filed: placement.filed, to: null })));
        }
        await ledger.settle(settlement('a', { outcome: 'held', folder: 'held' }), {});
        expect(await ledger.unfiled('repairs', 10)).toEqual([]);
      });

      test('are all there after the process died', async () => {
        await store('a');
        await opened('REF000001');
        await reopen();
        expect(await ledger.takeMessage()).toMatchObject({ identity: 'a' });
        expect(await ledger.report('REF000001')).toEqual(report('REF000001'));
        expect(await ledger.counts()).toEqual({ messages: { opens: 1 }, stages: { read: 1 }, unsettled: 1 });
      });
    });

    describe('reports', () => {
      test('are written together with what was decided on their mail, or not at all', async () => {
        await opened('REF000001');
        await store('b', 2);
        await expect(ledger.settle(settlement('b', { reference: 'REF000001' }), { open: report('REF000001') })).rejects.toBeInstanceOf(
          Failure,
        );
        expect(await ledger.message('b')).toMatchObject({ outcome: null, reference: null });
      });

      test('are found by their marks, with the newest first', async () => {
        await opened('REF000001', { createdAt: at(0) }, 1);
        await opened('REF000002', { createdAt: at(1) }, 2);
        await ledger.addMarks('REF000002', ['id:reply', 'id:reply']);
        await ledger.addMarks('REF000001', ['id:reply']);
        expect(await ledger.findByMarks(['id:reply', 'id:REF000001'])).toEqual([
          expect.objectContaining({ reference: 'REF000002', stage: 'read', matched: ['id:reply'] }),
          expect.objectContaining({ reference: 'REF000001', stage: 'read', matched: expect.arrayContaining(['id:reply', 'id:REF000001']) }),
        ]);
        expect(await ledger.findByMarks(['id:reply'], { stages: ['asking'] })).toEqual([]);
        expect(await ledger.findByMarks(['id:unknown'])).toEqual([]);
        expect(await ledger.findByMarks([])).toEqual([]);
      });

      test('know whose their reference is', async () => {
        await opened('REF000001');
        expect(await ledger.referenceTaken('REF000001', 'mail of REF000001')).toBe(false);
        expect(await ledger.referenceTaken('REF000001', 'another')).toBe(true);
        expect(await ledger.referenceTaken('REF000009', 'another')).toBe(false);
      });

      test('keep their documents in order, over a second mail too', async () => {
        const document = (identity: string, part: string): ReportDocument => ({
          reference: 'REF000001',
          identity,
          part,
          name: `${part}.jpg`,
          mimeType: 'image/jpeg',
          bytes: 10,
          sha256: part,
          key: part,
          url: null,
          expiresAt: null,
          refused: null,
          published: null,
          removedAt: null,
        });
        const first = 'mail of REF000001';
        await opened('REF000001', {}, 1, [document(first, '1'), document(first, '0')]);
        await store('answer', 2);
        await ledger.settle(settlement('answer', { outcome: 'adds', reason: 'answer', reference: 'REF000001' }), {
          update: report('REF000001'),
          documents: [document('answer', '0')],
        });
        await ledger.saveDocument({ ...document(first, '0'), url: 'https://files.example/0', expiresAt: at(60) });
        expect(
          (await ledger.documents('REF000001')).map(({ identity, part, url, expiresAt }) => ({ identity, part, url, expiresAt })),
        ).toEqual([
          { identity: first, part: '1', url: null, expiresAt: null },
          { identity: first, part: '0', url: 'https://files.example/0', expiresAt: at(60) },
          { identity: 'answer', part: '0', url: null, expiresAt: null },
        ]);
      });

      test('that are answered become due with the fuller reading, and their mails wait for the new outcome', async () => {
        await opened('REF000001', { stage: 'asking', dueAt: null });
        await store('answer', 2);
        const fuller = { template: 'general@1', values: {}, attachments: ['0'], missing: [] };
        await ledger.settle(settlement('answer', { outcome: 'adds', reason: 'answer', reference: 'REF000001' }), {
          update: report('REF000001', { reading: fuller, dueAt: at(5) }),
        });
        expect(await ledger.report('REF000001')).toMatchObject({ stage: 'read', dueAt: at(5), reading: fuller });
        const claim = await claimed(5);
        const attempt = await ledger.beginAttempt(claim, 'confirm', at(5));
        await ledger.endAttempt(claim, attempt, 'ok', '', { stage: 'confirmed', dueAt: null, folder: 'job' }, at(6));
        expect((await ledger.unfiled('repairs', 10)).map(({ uid, filed }) => [uid, filed])).toEqual([
          [1, 'job'],
          [2, 'job'],
        ]);
      });

      test('that a worker holds are lost to it when an answer comes', async () => {
        await opened('REF000001');
        const claim = await claimed(0);
        const attempt = await ledger.beginAttempt(claim, 'ask', at(0));
        await store('answer', 2);
        await ledger.settle(settlement('answer', { outcome: 'adds', reason: 'answer', reference: 'REF000001' }), {
          update: report('REF000001'),
        });
        await expect(ledger.endAttempt(claim, attempt, 'ok', '', { stage: 'asking', dueAt: null }, at(1))).rejects.toMatchObject({
          code: 'lease-lost',
        });
        expect(await ledger.report('REF000001')).toMatchObject({ stage: 'read', dueAt: at(0) });
      });

      test('that are retried go back to where they were held, due at once', async () => {
        await opened('REF000001', {
          stage: 'held',
          heldFrom: 'published',
          dueAt: null,
          tries: 4,
          failure: { code: 'v3-invalid', detail: 'no' },
        });
        expect(await ledger.retry('REF000001', at(9))).toMatchObject({
          stage: 'published',
          heldFrom: null,
          dueAt: at(9),
          tries: 0,
          failure: null,
        });
        expect(await ledger.report('REF000001')).toMatchObject({
          stage: 'published',
          heldFrom: null,
          dueAt: at(9),
          tries: 0,
          failure: null,
        });
      });

      test('whose question is out are asked again by a retry', async () => {
        await opened('REF000001', { stage: 'asking', dueAt: null });
        expect(await ledger.retry('REF000001', at(9))).toMatchObject({ stage: 'read', dueAt: at(9) });
      });

      test('that are done or unknown cannot be retried', async () => {
        await opened('REF000001', { stage: 'confirmed', dueAt: null });
        expect(await ledger.retry('REF000001', at(9))).toBeNull();
        expect(await ledger.retry('REF000009', at(9))).toBeNull();
      });

      test('are shown by stage, mailbox and reference, newest first', async () => {
        await opened('REF000001', { createdAt: at(0) }, 1);
        await opened('REF000002', { createdAt: at(1), stage: 'held', mailbox: 'other' }, 2);
        const shown = async (filter: Parameters<Ledger['reports']>[0]) => (await ledger.reports(filter)).map(({ reference }) => reference);
        expect(await shown({})).toEqual(['REF000002', 'REF000001']);
        expect(await shown({ stage: 'held' })).toEqual(['REF000002']);
        expect(await shown({ mailbox: 'repairs' })).toEqual(['REF000001']);
        expect(await shown({ reference: 'REF000001' })).toEqual(['REF000001']);
        expect(await shown({ limit: 1 })).toEqual(['REF000002']);
        expect((await ledger.reports({ limit: 1 }))[0]).toMatchObject({
          subject: 'No hot water',
          jobJson: null,
          response: null,
          submittedAt: null,
        });
      });
    });

    describe('work', () => {
      test('is claimed by urgency, then by age, and by one worker at a time', async () => {
        const priorities: Priority[] = ['Low', 'Emergency', 'High', 'Medium', 'Emergency'];
        for (const [n, priority] of priorities.entries())
          await opened(`REF00000${n}`, { priority, createdAt: at(n), dueAt: at(9 - n) }, n + 1);
        const order: string[] = [];
        for (let claim = await ledger.claimDue(at(10), 300_000); claim; claim = await ledger.claimDue(at(10), 300_000))
          order.push(claim.report.reference);
        expect(order).toEqual(['REF000001', 'REF000004', 'REF000002', 'REF000003', 'REF000000']);
      });

      test('goes round the mailboxes where urgency is the same, so that none starves', async () => {
        for (let n = 0; n < 4; n += 1) await opened(`REF00000${n}`, { createdAt: at(n), dueAt: at(n) }, n + 1);
        await opened('REF000008', { mailbox: 'office', createdAt: at(8), dueAt: at(8) }, 8);
        await opened('REF000009', { mailbox: 'office', createdAt: at(9), dueAt: at(9), priority: 'Emergency' }, 9);
        const order: string[] = [];
        for (let seconds = 10; seconds < 16; seconds += 1) order.push((await claimed(seconds)).report.reference);
        expect(order).toEqual(['REF000009', 'REF000000', 'REF000008', 'REF000001', 'REF000002', 'REF000003']);
      });

      test('that is not due yet is not claimed, and says when it will be', async () => {
        await opened('REF000001', { dueAt: at(60) }, 1);
        await opened('REF000002', { dueAt: null, stage: 'asking' }, 2);
        expect(await ledger.claimDue(at(59), 300_000)).toBeNull();
        expect(await ledger.nextDue(at(59))).toEqual(at(60));
        expect(await ledger.nextDue(at(60))).toBeNull();
        expect((await claimed(60)).report.reference).toBe('REF000001');
      });

      test('of a mailbox whose key has no request left is passed over where it would submit', async () => {
        await opened('REF000001', { stage: 'published', priority: 'Emergency' }, 1);
        await opened('REF000002', { stage: 'read', priority: 'Low' }, 2);
        await opened('REF000003', { stage: 'published', priority: 'Low', mailbox: 'other' }, 3);
        const claims = [
          await ledger.claimDue(at(0), 1_000, ['repairs']),
          await ledger.claimDue(at(0), 1_000, ['repairs']),
          await ledger.claimDue(at(0), 1_000, ['repairs']),
        ];
        expect(claims.map((claim) => claim?.report.reference)).toEqual(['REF000002', 'REF000003', undefined]);
        expect((await claimed(0)).report.reference).toBe('REF000001');
      });

      test('whose lease ended goes to another worker, and the first one can write nothing any more', async () => {
        await opened('REF000001');
        const first = await claimed(0, 1_000);
        const begun = await ledger.beginAttempt(first, 'publish', at(0));
        const second = await claimed(2);
        await expect(ledger.beginAttempt(first, 'publish', at(2))).rejects.toMatchObject({ code: 'lease-lost' });
        await expect(ledger.endAttempt(first, begun, 'ok', '', { stage: 'published' }, at(2))).rejects.toMatchObject({
          code: 'lease-lost',
        });
        await expect(ledger.postpone(first, at(60))).rejects.toMatchObject({ code: 'lease-lost' });
        expect(await ledger.report('REF000001')).toMatchObject({ stage: 'read' });
        const attempt = await ledger.beginAttempt(second, 'publish', at(2));
        await ledger.endAttempt(second, attempt, 'ok', '', { stage: 'published' }, at(3));
        expect(await ledger.report('REF000001')).toMatchObject({ stage: 'published' });
      });

      test('that is postponed is free again, due later, with no try counted', async () => {
        await opened('REF000001', { tries: 2 });
        await ledger.postpone(await claimed(0), at(60));
        expect(await ledger.claimDue(at(59), 1_000)).toBeNull();
        expect((await claimed(60)).report).toMatchObject({ dueAt: at(60), tries: 2, failure: null });
      });

      test('of a dead worker is free once leases are freed', async () => {
        await opened('REF000001');
        await claimed(0);
        expect(await ledger.claimDue(at(1), 1_000)).toBeNull();
        await reopen();
        await ledger.freeLeases();
        expect((await claimed(1)).report.reference).toBe('REF000001');
      });

      test('is recorded attempt by attempt: one that was never ended has no outcome', async () => {
        await opened('REF000001');
        const first = await claimed(0, 1_000);
        await ledger.beginAttempt(first, 'submit', at(0));
        const second = await claimed(2);
        const attempt = await ledger.beginAttempt(second, 'submit', at(2));
        await ledger.endAttempt(
          second,
          attempt,
          'ok',
          'there already',
          { stage: 'submitted', submittedAt: at(3), jobJson: '{}', response: 'yes', dueAt: at(3), tries: 0, failure: null },
          at(3),
        );
        expect(await ledger.attempts('REF000001')).toEqual([
          { reference: 'REF000001', step: 'submit', startedAt: at(0), endedAt: null, outcome: null, detail: '' },
          { reference: 'REF000001', step: 'submit', startedAt: at(2), endedAt: at(3), outcome: 'ok', detail: 'there already' },
        ]);
        expect(await ledger.reports({})).toMatchObject([{ stage: 'submitted', submittedAt: at(3), jobJson: '{}', response: 'yes' }]);
      });
    });

    describe('leases', () => {
      test('that are renewed last on, and the others end', async () => {
        await opened('REF000001', {}, 1);
        await opened('REF000002', {}, 2);
        const [first, second] = [await claimed(0, 10_000), await claimed(0, 10_000)];
        expect(await ledger.renew([first.token, 'a lost one'], at(8), 10_000)).toEqual([first.token]);
        expect((await claimed(12)).report.reference).toBe(second.report.reference);
        expect(await ledger.claimDue(at(12), 10_000)).toBeNull();
        expect((await claimed(19)).report.reference).toBe(first.report.reference);
        expect(await ledger.renew([first.token], at(19), 10_000)).toEqual([]);
      });

      test('of a mailbox are for one watcher at a time, until it ends or gives it up', async () => {
        const token = await ledger.claimMailbox('repairs', at(0), 25_000);
        expect(token).not.toBeNull();
        expect(await ledger.claimMailbox('repairs', at(24), 25_000)).toBeNull();
        expect(await ledger.claimMailbox('office', at(24), 25_000)).not.toBeNull();
        expect(await ledger.renew([String(token)], at(24), 25_000)).toEqual([token]);
        expect(await ledger.claimMailbox('repairs', at(40), 25_000)).toBeNull();
        const next = await ledger.claimMailbox('repairs', at(50), 25_000);
        expect(next).not.toBeNull();
        await ledger.releaseMailbox(String(token));
        expect(await ledger.claimMailbox('repairs', at(51), 25_000)).toBeNull();
        await ledger.releaseMailbox(String(next));
        expect(await ledger.claimMailbox('repairs', at(51), 25_000)).not.toBeNull();
      });

      test('of a message fence off whoever took it before', async () => {
        await store('a');
        const first = await ledger.takeMessage(at(0));
        const second = await ledger.takeMessage(at(1));
        await expect(ledger.settle(settlement('a', { outcome: 'held', folder: 'held' }), {}, first?.token)).rejects.toMatchObject({
          code: 'lease-lost',
        });
        await ledger.putBack('a', first?.token);
        expect(await ledger.message('a')).toMatchObject({ outcome: null, tries: 2 });
        await ledger.settle(settlement('a', { outcome: 'set-aside', reason: 'spam', folder: 'ignored' }), {}, second?.token);
        expect(await ledger.message('a')).toMatchObject({ outcome: 'set-aside', tries: 0 });
      });
    });

    describe('the requests of a key', () => {
      const take = (seconds: number, key = 'key') => ledger.takeSlot(key, 2, 61_000, at(seconds));

      test('come back one by one as the window rolls on', async () => {
        expect(await take(0)).toMatchObject({ taken: true });
        expect(await take(10)).toMatchObject({ taken: true });
        expect(await take(20)).toEqual({ taken: false, scope: 'key', freeAt: at(61), paused: null });
        expect(await take(60.999)).toEqual({ taken: false, scope: 'key', freeAt: at(61), paused: null });
        expect(await take(61)).toMatchObject({ taken: true });
        expect(await take(62)).toEqual({ taken: false, scope: 'key', freeAt: at(71), paused: null });
      });

      test('are never more than the limit in any window, whenever they are asked for', async () => {
        const taken: number[] = [];
        for (let seconds = 0; seconds < 400; seconds += 7) if ((await take(seconds)).taken) taken.push(seconds);
        for (const start of taken) expect(taken.filter((time) => time >= start && time < start + 61).length).toBeLessThanOrEqual(2);
        expect(taken.length).toBeGreaterThan(10);
      });

      test('are counted for each key by itself', async () => {
        await take(0);
        await take(0);
        expect(await take(0, 'another')).toMatchObject({ taken: true });
      });

      test('count from when they went out, where that is noted', async () => {
        const slot = await take(0);
        await take(5);
        if (slot.taken) await ledger.noteSent(slot.id, at(9));
        expect(await take(61)).toEqual({ taken: false, scope: 'key', freeAt: at(66), paused: null });
        expect(await take(66)).toMatchObject({ taken: true });
        expect(await take(67)).toEqual({ taken: false, scope: 'key', freeAt: at(70), paused: null });
      });

      test('survive the process', async () => {
        await take(0);
        await take(0);
        await reopen();
        expect(await take(1)).toMatchObject({ taken: false });
      });

      test('stop while the key is paused, and a shorter pause does not cut a longer one', async () => {
        await ledger.pause('key', at(300), 'v3-blocked');
        await ledger.pause('key', at(61), 'v3-throttled');
        expect(await take(299)).toEqual({ taken: false, scope: 'key', freeAt: at(300), paused: 'v3-blocked' });
        expect(await take(300)).toMatchObject({ taken: true });
        await ledger.pause('key', at(400), 'v3-throttled');
        expect(await take(399)).toEqual({ taken: false, scope: 'key', freeAt: at(400), paused: 'v3-throttled' });
      });

      test('are let through one at a time after a pause, until one is answered', async () => {
        const takeFor = (seconds: number) => ledger.takeSlot('key', 50, 61_000, at(seconds), 'branch leeds');
        await ledger.pause('branch leeds', at(300), 'v3-key');
        expect(await takeFor(300)).toMatchObject({ taken: true });
        expect(await takeFor(300.5)).toEqual({ taken: false, scope: 'branch leeds', freeAt: at(302), paused: null });
        await ledger.pause('branch leeds', at(301), 'v3-key'); // the one that was let through was refused too
        expect(await takeFor(300.9)).toMatchObject({ taken: false, freeAt: at(301), paused: 'v3-key' });
        expect(await takeFor(301)).toMatchObject({ taken: true });
        await ledger.forgetPauses(['key', 'branch leeds'], at(301));
        expect(await takeFor(301.1)).toMatchObject({ taken: true });
        expect(await takeFor(301.1)).toMatchObject({ taken: true });
      });

      test('tell of a pause until it is forgotten, and one that began after the request is not', async () => {
        await ledger.pause('branch leeds', at(300), 'v3-key');
        await ledger.forgetPauses(['key', 'branch leeds'], at(400));
        expect(await ledger.pauses()).toEqual([{ scope: 'branch leeds', until: at(300), why: 'v3-key' }]);
        await ledger.takeSlot('key', 50, 61_000, at(300), 'branch leeds');
        await ledger.forgetPauses(['key', 'branch leeds'], at(299));
        expect((await ledger.pauses()).map(({ scope }) => scope)).toEqual(['branch leeds']);
        await ledger.forgetPauses(['key', 'branch leeds'], at(300));
        expect(await ledger.pauses()).toEqual([]);
      });

      test('stop for one branch that is paused, and go on for the others', async () => {
        await ledger.pause('branch leeds', at(300), 'v3-branch');
        const takeFor = (branch: string, seconds: number) => ledger.takeSlot('key', 2, 61_000, at(seconds), branch);
        expect(await takeFor('branch leeds', 1)).toEqual({ taken: false, scope: 'branch leeds', freeAt: at(300), paused: 'v3-branch' });
        expect(await takeFor('branch york', 1)).toMatchObject({ taken: true });
        expect(await takeFor('branch leeds', 300)).toMatchObject({ taken: true });
      });

      test('come back within one window although the clock was set back', async () => {
        await take(3_600);
        await take(3_600);
        expect(await take(0)).toEqual({ taken: false, scope: 'key', freeAt: at(61), paused: null });
        expect(await take(61)).toMatchObject({ taken: true });
      });

      test('go on when the pauses of a kind are ended', async () => {
        await ledger.pause('key', at(300), 'v3-key');
        await ledger.pause('another', at(300), 'v3-throttled');
        await ledger.endPauses(['v3-key', 'v3-branch']);
        expect(await take(0)).toMatchObject({ taken: true });
        expect(await take(0, 'another')).toMatchObject({ taken: false });
      });
    });

    describe('the ledger', () => {
      test('remembers of each mailbox when it was well last, and what is wrong now', async () => {
        await ledger.markMailbox('repairs', at(0), null);
        await ledger.markMailbox('repairs', at(5), new Failure('imap-login', 'NO wrong password'));
        const wrong = { code: 'imap-login', detail: 'NO wrong password' };
        expect(await ledger.mailboxes()).toEqual([{ name: 'repairs', okAt: at(0), failure: wrong, failingSince: at(5), alarmAt: null }]);
        await ledger.markMailbox('repairs', at(9), null);
        expect(await ledger.mailboxes()).toEqual([{ name: 'repairs', okAt: at(9), failure: null, failingSince: null, alarmAt: null }]);
      });

      test('raises the alarm of a mailbox once, and ends it when the mailbox is well', async () => {
        const failure = new Failure('imap-unreachable', 'ECONNREFUSED');
        expect(await ledger.raiseAlarm('repairs', at(0), at(0))).toBe(false);
        await ledger.markMailbox('repairs', at(5), failure);
        await ledger.markMailbox('repairs', at(12), failure);
        expect(await ledger.raiseAlarm('repairs', at(4), at(14))).toBe(false);
        expect(await ledger.raiseAlarm('repairs', at(5), at(15))).toBe(true);
        expect(await ledger.raiseAlarm('repairs', at(6), at(16))).toBe(false);
        expect(await ledger.mailboxes()).toMatchObject([{ failingSince: at(5), alarmAt: at(15) }]);
        expect(await ledger.markMailbox('repairs', at(17), null)).toEqual({ alarmEnded: true });
        expect(await ledger.markMailbox('repairs', at(18), null)).toEqual({ alarmEnded: false });
        await ledger.markMailbox('repairs', at(19), failure);
        expect(await ledger.mailboxes()).toMatchObject([{ failingSince: at(19), alarmAt: null }]);
      });

      test('throws nothing but failures', async () => {
        await ledger.close();
        await expect(ledger.counts()).rejects.toBeInstanceOf(Failure);
        ledger = await place.open();
      });

      test('counts messages by outcome and reason', async () => {
        await store('a', 1);
        await store('b', 2);
        await store('c', 3);
        await ledger.settle(settlement('a', { outcome: 'set-aside', reason: 'spam', folder: 'ignored' }), {});
        await ledger.settle(settlement('b', { outcome: 'set-aside', reason: 'spam', folder: 'ignored' }), {});
        expect(await ledger.counts()).toEqual({ messages: { 'set-aside: spam': 2 }, stages: {}, unsettled: 1 });
      });
    });
  });
}
