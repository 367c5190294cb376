/** The README's first command, as a newcomer runs it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const DEMO = fileURLToPath(new URL('../../src/sandbox/demo/demo.ts', import.meta.url));

test('the demo shows each mail on its way and ends by itself', { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO, '--once'], { timeout: 50_000 });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(/^12 mails: 8 jobs, 1 asked, 2 ignored, 0 failed$/);
  for (const step of ['read', 'published', 'submitted', 'replied', 'filed'])
    expect(lines.filter((line) => line.startsWith(step.padEnd(11))).length, step).toBeGreaterThan(0);
  expect(lines.filter((line) => line.startsWith('filed')).length).toBeGreaterThanOrEqual(12);
  expect(stdout).toContain('"ExternalID"');
});
