/** One loop reads every labelled mail with the bundled templates and scores it. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Tried, tryMails } from '../src/app/actions/try.ts';
import { loadConfig } from '../src/app/config.ts';
import { EXAMPLE_CONFIG } from '../src/app/place.ts';
import { accuracyOf } from './accuracy.ts';
import { casesIn } from './score.ts';

const MAILS = fileURLToPath(new URL('../fixtures/mails/', import.meta.url));
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('the labelled mails are read as a careful person would, and nobody is answered who may not be', { timeout: 120_000 }, async () => {
  const { mails, right, of, unsafeReplies, misses } = await accuracyOf(MAILS);
  expect(mails).toBeGreaterThanOrEqual(79);
  expect(unsafeReplies).toBe(0);
  expect(right / of, misses.join('\n')).toBeGreaterThanOrEqual(0.98);
});

test('the command line says the same as the program that is scored, one JSON object a line', () => {
  const files = casesIn(MAILS)
    .slice(0, 3)
    .flatMap((one) => one.files);
  const lines = execFileSync(process.execPath, [MAIN, 'try', '--json', ...files], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const answers = lines.map((line) => JSON.parse(line) as Tried);
  expect(answers.map((one) => one.file)).toEqual(files);
  for (const one of answers)
    expect(Object.keys(one)).toEqual(['file', 'outcome', 'reason', 'template', 'job', 'evidence', 'attachments', 'replyTo', 'replyText']);
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
