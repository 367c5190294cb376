import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRawBucket } from '../../../src/adapters/raws/bucket.ts';
import { identityOf } from '../../../src/domain/identity.ts';
import { type S3StandIn, startS3 } from '../../../src/sandbox/s3.ts';

const RAW = Buffer.from('Message-ID: <1@mail.example>\r\nSubject: No hot water\r\n\r\nThe boiler shows E119.\r\n');
let folder: string;
let s3: S3StandIn;
let fault: 'unavailable' | 'cut' | null = null;
beforeEach(async () => {
  fault = null;
  folder = await mkdtemp(join(tmpdir(), 'faultline-'));
  s3 = await startS3({ fault: () => fault });
});
afterEach(async () => {
  await s3.close();
  await rm(folder, { recursive: true });
});

function open(changes: { endpoint?: string } = {}) {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
  return openRawBucket({
    endpoint,
    region,
    bucket,
    keys: { accessKeyId, secretAccessKey },
    pathStyle: true,
    prefix: 'mails/',
    spoolFolder: join(folder, 'spool'),
    timeoutMs: 5_000,
    ...changes,
  });
}

async function bytesOf(key: string): Promise<Buffer> {
  const raws = await open();
  try {
    return Buffer.concat(await raws.open(key).toArray());
  } finally {
    raws.close();
  }
}

test('a mail comes back byte for byte on another machine, whole or streamed, under the same key', async () => {
  const raws = await open();
  const whole = await raws.keep(RAW);
  expect(whole).toEqual({ key: expect.stringMatching(/^\w\w\/\w{64}\.eml$/), identity: identityOf(RAW), bytes: RAW.length });
  expect(await raws.keep(Readable.from([...RAW].map((byte) => Buffer.from([byte]))))).toEqual(whole);
  raws.close();
  expect(await bytesOf(whole.key)).toEqual(RAW);
  expect(await readdir(join(folder, 'spool'))).toEqual([]);
});

test('a source that breaks off leaves nothing behind', async () => {
  const raws = await open();
  const broken = Readable.from(
    (async function* () {
      yield RAW;
      throw new Error('connection lost');
    })(),
  );
  await expect(raws.keep(broken)).rejects.toThrow('connection lost');
  expect(await readdir(join(folder, 'spool'))).toEqual([]);
  raws.close();
});

test('a mail that is gone and a store that fails are told apart', async () => {
  const raws = await open();
  const { key } = await raws.keep(RAW);
  await expect(raws.open('00/nothing.eml').toArray()).rejects.toMatchObject({ code: 'raw-missing' });
  fault = 'unavailable';
  await expect(raws.keep(RAW)).rejects.toMatchObject({ code: 'store-unreachable', kind: 'retry' });
  await expect(raws.open(key).toArray()).rejects.toMatchObject({ code: 'store-unreachable', kind: 'retry' });
  fault = null;
  expect(Buffer.concat(await raws.open(key).toArray())).toEqual(RAW);
  raws.close();
});

test('a bucket that anybody can read is refused', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.end(request.method === 'GET' ? 'private' : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await expect(open({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })).rejects.toMatchObject({
      code: 'raws-public',
      kind: 'refuse',
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
