/** The ledger on PostgreSQL: what it promises on either engine, and what several workers need. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { openPostgres } from '../../src/adapters/ledger/postgres.ts';
import type { Claim, Ledger } from '../../src/pipeline/ports.ts';
import { describeLedger, mailNamed, openedReport } from '../adapters/ledger/contract.ts';
import { describeConversation } from '../adapters/ledger/conversation-contract.ts';
import { until } from './servers/daemon.ts';
import { type PostgresServer, startPostgres } from './servers/postgres.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.close());

async function openAt(url: string, use: 'work' | 'look' = 'work'): Promise<Ledger> {
  const { db, release, worker, presence } = await openPostgres(url, use);
  return openLedger(db, release, { worker, presence });
}

describeLedger('PostgreSQL', async () => {
  const url = await server.freshSchema();
  return { open: (use) => openAt(url, use), clear: async () => undefined };
});

describeConversation('PostgreSQL', async () => {
  const url = await server.freshSchema();
  return { open: (use) => openAt(url, use), clear: async () => undefined };
});

const NOON = Date.parse('2026-03-03T12:00:00Z');
const at = (seconds: number) => new Date(NOON + seconds * 1_000);

async function together(count: number): Promise<{ url: string; workers: Ledger[]; close(): Promise<void> }> {
  const url = await server.freshSchema();
  const workers = await Promise.all(Array.from({ length: count }, () => openAt(url)));
  return {
    url,
    workers,
    async close() {
      for (const worker of workers) await worker.close();
    },
  };
}

/** Ends all sessions of the worker without a word, as when its process is killed. */
async function kill(url: string, ledgerSessions: (pid: number) => boolean): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  for (const { pid } of rows) if (ledgerSessions(pid)) await client.query('select pg_terminate_backend($1)', [pid]);
  await client.end();
}

