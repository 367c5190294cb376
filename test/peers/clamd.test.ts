/** The scanner against a real clamd, by TCP and by socket, and the workshop with it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScanner } from '../../src/adapters/documents/scanner.ts';
import { openWorkshop } from '../../src/adapters/documents/workshop.ts';
import { type Clamd, MOST_BYTES, startClamd, VIRUS } from './servers/clamd.ts';

const never = new AbortController().signal;
let clamd: Clamd;

beforeAll(async () => {
  clamd = await startClamd();
});
afterAll(() => clamd?.close());

const scanners = () => [
  openScanner({ host: clamd.host, port: clamd.port, timeoutMs: 20_000 }),
  openScanner({ socket: clamd.socket, timeoutMs: 20_000 }),
];
const PDF = '%PDF-1.7\nA quote for the boiler\n';

test('a clean file is clean and an infected one is found, by either way', async () => {
  for (const scanner of scanners()) {
    expect(await scanner.scan(Readable.from([Buffer.from(PDF)]), never)).toEqual({ clean: true });
    expect(await scanner.scan(Readable.from([Buffer.from(PDF), Buffer.from(VIRUS)]), never)).toEqual({
      found: expect.stringContaining('Faultline.Test'),
    });
  }
});

test('a file that is longer than clamd takes gets no verdict, which is not "clean"', async () => {
  const [scanner] = scanners();
  const long = Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(MOST_BYTES / 16)));
  await expect(scanner?.scan(long, never)).rejects.toMatchObject({
    code: 'scanner-unreachable',
    detail: expect.stringMatching(/size limit|EPIPE|ECONNRESET|without a verdict/),
  });
});

test('eight files at once get their own verdicts', async () => {
  const [scanner] = scanners();
  const verdicts = await Promise.all(
    Array.from({ length: 8 }, (_, index) => scanner?.scan(Readable.from([Buffer.from(index % 2 ? PDF : VIRUS)]), never)),
  );
  expect(verdicts.map((verdict) => verdict && 'found' in verdict)).toEqual([true, false, true, false, true, false, true, false]);
});

test('the workshop refuses an infected document, passes a clean one, and fails when the scanner is gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-'));
  const other = await startClamd();
  const scanner = openScanner({ host: other.host, port: other.port, timeoutMs: 5_000 });
  const workshop = await openWorkshop({
    folder,
    longestSide: 1000,
    mostPixels: 1e6,
    imageTimeoutMs: 10_000,
    imageMemory: 1 << 30,
    scanner,
  });
  const finish = (text: string) => workshop.finish({ mimeType: 'application/pdf' }, Readable.from([Buffer.from(text)]), never);
  expect(await finish(PDF + VIRUS)).toEqual({ refused: 'the virus scanner found something in it' });
  const clean = await finish(PDF);
  expect(clean).toMatchObject({ mimeType: 'application/pdf', bytes: PDF.length });
  if ('discard' in clean) await clean.discard();
  await other.close();
  await expect(finish(PDF)).rejects.toMatchObject({ code: 'scanner-unreachable', kind: 'retry' });
  for (const name of readdirSync(folder)) expect(readdirSync(join(folder, name))).toEqual([]);
  await workshop.close();
  rmSync(folder, { recursive: true });
});
