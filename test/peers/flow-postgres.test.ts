/** The tests of the flow once more, with the ledger on PostgreSQL. */
import { afterAll, describe } from 'vitest';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { openPostgres } from '../../src/adapters/ledger/postgres.ts';
import { benchesUse } from '../pipeline/stand-ins.ts';
import { startPostgres } from './servers/postgres.ts';

const server = await startPostgres();
afterAll(() => server.close());

benchesUse(async () => {
  const url = await server.freshSchema();
  return {
    async open() {
      const { db, release, worker, presence } = await openPostgres(url, 'work');
      return openLedger(db, release, { worker, presence });
    },
    clear: async () => undefined,
  };
});

// Each declares its tests when it is loaded, in a block of its own, so that what it does before each test is done before its own only.
for (const name of ['advance', 'drain', 'file', 'pipeline', 'receive', 'take'])
  describe(name, async () => {
    await import(`../pipeline/${name}.test.ts`);
  });
