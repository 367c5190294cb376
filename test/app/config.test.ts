import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type ConfigProblem, loadConfig } from '../../src/app/config.ts';
import { EXAMPLE_CONFIG } from '../../src/app/place.ts';

const BAD = fileURLToPath(new URL('../../fixtures/bad-configs/many-errors.yaml', import.meta.url));

function problemsOf(
  file: string,
  secrets: 'required' | 'ignored',
  env: Record<string, string> = {},
): { problems: ConfigProblem[]; message: string } {
  try {
    loadConfig(file, secrets, env);
  } catch (error) {
    return error as { problems: ConfigProblem[]; message: string };
  }
  throw new Error('it was accepted');
}

test('the example is right once its secrets are there', () => {
  const env = { S3_ACCESS_KEY_ID: 'a', S3_SECRET_ACCESS_KEY: 'b', SMTP_PASSWORD: 'c', V3_API_KEY: 'd', IMAP_PASSWORD: 'e' };
  expect(loadConfig(EXAMPLE_CONFIG, 'required', env).mailboxes[0]?.imap.password).toBe('e');
});

test('every missing secret is named with its line', () => {
  const { problems } = problemsOf(EXAMPLE_CONFIG, 'required');
  expect(problems.map((one) => one.path)).toEqual(
    expect.arrayContaining(['s3.accessKeyId', 'smtp.password', 'branches.leeds.apiKey', 'mailboxes.0.imap.password']),
  );
  for (const one of problems) expect(one.line).toBeGreaterThan(1);
});

test('all errors come at once, with path and what to write, and no secret among them', () => {
  const { problems, message } = problemsOf(BAD, 'required');
  const paths = problems.map((one) => one.path);
  for (const path of [
    'v3.timeoutSeconds',
    'smtp.host',
    'branches.leeds.branchID',
    'branches.leeds.timeZone',
    'mailboxes.0.imap.port',
    'mailboxes.0.replyFrom.address',
  ])
    expect(paths).toContain(path);
  for (const one of problems) expect(one.write).not.toBe('');
  expect(message).not.toContain('must-not-be-printed');
});

test('a file that is not there is said to be', () => {
  expect(problemsOf('no-such-file.yaml', 'required').message).toContain('ENOENT');
});

/** What is wrong with the example once this is changed in it. */
function changed(from: string, to: string): Pick<ConfigProblem, 'path' | 'problem'>[] {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-config-'));
  const text = readFileSync(EXAMPLE_CONFIG, 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, 'faultline.yaml'), text.replace(from, to));
  try {
    return problemsOf(join(folder, 'faultline.yaml'), 'ignored').problems.map(({ path, problem }) => ({ path, problem }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('notices that would come back into a watched mailbox are refused', () => {
  const back = 'notices would come back into a watched mailbox';
  expect(changed('# noticesTo: maintenance@', 'noticesTo: Repairs@')).toEqual([{ path: 'agency.noticesTo', problem: back }]);
  expect(changed('# noticesTo: leeds@', 'noticesTo: repairs@')).toEqual([{ path: 'branches.leeds.noticesTo', problem: back }]);
});

test('falling back on a number needs one that can be rung', () => {
  expect(changed('withoutAnswer: hold', 'withoutAnswer: fallback-phone')).toEqual([
    { path: 'conversation.withoutAnswer', problem: 'there is no number to fall back on' },
  ]);
  expect(changed('# fallbackPhone: 0113 496 0100', 'fallbackPhone: 999')).toMatchObject([{ path: 'agency.fallbackPhone' }]);
});
