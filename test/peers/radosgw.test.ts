/** The S3 adapter against a real S3 server: each way to make a document public, and each way in which it is not. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { PutBucketPolicyCommand, PutPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BucketSettings, openBucket } from '../../src/adapters/documents/bucket.ts';
import { type Radosgw, startRadosgw } from './servers/radosgw.ts';

const never = new AbortController().signal;
const PHOTO = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(40_000, 7)]);
let s3: Radosgw;

beforeAll(async () => {
  s3 = await startRadosgw();
}, 90_000);
afterAll(() => s3?.close());

const settings = (changes: Partial<BucketSettings> = {}): BucketSettings => ({
  endpoint: s3.endpoint,
  region: s3.region,
  bucket: s3.bucket,
  keys: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  pathStyle: true,
  prefix: 'faults/',
  publicWay: () => ({ way: 'presigned', days: 7 }),
  timeoutMs: 20_000,
  ...changes,
});

async function published(changes: Partial<BucketSettings>, name = 'boiler “E119”.jpeg', bytes = PHOTO) {
  const bucket = openBucket(settings(changes));
  const document = {
    key: `7XCNQNCXJ/${bytes.length}-photo.jpeg`,
    name,
    mimeType: 'image/jpeg',
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    branch: { shortName: 'brightkeys', branchID: '0042' },
  };
  const { url, expiresAt } = await bucket.publish(document, Readable.from([bytes]), never);
  return { bucket, url, expiresAt, document };
}

test('a presigned document is read by anybody, with its type and name, for seven days', async () => {
  const { bucket, url, expiresAt, document } = await published({});
  await bucket.check(url, document, never);
  const answer = await fetch(url);
  expect(Buffer.from(await answer.arrayBuffer()).equals(PHOTO)).toBe(true);
  expect(answer.headers.get('content-type')).toBe('image/jpeg');
  expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''boiler%20%E2%80%9CE119%E2%80%9D.jpeg");
  expect(Math.round(((expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(7);
  bucket.close();
});

test('without its signature the same document is refused, and the check says so', async () => {
  const { bucket, url, document } = await published({});
  const [bare = ''] = url.split('?');
  await expect(bucket.check(bare, document, never)).rejects.toMatchObject({ code: 'document-not-public' });
  await expect(bucket.check(url.replace(/Signature=./, 'Signature=0'), document, never)).rejects.toMatchObject({
    code: 'document-not-public',
  });
  bucket.close();
});

test('a public-read document is read by anybody at its plain URL', async () => {
  const { bucket, url, expiresAt, document } = await published({ publicWay: () => ({ way: 'public-read' }) });
  expect(url).not.toContain('?');
  expect(expiresAt).toBeNull();
  await bucket.check(url, document, never);
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(PHOTO.length);
  bucket.close();
});

test('a document in several parts arrives whole and public', async () => {
  const large = Buffer.alloc(12 << 20, 'large photo ');
  const { bucket, url, document } = await published({ publicWay: () => ({ way: 'public-read' }) }, 'large.jpeg', large);
  await bucket.check(url, document, never);
  expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(large)).toBe(true);
  bucket.close();
});

test('the check notices another file than the one that was published', async () => {
  const { bucket, url, document } = await published({});
  await expect(bucket.check(url, { ...document, bytes: 5 }, never)).rejects.toMatchObject({ code: 'document-not-public' });
  await expect(bucket.check(url, { ...document, mimeType: 'image/png' }, never)).rejects.toMatchObject({ code: 'document-not-public' });
  bucket.close();
});

test.each([
  ['a wrong secret', { keys: { accessKeyId: 'PEERSKEY', secretAccessKey: 'another' } }, 'store-refused', /403/],
  ['an unknown key', { keys: { accessKeyId: 'NOBODY', secretAccessKey: 'another' } }, 'store-refused', /403/],
  ['a bucket that does not exist', { bucket: 'no-such-bucket' }, 'store-refused', /404 NoSuchBucket/],
  ['a server that is not there', { endpoint: 'http://127.0.0.1:1' }, 'store-unreachable', /ECONNREFUSED/],
])('%s is a clear failure', async (_, changes, code, detail) => {
  await expect(published(changes)).rejects.toMatchObject({ code, detail: expect.stringMatching(detail) });
});

test('publishing again under the same key replaces the document', async () => {
  const first = await published({}, 'a.jpeg', Buffer.alloc(1000, 1));
  const second = await published({}, 'a.jpeg', Buffer.alloc(1000, 2));
  expect(new Uint8Array(await (await fetch(first.url)).arrayBuffer())[0]).toBe(2);
  first.bucket.close();
  second.bucket.close();
});

test('a presigned URL ends when it says so', async () => {
  const { bucket, url, document } = await published({ publicWay: () => ({ way: 'presigned', days: 3 / 86_400 }) });
  await bucket.check(url, document, never);
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  await expect(bucket.check(url, document, never)).rejects.toMatchObject({
    code: 'document-not-public',
    detail: expect.stringMatching(/403/),
  });
  bucket.close();
});

test('with a bucket policy a document is public at the base URL, and without one it is not', async () => {
  const name = `policy-${Date.now()}`;
  await s3.createBucket(name);
  const owner = s3.client();
  const publicWay = () => ({ way: 'public-url' as const, baseUrl: `${s3.endpoint}/${name}` });
  const { bucket, url, document } = await published({ bucket: name, publicWay });
  await expect(bucket.check(url, document, never)).rejects.toMatchObject({ code: 'document-not-public' });
  const anybody = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${name}/faults/*` };
  await owner.send(new PutBucketPolicyCommand({ Bucket: name, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [anybody] }) }));
  await bucket.check(url, document, never);
  owner.destroy();
  bucket.close();
});

test('Block Public Access is told by its name, whether it refuses the ACL or ignores it', async () => {
  const name = `blocked-${Date.now()}`;
  await s3.createBucket(name);
  const owner = s3.client();
  const publicWay = () => ({ way: 'public-read' as const });
  const block = (PublicAccessBlockConfiguration: object) =>
    owner.send(new PutPublicAccessBlockCommand({ Bucket: name, PublicAccessBlockConfiguration }));
  await block({ BlockPublicAcls: true });
  await expect(published({ bucket: name, publicWay })).rejects.toMatchObject({
    code: 'store-blocked',
    detail: expect.stringMatching(/BlockPublicAcls/),
  });
  await block({ BlockPublicAcls: false, IgnorePublicAcls: true });
  const { bucket, url, document } = await published({ bucket: name, publicWay });
  await expect(bucket.check(url, document, never)).rejects.toMatchObject({
    code: 'store-blocked',
    detail: expect.stringMatching(/IgnorePublicAcls/),
  });
  owner.destroy();
  bucket.close();
});

test('what is deleted is gone for everybody, and the list agrees', async () => {
  const { bucket, url, document } = await published({ prefix: 'removal/' });
  const listed = async () => {
    const keys = [];
    for await (const { key } of bucket.list(never)) keys.push(key);
    return keys;
  };
  expect(await listed()).toEqual([document.key]);
  await bucket.remove([document.key, 'never/was/there.jpg'], never);
  expect(await listed()).toEqual([]);
  await expect(bucket.check(url, document, never)).rejects.toMatchObject({
    code: 'document-not-public',
    detail: expect.stringMatching(/404/),
  });
  bucket.close();
});

test('bytes that change on their way are refused by the store itself', async () => {
  const bucket = openBucket(settings());
  const bytes = Buffer.alloc(1000, 1);
  const document = {
    key: '7XCNQNCXJ/changed.jpeg',
    name: 'changed.jpeg',
    mimeType: 'image/jpeg',
    bytes: bytes.length,
    sha256: createHash('sha256').update('other bytes').digest('hex'),
    branch: { shortName: 'brightkeys', branchID: '0042' },
  };
  await expect(bucket.publish(document, Readable.from([bytes]), never)).rejects.toMatchObject({ code: 'store-refused' });
  bucket.close();
});
