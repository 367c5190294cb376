/** One loop reads every labelled mail with the bundled templates and scores it, through the command line as an admin would. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Tried, tryMails } from '../src/app/actions/try.ts';
import { loadConfig } from '../src/app/config.ts';
import { EXAMPLE_CONFIG } from '../src/app/place.ts';

const MAILS = fileURLToPath(new URL('../fixtures/mails/', import.meta.url));
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('the labelled mails are read as a careful person would, and nobody is answered who may not be', { timeout: 120_000 }, () => {
  const score = fileURLToPath(new URL('score.mjs', import.meta.url));
  const out = execFileSync(process.execPath, [score, MAILS, '--json', '--', process.execPath, MAIN, 'try', '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const { mails, right, of, unsafeReplies } = JSON.parse(out) as { mails: number; right: number; of: number; unsafeReplies: number };
  expect(mails).toBeGreaterThanOrEqual(79);
  expect(unsafeReplies).toBe(0);
  expect(right / of).toBeGreaterThanOrEqual(0.98);
});

test('every value has evidence: words that stand in the mail, a place and a rule', async () => {
  const files = readdirSync(MAILS)
    .filter((name) => name.endsWith('.eml'))
    .map((name) => MAILS + name);
  const tried: Tried[] = [];
  for await (const one of tryMails(loadConfig(EXAMPLE_CONFIG, 'ignored'), files)) tried.push(one);
  expect(tried).toHaveLength(files.length);
  for (const { file, job, evidence } of tried) {
    for (const field of Object.keys(job).filter((name) => name !== 'ExternalID')) {
      expect(evidence[field], `${file} ${field}`).toBeDefined();
      expect(evidence[field]?.rule, `${file} ${field}`).not.toBe('');
      if (evidence[field]?.where !== 'template') expect(evidence[field]?.quote, `${file} ${field}`).not.toBe('');
    }
  }
});

test('a mail that was delivered twice is a duplicate, whatever lies between', async () => {
  const file = `${MAILS}gmail-mice-phone-number-in-subject.eml`;
  const between = `${MAILS}gmail-gas-smell-two-lines-odd-phone-grouping.eml`;
  const outcomes: string[] = [];
  for await (const one of tryMails(loadConfig(EXAMPLE_CONFIG, 'ignored'), [file, between, file])) outcomes.push(one.outcome);
  expect(outcomes).toEqual(['job', 'job', 'duplicate']);
});
