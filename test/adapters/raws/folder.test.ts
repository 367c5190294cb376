import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRawFolder } from '../../../src/adapters/raws/folder.ts';
import { identityOf } from '../../../src/domain/identity.ts';
import type { Raws } from '../../../src/pipeline/ports.ts';

const RAW = Buffer.from('Message-ID: <1@mail.example>\r\nSubject: No hot water\r\n\r\nThe boiler shows E119.\r\n');
let folder: string;
let raws: Raws;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faultline-'));
  raws = await openRawFolder(join(folder, 'raw'));
});
afterEach(() => rm(folder, { recursive: true }));

async function bytesOf(key: string): Promise<Buffer> {
  return Buffer.concat(await raws.open(key).toArray());
}

async function filesIn(): Promise<string[]> {
  const entries = await readdir(join(folder, 'raw'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test('a mail comes back byte for byte, also from a folder that is opened anew', async () => {
  const { key, identity, bytes } = await raws.keep(RAW);
  expect({ identity, bytes }).toEqual({ identity: identityOf(RAW), bytes: RAW.length });
  raws = await openRawFolder(join(folder, 'raw'));
  expect(await bytesOf(key)).toEqual(RAW);
});

test('a streamed mail is kept as a whole one is, however it is cut', async () => {
  const whole = await raws.keep(RAW);
  const streamed = await raws.keep(Readable.from([...RAW].map((byte) => Buffer.from([byte]))));
  expect(streamed).toEqual(whole);
  expect(await bytesOf(streamed.key)).toEqual(RAW);
});

test('the same mail kept again, even twice at once, is one file', async () => {
  const kept = await Promise.all([raws.keep(RAW), raws.keep(RAW), raws.keep(RAW)]);
  expect(new Set(kept.map(({ key }) => key)).size).toBe(1);
  expect(await filesIn()).toHaveLength(1);
});

test('a source that breaks off leaves nothing behind', async () => {
  const broken = Readable.from(
    (async function* () {
      yield RAW;
      throw new Error('connection lost');
    })(),
  );
  await expect(raws.keep(broken)).rejects.toThrow('connection lost');
  expect(await filesIn()).toEqual([]);
});

test('what a killed process left half written is swept up the next day, and what is being written is left alone', async () => {
  const incoming = join(folder, 'raw', 'incoming');
  await writeFile(join(incoming, 'old'), 'half');
  await writeFile(join(incoming, 'young'), 'half');
  const yesterday = Date.now() / 1_000 - 90_000;
  await utimes(join(incoming, 'old'), yesterday, yesterday);
  await openRawFolder(join(folder, 'raw'));
  expect(await filesIn()).toEqual(['young']);
});

test('a raw mail that is gone is told as such, not as an empty mail', async () => {
  const { key } = await raws.keep(RAW);
  await rm(join(folder, 'raw', key));
  await expect(bytesOf(key)).rejects.toMatchObject({ code: 'raw-missing' });
});

test('a full disk is told as such', async () => {
  const full = Readable.from(
    (async function* () {
      yield RAW;
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    })(),
  );
  await expect(raws.keep(full)).rejects.toMatchObject({ code: 'disk-full' });
});

test('only its owner can read a raw mail', async () => {
  const { key } = await raws.keep(RAW);
  const path = join(folder, 'raw', key);
  expect((await stat(path)).mode & 0o077).toBe(0);
  expect(await readFile(path)).toEqual(RAW);
});
