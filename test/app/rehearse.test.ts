import { expect, test } from 'vitest';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { openMemoryLedger } from '../../src/adapters/ledger/memory.ts';
import { openSqlite } from '../../src/adapters/ledger/sqlite.ts';
import { type Tried, tryMails } from '../../src/app/actions/try.ts';
import { card } from '../../src/app/cli/card.ts';
import { loadConfig } from '../../src/app/config.ts';
import { EXAMPLE_CONFIG } from '../../src/app/place.ts';
import type { Ledger } from '../../src/pipeline/ports.ts';
import { casesIn } from '../score.ts';

const config = loadConfig(EXAMPLE_CONFIG, 'ignored');

test('all labelled mails, as one inbox would get them, become the same with the ledger in memory as with the real one', async () => {
  const files = casesIn('fixtures/mails').flatMap((one) => one.files);
  const { db, release } = await openSqlite(':memory:', 'look');
  const real = await tried(files, openLedger(db, release));
  expect(new Set(real.map(({ outcome }) => outcome))).toEqual(new Set(['job', 'needs-info', 'ignored', 'follow-up', 'duplicate']));
  expect(await tried(files, openMemoryLedger())).toEqual(real);
}, 120_000);

test('a report without a number whose sender reads no mail lacks the number, and nobody gets a question', async () => {
  const [one] = await tried(['fixtures/mails/block-manager-referral-letter-balcony-door-no-phone.eml'], openMemoryLedger());
  expect(one).toMatchObject({ outcome: 'needs-info', reason: 'phone', replyTo: null, replyText: null });
  expect(card(one as Tried, 120)).toContain('nobody: held, so that a person finds out');
});

test('what a rehearsal does not have is said, not done', async () => {
  await expect(openMemoryLedger().counts()).rejects.toThrow('a rehearsal has no counts');
});

async function tried(files: string[], ledger: Ledger): Promise<Tried[]> {
  const all: Tried[] = [];
  for await (const one of tryMails(config, files, ledger)) all.push(one);
  return all;
}
