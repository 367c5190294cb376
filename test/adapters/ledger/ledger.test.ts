import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLedger } from '../../../src/adapters/ledger/ledger.ts';
import { openSqlite } from '../../../src/adapters/ledger/sqlite.ts';
import type { Ledger } from '../../../src/pipeline/ports.ts';
import { describeLedger, type LedgerStore } from './contract.ts';
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

  test('can be worked on by another process once it is closed', async () => {
    await ledger.close();
    ledger = await place.open();
    expect(await ledger.counts()).toEqual({ messages: {}, stages: {}, unsettled: 0 });
  });
});
