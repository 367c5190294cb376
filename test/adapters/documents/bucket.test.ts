/** The bucket adapter against the S3 stand-in, which enforces signatures, expiry and ACLs. A real S3 server is in test/peers/. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BucketSettings, openBucket } from '../../../src/adapters/documents/bucket.ts';
import type { PublicWay } from '../../../src/adapters/documents/url.ts';
import { type S3StandIn, startS3 } from '../../../src/sandbox/s3.ts';

const never = new AbortController().signal;
const leeds = { shortName: 'brightkeys', branchID: '0042' };
const york = { shortName: 'brightkeys', branchID: '0043' };
let s3: S3StandIn;
let closed: S3StandIn;
const open: { close(): void }[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  s3 = await startS3();
  closed = await startS3({ ownerEnforced: true });
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  for (const one of servers.splice(0)) one.close();
});
afterAll(async () => {
  await s3.close();
  await closed.close();
});

function bucketOf(way: PublicWay | BucketSettings['publicWay'], changes: Partial<BucketSettings> = {}, store = s3) {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = store;
  const made = openBucket({
    endpoint,
    region,
    bucket,
    keys: { accessKeyId, secretAccessKey },
    pathStyle: true,
    prefix: 'faults/',
    publicWay: typeof way === 'function' ? way : () => way,
    timeoutMs: 5_000,
    ...changes,
  });
  open.push(made);
  return made;
}

const publicationOf = (bytes: Buffer, changes: Partial<{ key: string; name: string; mimeType: string; branch: typeof leeds }> = {}) => ({
  key: 'K7MPX2RTA/secret/photo.jpg',
  name: 'photo.jpg',
  mimeType: 'image/jpeg',
  branch: leeds,
  ...changes,
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});
const PHOTO = Buffer.alloc(50_000, 'photo');
const PRESIGNED: PublicWay = { way: 'presigned', days: 7 };
const publish = (bucket: ReturnType<typeof openBucket>, bytes = PHOTO, changes = {}) =>
  bucket.publish(publicationOf(bytes, changes), Readable.from([bytes]), never);

test('a photo opens in the browser under its true name, for an hour from its own cache; a video is a download', async () => {
  const bucket = bucketOf(PRESIGNED);
  const photo = await fetch((await publish(bucket, PHOTO, { name: 'Küche „links“.jpg' })).url);
  expect(photo.headers.get('content-type')).toBe('image/jpeg');
  expect(photo.headers.get('content-disposition')).toBe(
    `inline; filename="K_che _links_.jpg"; filename*=UTF-8''K%C3%BCche%20%E2%80%9Elinks%E2%80%9C.jpg`,
  );
  expect(photo.headers.get('cache-control')).toBe('private, max-age=3600, no-transform');
  const video = await fetch((await publish(bucket, PHOTO, { mimeType: 'video/mp4', name: 'leak.mp4' })).url);
  expect(video.headers.get('content-disposition')).toMatch(/^attachment; filename="leak\.mp4"/);
  for (const mimeType of ['application/pdf', 'image/png'])
    expect((await fetch((await publish(bucket, PHOTO, { mimeType })).url)).headers.get('content-disposition')).toMatch(/^inline;/);
});

test('each branch has its own way', async () => {
  const bucket = bucketOf(({ branchID }) => (branchID === york.branchID ? { way: 'public-read' } : PRESIGNED));
  expect((await publish(bucket)).url).toContain('X-Amz-Signature=');
  const plain = await publish(bucket, PHOTO, { branch: york });
  expect(plain).toMatchObject({ expiresAt: null, url: `${s3.endpoint}/${s3.bucket}/faults/K7MPX2RTA/secret/photo.jpg` });
  await bucket.check(plain.url, publicationOf(PHOTO, { branch: york }), never);
});

test('a document of many megabytes arrives whole', async () => {
  const large = Buffer.alloc(12 << 20, 'a long video ');
  const bucket = bucketOf(PRESIGNED);
  const { url } = await publish(bucket, large, { mimeType: 'video/mp4' });
  await bucket.check(url, publicationOf(large, { mimeType: 'video/mp4' }), never);
  expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(large)).toBe(true);
});

test('a bucket without ACLs is explained', async () => {
  const failure = await publish(bucketOf({ way: 'public-read' }, {}, closed)).catch((error) => error);
  expect(failure).toMatchObject({ code: 'store-acl', kind: 'retry' });
  expect(failure.hint).toMatch(/bucket owner enforced.*public-url or presigned/);
});

test('credentials that end before the URL should are refused before anything is uploaded', async () => {
  const inSixHours = new Date(Date.now() + 6 * 3_600_000);
  const role = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey, expiration: inSixHours };
  const bucket = bucketOf(PRESIGNED, { keys: role });
  await expect(publish(bucket, PHOTO, { key: 'role/a.jpg' })).rejects.toMatchObject({
    code: 'store-credentials',
    detail: expect.stringContaining(inSixHours.toISOString()),
  });
  expect(await listed(bucket)).not.toContainEqual(expect.objectContaining({ key: 'role/a.jpg' }));
  await expect(publish(bucketOf({ way: 'presigned', days: 0.2 }, { keys: role }))).resolves.toHaveProperty('url');
  await expect(publish(bucketOf({ way: 'public-read' }, { keys: role }))).resolves.toHaveProperty('url');
  const token = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey, sessionToken: 'token' };
  await expect(publish(bucketOf(PRESIGNED, { keys: token }))).rejects.toMatchObject({ code: 'store-credentials' });
});

test('the check sees what a stranger would get: nothing, another type, another length, other bytes', async () => {
  const bucket = bucketOf(PRESIGNED);
  const { url } = await publish(bucket);
  const expected = publicationOf(PHOTO);
  await bucket.check(url, expected, never);
  const wrong = (changed: object, of = url) => bucket.check(of, { ...expected, ...changed }, never).catch((error) => error.detail);
  expect(await wrong({}, url.split('?')[0])).toBe('an anonymous GET was answered 403');
  expect(await wrong({ mimeType: 'image/png' })).toBe('it comes as image/jpeg, not as image/png');
  expect(await wrong({ bytes: 49_999 })).toBe('it has 50000 bytes, not 49999');
  expect(await wrong({ sha256: '0'.repeat(64) })).toBe('its bytes are others than those published');
});

test('what was deleted is gone, and deleting it again is no error', async () => {
  const bucket = bucketOf(PRESIGNED, { prefix: 'removal/' });
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `R/${name}.jpg`);
  for (const key of keys) await publish(bucket, PHOTO, { key });
  expect((await listed(bucket)).map(({ key, bytes }) => [key, bytes])).toEqual(keys.map((key) => [key, 50_000]));
  await bucket.remove(keys.slice(1), never);
  await bucket.remove(keys.slice(1), never);
  expect((await listed(bucket)).map(({ key }) => key)).toEqual(['R/a.jpg']);
});

async function listed(bucket: ReturnType<typeof openBucket>): Promise<{ key: string; bytes: number }[]> {
  const found = [];
  for await (const { key, bytes } of bucket.list(never)) found.push({ key, bytes });
  return found;
}

/** A store that answers as told. */
async function store(answer: (path: string) => { status: number; body?: string; type?: string }): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, body = '', type = 'application/xml' } = answer(request.url ?? '');
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const DENIED = { status: 403, body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>' };
const block = (name: string) => ({
  status: 200,
  body: `<PublicAccessBlockConfiguration><${name}>true</${name}></PublicAccessBlockConfiguration>`,
});

test('Block Public Access is told apart from a wrong key', async () => {
  const blocked = await store((path) => (path.includes('publicAccessBlock') ? block('BlockPublicAcls') : DENIED));
  await expect(publish(bucketOf({ way: 'public-read' }, { endpoint: blocked }))).rejects.toMatchObject({
    code: 'store-blocked',
    detail: 'the bucket has BlockPublicAcls on',
  });
  const denied = await store(() => DENIED);
  await expect(publish(bucketOf({ way: 'public-read' }, { endpoint: denied }))).rejects.toMatchObject({
    code: 'store-refused',
    detail: expect.stringMatching(/403 AccessDenied; .*Block Public Access of the account, or no permission s3:PutObjectAcl/),
  });
  await expect(publish(bucketOf(PRESIGNED, { endpoint: denied }))).rejects.toMatchObject({
    code: 'store-refused',
    detail: '403 AccessDenied',
  });
});

test('a URL that stays private because the bucket ignores ACLs or policies is explained', async () => {
  const ignoring = await store((path) =>
    path.includes('publicAccessBlock') ? block(path.includes('policy') ? 'RestrictPublicBuckets' : 'IgnorePublicAcls') : DENIED,
  );
  const check = (way: PublicWay, bucket = 'acls') =>
    bucketOf(way, { endpoint: ignoring, bucket }).check(`${ignoring}/x/photo.jpg`, publicationOf(PHOTO), never);
  await expect(check({ way: 'public-read' })).rejects.toMatchObject({
    code: 'store-blocked',
    detail: 'the bucket has IgnorePublicAcls on',
  });
  await expect(check({ way: 'public-url', baseUrl: ignoring }, 'policy')).rejects.toMatchObject({
    code: 'store-blocked',
    detail: 'the bucket has RestrictPublicBuckets on',
  });
  await expect(check(PRESIGNED)).rejects.toMatchObject({ code: 'document-not-public' });
});

test('a store that does not answer is given up after its time', async () => {
  const server = createServer(() => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const began = performance.now();
  await expect(publish(bucketOf(PRESIGNED, { endpoint, timeoutMs: 300 }))).rejects.toMatchObject({ code: 'store-unreachable' });
  expect(performance.now() - began).toBeLessThan(6_000);
  server.closeAllConnections();
});