describe('several workers', () => {
  test('that start at once make the schema once', async () => {
    const { workers, close } = await together(6);
    for (const worker of workers) expect(await worker.counts()).toEqual({ messages: {}, stages: {}, unsettled: 0 });
    await close();
  });

  test('claim each report once, however many ask at once', async () => {
    const { workers, close } = await together(3);
    const [first] = workers;
    for (let n = 0; n < 60; n += 1) await openedReport(first as Ledger, `REF${String(n).padStart(6, '0')}`, {}, n + 1);
    const claimed: string[] = [];
    const work = async (worker: Ledger) => {
      for (let claim = await worker.claimDue(at(1), 60_000); claim; claim = await worker.claimDue(at(1), 60_000))
        claimed.push(claim.report.reference);
    };
    await Promise.all(workers.flatMap((worker) => [work(worker), work(worker)]));
    expect(claimed).toHaveLength(60);
    expect(new Set(claimed).size).toBe(60);
    await close();
  });

  test('take one message at a time, in order', async () => {
    const { workers, close } = await together(2);
    const [one, two] = workers as [Ledger, Ledger];
    await one.store('repairs', 'INBOX', '7', [mailNamed('a', 1), mailNamed('b', 2)], at(0));
    const taken = await one.takeMessage(at(0));
    expect(taken?.identity).toBe('a');
    expect(await two.takeMessage(at(1))).toBeNull();
    const settlement = { identity: 'a', outcome: 'set-aside', reason: 'spam', why: '', subject: '', reference: null, marks: [] } as const;
    await one.settle({ ...settlement, folder: 'ignored', marks: [] }, {}, taken?.token);
    expect((await two.takeMessage(at(1)))?.identity).toBe('b');
    await close();
  });

  test('never use more requests of a key than it has, in any window', async () => {
    const { workers, close } = await together(3);
    const taken: number[] = [];
    for (let seconds = 0; seconds < 200; seconds += 3) {
      const slots = await Promise.all(workers.flatMap((worker) => [0, 1].map(() => worker.takeSlot('key', 5, 61_000, at(seconds)))));
      for (const slot of slots) if (slot.taken) taken.push(seconds);
    }
    for (const start of taken) expect(taken.filter((time) => time >= start && time < start + 61).length).toBeLessThanOrEqual(5);
    expect(taken).toHaveLength(5 * 4);
    await close();
  });

  test('take over what a worker held whose sessions are gone, and nothing of one that lives', async () => {
    const { url, workers, close } = await together(1);
    const [living] = workers as [Ledger];
    const before = new Set(await sessions(url));
    const doomed = await openPostgres(url, 'work');
    const dead = openLedger(doomed.db, () => undefined, { worker: doomed.worker, presence: doomed.presence });
    await openedReport(living, 'REF000001', {}, 1);
    await openedReport(living, 'REF000002', {}, 2);
    expect(await dead.claimDue(at(1), 600_000)).not.toBeNull();
    const kept = await living.claimDue(at(1), 600_000);
    expect(await dead.claimMailbox('repairs', at(1), 600_000)).not.toBeNull();
    await living.renew([], at(1), 600_000);
    expect(await living.claimDue(at(1), 600_000)).toBeNull();
    expect(await living.claimMailbox('repairs', at(1), 600_000)).toBeNull();

    await doomed.presence?.close();
    await kill(url, (pid) => !before.has(pid));
    await until('its lease is free', async () => {
      await living.renew([], at(2), 600_000);
      return (await living.claimMailbox('repairs', at(2), 600_000)) !== null;
    });
    const taken = await living.claimDue(at(2), 600_000);
    expect(taken?.report.reference).not.toBe(kept?.report.reference);
    expect(await living.claimDue(at(2), 600_000)).toBeNull();
    await close();
  });

  test('wake one another', async () => {
    const { workers, close } = await together(2);
    const [one, two] = workers as [Ledger, Ledger];
    const heard: string[] = [];
    two.onChange((change) => heard.push(change));
    await one.store('repairs', 'INBOX', '7', [mailNamed('a', 1)], at(0));
    await until('mail', () => heard.includes('mail'), 2_000);
    await openedReport(one, 'REF000001', {}, 2);
    await until('due', () => heard.includes('due') && heard.includes('filing'), 2_000);
    await close();
  });

  test('go on after the server was restarted, and are heard again', async () => {
    const { workers, close } = await together(2);
    const [one, two] = workers as [Ledger, Ledger];
    await openedReport(one, 'REF000001', {}, 1);
    await server.stop();
    await expect(one.counts()).rejects.toMatchObject({ code: 'ledger-unreachable', kind: 'retry' });
    await server.start();
    await until('it answers', () => one.counts().then(Boolean, () => false));
    const heard: string[] = [];
    two.onChange((change) => heard.push(change));
    await until('heard', async () => {
      await one.retry('REF000001', at(5)).catch(() => null);
      return heard.includes('due');
    });
    // Whose session ended with the server counts as gone until it has another; then its claims stay.
    let claim: Claim | null = null;
    await until('the first is seen to live', async () => {
      claim = await one.claimDue(at(6), 600_000);
      await two.renew([], at(6), 600_000);
      const taken = await two.claimDue(at(6), 600_000);
      if (taken !== null) await two.postpone(taken, at(5));
      return taken === null;
    });
    expect(claim).toMatchObject({ report: { reference: 'REF000001' } });
    await close();
  });
});

describe('a ledger on PostgreSQL', () => {
  test('of a newer program is refused', async () => {
    const url = await server.freshSchema();
    await (await openAt(url)).close();
    const client = new pg.Client(url);
    await client.connect();
    await client.query("insert into kysely_migration values ('9999-of-the-future', '')");
    await client.end();
    await expect(openAt(url)).rejects.toMatchObject({ code: 'ledger-newer', detail: 'it has 9999-of-the-future' });
  });

  test('that cannot be reached says so without its password', async () => {
    const failure = await openAt('postgres://faultline:secret-word@127.0.0.1:1/ledger').then(
      () => null,
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'ledger-unreachable', detail: 'ECONNREFUSED' });
    expect(String(failure)).not.toContain('secret-word');
  });

  test('holds text with NUL characters', async () => {
    const { workers, close } = await together(1);
    const [ledger] = workers as [Ledger];
    await openedReport(ledger, 'REF000001', { failure: { code: 'unexpected', detail: 'a\0b' } }, 1);
    expect(await ledger.report('REF000001')).toMatchObject({ failure: { detail: 'a\uFFFDb' } });
    await close();
  });
});

async function sessions(url: string): Promise<number[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity where datname = current_database()');
  await client.end();
  return rows.map(({ pid }) => pid);
}
