import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLedger } from '../../../src/adapters/ledger/ledger.ts';
import { openSqlite } from '../../../src/adapters/ledger/sqlite.ts';
import type { Ledger } from '../../../src/pipeline/ports.ts';
import { describeLedger, type LedgerStore, openedReport } from './contract.ts';
import { describeConversation } from './conversation-contract.ts';

async function makeStore(): Promise<LedgerStore> {
  const folder = await mkdtemp(join(tmpdir(), 'faultline-'));
  return {
    async open(use = 'work') {
      const { db, release } = await openSqlite(folder, use);
      return openLedger(db, release);
    },
    clear: () => rm(folder, { recursive: true }),
  };
}

const NOON = new Date('2026-03-03T12:00:00Z');
const at = (seconds: number) => new Date(NOON.getTime() + seconds * 1_000);

describeLedger('SQLite', makeStore);
describeConversation('SQLite', makeStore);

describe('the ledger file', () => {
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

  test('is worked on by one process at a time, and can be looked at beside it', async () => {
    await expect(place.open()).rejects.toMatchObject({ code: 'ledger-in-use' });
    const beside = await place.open('look');
    expect(await beside.counts()).toMatchObject({ unsettled: 0 });
    await ledger.markMailbox('repairs', NOON, null);
    expect(await beside.mailboxes()).toMatchObject([{ name: 'repairs' }]);
    await beside.close();
  });

  test('moves all that is waited for with a clock that was set', async () => {
    await openedReport(ledger, 'REF000001', { dueAt: at(3_600) }, 1);
    await ledger.takeSlot('key', 1, 61_000, at(3_600));
    await ledger.pause('branch', at(3_700), 'v3-branch');
    await ledger.moveTimes(-3_600_000);
    expect((await ledger.report('REF000001'))?.dueAt).toEqual(at(0));
    expect(await ledger.takeSlot('key', 1, 61_000, at(1))).toMatchObject({ taken: false, freeAt: at(61) });
    expect(await ledger.takeSlot('another', 1, 61_000, at(1), 'branch')).toMatchObject({ taken: false, freeAt: at(100) });
    expect(await ledger.takeSlot('key', 1, 61_000, at(61))).toMatchObject({ taken: true });
  });

  test('can be worked on by another process once it is closed', async () => {
    await ledger.close();
    ledger = await place.open();
    expect(await ledger.counts()).toEqual({ messages: {}, stages: {}, unsettled: 0 });
  });
});
