/** What the ledger promises of conversations on either engine. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { News, ReplyCaps } from '../../../src/pipeline/correspondence.ts';
import type { Ledger } from '../../../src/pipeline/ports.ts';
import { type LedgerStore, mailNamed, openedReport } from './contract.ts';

const NOON = Date.parse('2026-03-03T12:00:00Z');
const at = (seconds: number) => new Date(NOON + seconds * 1_000);
const CAPS: ReplyCaps = { perHour: 2, perDay: 3, perReport: 2, openQuestions: 1 };

/** Declares the tests of one engine. */
export function describeConversation(engine: string, makeStore: () => Promise<LedgerStore>): void {
  describe(`conversations on ${engine}`, () => {
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
    const permit = (messageId: string, seconds: number, changes: { address?: string; reference?: string; kind?: 'question' } = {}) =>
      ledger.permitReply(
        {
          messageId,
          address: changes.address ?? 'sam@mail.example',
          reference: changes.reference ?? null,
          kind: changes.kind ?? 'confirmation',
        },
        CAPS,
        at(seconds),
      );

    test('count a reply once, by the hour, by the day and by the report, over restarts', async () => {
      expect(await permit('1', 0)).toBe('yes');
      expect(await permit('1', 1)).toBe('yes');
      expect(await permit('2', 2, { address: 'SAM+x@Mail.example' })).toBe('yes');
      await ledger.close();
      ledger = await place.open();
      expect(await permit('3', 3)).toBe('too-many');
      expect(await permit('3', 3_601)).toBe('yes');
      expect(await permit('4', 7_300)).toBe('too-many');
      expect(await permit('5', 0, { address: 'a@mail.example', reference: 'REF000001' })).toBe('yes');
      expect(await permit('6', 0, { address: 'b@mail.example', reference: 'REF000001' })).toBe('yes');
      expect(await permit('7', 0, { address: 'c@mail.example', reference: 'REF000001' })).toBe('too-many');
    });

    test('count questions that are without answer', async () => {
      await openedReport(ledger, 'REF000001', { stage: 'asking' }, 1);
      await openedReport(ledger, 'REF000002', { stage: 'read' }, 2);
      expect(await permit('1', 0, { reference: 'REF000001', kind: 'question' })).toBe('yes');
      expect(await permit('2', 1, { reference: 'REF000002', kind: 'question' })).toBe('too-many');
      expect(await permit('3', 2, { reference: 'REF000002' })).toBe('yes');
    });

    test('send nothing to an address that bounced, and wake the report that waits for it', async () => {
      await openedReport(ledger, 'REF000001', { stage: 'asking', dueAt: at(90_000) }, 1);
      await permit('1', 0, { reference: 'REF000001', kind: 'question' });
      expect(await ledger.countedReply('1')).toMatchObject({ address: 'sam@mail.example', reference: 'REF000001' });
      await ledger.blockAddress('Sam@mail.example', at(1_000), '1', at(10));
      expect(await permit('1', 11)).toBe('bounced');
      expect(await ledger.isBlocked('sam@mail.example', at(999))).toBe(true);
      expect(await ledger.isBlocked('sam@mail.example', at(1_001))).toBe(false);
      expect(await ledger.report('REF000001')).toMatchObject({ dueAt: at(10) });
    });

    test('know each kind of news until it is told, and nothing old', async () => {
      const failure = { code: 'v3-invalid' as const, detail: 'why' };
      await openedReport(ledger, 'REF000001', { stage: 'held', failure }, 1);
      await openedReport(ledger, 'REF000002', { stage: 'confirmed', failure: { code: 'smtp-refused', detail: '550' } }, 2);
      await openedReport(ledger, 'REF000003', { stage: 'asking', priority: 'Emergency' }, 3);
      await openedReport(ledger, 'REF000004', { stage: 'read', tries: 9, failure: { code: 'store-refused', detail: '403' } }, 4);
      await ledger.store('repairs', 'INBOX', '7', [mailNamed('followed', 5), mailNamed('empty', 6), mailNamed('like', 7)], at(0));
      const settled = { why: '', subject: 'x', folder: null, marks: [] };
      await ledger.settle({ ...settled, identity: 'followed', outcome: 'adds', reason: 'follow-up', reference: 'REF000001' }, {});
      await ledger.settle({ ...settled, identity: 'empty', outcome: 'held', reason: 'mail-empty', reference: null }, {});
      const open = await ledger.report('REF000001');
      if (open === null) throw new Error('no report');
      await ledger.settle(
        { ...settled, identity: 'like', outcome: 'opens', reason: '', reference: 'REF000005' },
        { open: { ...open, reference: 'REF000005', stage: 'read', failure: null, openedBy: 'like' }, alike: ['REF000001'] },
      );
      await ledger.markMailbox('repairs', at(0), new Failure('imap-login', 'no'));
      await ledger.raiseAlarm('repairs', at(1), at(2));
      await ledger.pause('key', at(90_000), 'v3-key');

      const now = at(4_000);
      const news = await ledger.news(at(-10), now);
      expect(news.map(({ kind }) => kind).toSorted()).toEqual([
        'alike',
        'follow-up',
        'held-mail',
        'held-report',
        'paused-key',
        'stale-mailbox',
        'stuck-report',
        'untold-sender',
        'waiting-emergency',
      ]);
      expect(await ledger.unread(['mail-empty'], at(-10))).toEqual(['empty']);
      await ledger.passOver(['unread/empty', ...news.slice(1).map(({ key }) => key)]);
      expect(await ledger.news(at(-10), now)).toEqual(news.slice(0, 1));
      expect(await ledger.unread(['mail-empty'], at(-10))).toEqual([]);
      expect((await ledger.news(at(3_000), now)).filter(({ mailbox, kind }) => mailbox && kind !== 'stale-mailbox')).toEqual([]);
    });

    test('tell news by one letter, which one worker sends at a time, and again when it failed', async () => {
      const news: News = {
        key: 'held/REF000001',
        cause: 'held/x',
        kind: 'held-report',
        mailbox: 'repairs',
        keyId: null,
        reference: 'REF000001',
        identity: null,
        code: 'x',
        detail: '',
      };
      await ledger.openLetter('repairs', 'held/x', [news], at(0));
      await ledger.openLetter('repairs', 'held/x', [news], at(0));
      expect(await ledger.lastLetter('repairs', 'held/x')).toEqual(at(0));
      expect(await ledger.lastLetter('repairs', 'held/y')).toBeNull();
      const letter = await ledger.claimLetter(at(1), 1_000);
      expect(letter).toMatchObject({ mailbox: 'repairs', news: [news], tries: 0 });
      expect(await ledger.claimLetter(at(1), 1_000)).toBeNull();
      if (letter === null) throw new Error('no letter');
      await ledger.closeLetter(letter, 'smtp-later', at(60), at(1));
      expect(await ledger.claimLetter(at(59), 1_000)).toBeNull();
      const again = await ledger.claimLetter(at(60), 1_000);
      expect(again).toMatchObject({ id: letter.id, tries: 1 });
      expect(await ledger.claimLetter(at(62), 1_000)).toMatchObject({ id: letter.id });
      if (again) await ledger.closeLetter(again, 'sent', null, at(63));
      const last = await ledger.claimLetter(at(70), 1_000);
      if (last) await ledger.closeLetter(last, 'sent', null, at(70));
      expect(await ledger.claimLetter(at(90_000), 1_000)).toBeNull();
    });

    test('refuse an answer to a report that changed meanwhile', async () => {
      await openedReport(ledger, 'REF000001', { stage: 'asking' }, 1);
      await ledger.store('repairs', 'INBOX', '7', [mailNamed('answer', 2)], at(0));
      const was = await ledger.report('REF000001');
      if (was === null) throw new Error('no report');
      const settlement = {
        identity: 'answer',
        outcome: 'adds' as const,
        reason: 'answer',
        why: '',
        subject: '',
        reference: 'REF000001',
        folder: null,
        marks: [],
      };
      await expect(ledger.settle(settlement, { update: { ...was, stage: 'read' }, was: { ...was, stage: 'read' } })).rejects.toMatchObject({
        code: 'lease-lost',
      });
      expect(await ledger.message('answer')).toMatchObject({ outcome: null });
      await ledger.settle(settlement, { update: { ...was, stage: 'read' }, was });
      expect(await ledger.report('REF000001')).toMatchObject({ stage: 'read' });
    });
  });
}
