import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectAclCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type S3StandIn, startS3 } from '../../src/sandbox/s3.ts';

const PHOTO = randomBytes(3_000);
const KEY = "jobs/K7MPX2RTA/photo (1) 'süß'.jpg";

let s3: S3StandIn;
let client: S3Client;
beforeAll(async () => {
  s3 = await startS3();
  client = clientOf(s3);
});
afterAll(async () => {
  client.destroy();
  await s3.close();
});

function clientOf(store: S3StandIn, changes: Partial<{ accessKeyId: string; secretAccessKey: string }> = {}): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = store;
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...changes },
  });
}

const put = (key: string, changes: { ACL?: 'public-read' | 'private' } = {}, by = client, store = s3) =>
  by.send(new PutObjectCommand({ Bucket: store.bucket, Key: key, Body: PHOTO, ContentType: 'image/jpeg', ...changes }));
const plainUrl = (key: string) => `${s3.endpoint}/${s3.bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
const presigned = (key: string, expiresIn = 60, changes: { ResponseContentDisposition?: string } = {}, signingDate = new Date()) =>
  getSignedUrl(client, new GetObjectCommand({ Bucket: s3.bucket, Key: key, ...changes }), { expiresIn, signingDate });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

/** The status and S3's error code. */
async function refusal(response: Response): Promise<[number, string | undefined]> {
  return [response.status, /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]];
}

describe('signed requests', () => {
  test('an object comes back with its bytes and content type', async () => {
    await put(KEY);
    const got = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: KEY }));
    expect(got.ContentType).toBe('image/jpeg');
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(PHOTO)).toBe(true);
  });

  test.each([
    ['an unknown key', { accessKeyId: 'NOBODY' }, 'InvalidAccessKeyId'],
    ['a wrong secret', { secretAccessKey: 'other' }, 'SignatureDoesNotMatch'],
  ])('%s is refused', async (_name, changes, code) => {
    const stranger = clientOf(s3, changes);
    await expect(put('stranger.jpg', {}, stranger)).rejects.toMatchObject({ name: code });
    await expect(client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: 'stranger.jpg' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    stranger.destroy();
  });

  test('a clock that is 20 minutes off is refused', async () => {
    const late = clientOf(s3);
    late.config.systemClockOffset = -20 * 60_000;
    await expect(put('late.jpg', {}, late)).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    late.destroy();
  });
});

describe('presigned URLs', () => {
  test('are read by anybody, with the content type', async () => {
    await put(KEY);
    const response = await fetch(await presigned(KEY));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect((await bytesOf(response)).equals(PHOTO)).toBe(true);
  });

  test('answer a ranged GET with the range', async () => {
    await put(KEY);
    const response = await fetch(await presigned(KEY), { headers: { range: 'bytes=0-99' } });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 0-99/3000']);
    expect((await bytesOf(response)).equals(PHOTO.subarray(0, 100))).toBe(true);
  });

  test('answer HEAD with 403, since they are signed for GET', async () => {
    await put(KEY);
    expect((await fetch(await presigned(KEY), { method: 'HEAD' })).status).toBe(403);
  });

  test('may set headers of the answer', async () => {
    await put(KEY);
    const url = await presigned(KEY, 60, { ResponseContentDisposition: 'inline; filename="photo.jpg"' });
    expect((await fetch(url)).headers.get('content-disposition')).toBe('inline; filename="photo.jpg"');
  });

  test('end with their time', async () => {
    await put(KEY);
    const signingDate = new Date(Date.now() - 61_000);
    const [old, still] = [await presigned(KEY, 60, {}, signingDate), await presigned(KEY, 120, {}, signingDate)];
    expect(await refusal(await fetch(old))).toEqual([403, 'AccessDenied']);
    expect((await fetch(still)).status).toBe(200);
  });

  test('that were changed are refused', async () => {
    await put('a.jpg');
    await put('b.jpg');
    const url = await presigned('a.jpg');
    expect(await refusal(await fetch(url.replace('/a.jpg?', '/b.jpg?')))).toEqual([403, 'SignatureDoesNotMatch']);
    expect(await refusal(await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600')))).toEqual([403, 'SignatureDoesNotMatch']);
    expect(await refusal(await fetch(`${url}&response-content-type=text%2Fhtml`))).toEqual([403, 'SignatureDoesNotMatch']);
  });
});

describe('anonymous requests', () => {
  test('read what is public-read', async () => {
    await put(KEY, { ACL: 'public-read' });
    const response = await fetch(plainUrl(KEY), { headers: { range: 'bytes=0-9' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([206, 'image/jpeg']);
    expect((await fetch(plainUrl(KEY), { method: 'HEAD' })).status).toBe(200);
  });

  test('are denied what is private, missing or a list', async () => {
    await put('private.jpg');
    expect(await refusal(await fetch(plainUrl('private.jpg')))).toEqual([403, 'AccessDenied']);
    expect(await refusal(await fetch(plainUrl('missing.jpg')))).toEqual([403, 'AccessDenied']);
    expect(await refusal(await fetch(`${s3.endpoint}/${s3.bucket}`))).toEqual([403, 'AccessDenied']);
  });

  test('never write, not even over what is public-read', async () => {
    await put('public.jpg', { ACL: 'public-read' });
    expect(await refusal(await fetch(plainUrl('public.jpg'), { method: 'PUT', body: 'x' }))).toEqual([403, 'AccessDenied']);
    expect(await refusal(await fetch(plainUrl('public.jpg'), { method: 'DELETE' }))).toEqual([403, 'AccessDenied']);
    expect((await bytesOf(await fetch(plainUrl('public.jpg')))).equals(PHOTO)).toBe(true);
  });

  test('see an ACL that is changed, an object that is replaced and one that is deleted', async () => {
    const status = async () => (await fetch(plainUrl('changes.jpg'))).status;
    await put('changes.jpg');
    await client.send(new PutObjectAclCommand({ Bucket: s3.bucket, Key: 'changes.jpg', ACL: 'public-read' }));
    expect(await status()).toBe(200);
    await put('changes.jpg');
    expect(await status()).toBe(403);
    await put('changes.jpg', { ACL: 'public-read' });
    await client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: 'changes.jpg' }));
    expect(await status()).toBe(403);
  });

  test('a path that is no URI is refused', async () => {
    expect(await refusal(await fetch(`${s3.endpoint}/${s3.bucket}/%E0%A4%A`))).toEqual([400, 'InvalidURI']);
  });
});

test.each([100, 12 << 20])('a multipart upload of %i bytes keeps its content type and its ACL', async (bytes) => {
  const body = randomBytes(bytes);
  const params = { Bucket: s3.bucket, Key: 'film.mp4', Body: body, ContentType: 'video/mp4', ACL: 'public-read' as const };
  await new Upload({ client, params }).done();
  const response = await fetch(plainUrl('film.mp4'));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  expect((await bytesOf(response)).equals(body)).toBe(true);
  await client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: 'film.mp4' }));
});

test('a bucket that enforces its owner refuses ACLs and takes objects without', async () => {
  const strict = await startS3({ ownerEnforced: true, bucket: 'strict' });
  const owner = clientOf(strict);
  await expect(put('a.jpg', { ACL: 'public-read' }, owner, strict)).rejects.toMatchObject({ name: 'AccessControlListNotSupported' });
  await expect(put('a.jpg', {}, owner, strict)).resolves.toBeDefined();
  owner.destroy();
  await strict.close();
});
