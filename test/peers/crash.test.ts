/** A small run of the crash harness on each ledger: the long ones are for people (`npm run crash`). */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CRASH = fileURLToPath(new URL('../crash/crash.ts', import.meta.url));

test.each([
  ['sqlite', 1],
  ['postgres', 2],
])('no job is lost or made twice by 10 kills, with the ledger on %s', { timeout: 300_000 }, async (ledger, workers) => {
  const words = ['--kills', '10', '--mails', '40', '--ledger', ledger, '--workers', String(workers), '--json'];
  const { code, output, errors } = await new Promise<{ code: number; output: string; errors: string }>((resolve) => {
    execFile(process.execPath, [CRASH, ...words], (error, output, errors) => resolve({ code: Number(error?.code ?? 0), output, errors }));
  });
  expect(code, errors).toBe(0);
  expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toMatchObject({
    kills: 10,
    mails: 40,
    jobsMissing: 0,
    jobsDouble: 0,
    repliesMissing: 0,
    documentsUnreachable: 0,
    leftInInbox: 0,
  });
});
