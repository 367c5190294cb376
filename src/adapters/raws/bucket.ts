/** Raw mails in a private S3 prefix, for workers on several machines: one object a mail, named by its identity. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Failure, failureOf } from '../../domain/failure.ts';
import { IdentityHash, identityOf } from '../../domain/identity.ts';
import type { KeptRaw, Raws } from '../../pipeline/ports.ts';

export type RawBucketSettings = {
  endpoint?: string;
  region: string;
  bucket: string;
  /** Without them the SDK looks where AWS puts them. */
  keys: { accessKeyId: string; secretAccessKey: string } | null;
  pathStyle: boolean;
  /** Put before every key; ends with /. */
  prefix: string;
  /** For a mail that comes as a stream: its identity is known only at its end. */
  spoolFolder: string;
  timeoutMs: number;
};

const PROBE = 'private-check';

/**
 * Writes a small object first, and refuses to work when a stranger can read it.
 * @throws Failure raws-public, store-unreachable, store-refused
 */
export async function openRawBucket(settings: RawBucketSettings): Promise<Raws & { close(): void }> {
  const { bucket, region, prefix, timeoutMs, spoolFolder } = settings;
  const client = new S3Client({
    region,
    ...(settings.endpoint && { endpoint: settings.endpoint }),
    ...(settings.keys && { credentials: settings.keys }),
    forcePathStyle: settings.pathStyle,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: Math.min(timeoutMs, 15_000), requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

  async function put(key: string, body: Buffer | Readable, bytes: number): Promise<void> {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: prefix + key,
      Body: body,
      ContentLength: bytes,
      ContentType: 'message/rfc822',
      CacheControl: 'no-store',
    });
    try {
      await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      throw storeFailure(error);
    }
  }

  async function keepStream(source: Readable): Promise<KeptRaw> {
    const path = join(spoolFolder, randomUUID());
    const hash = new IdentityHash();
    let bytes = 0;
    try {
      await mkdir(spoolFolder, { recursive: true, mode: 0o700 });
      await pipeline(
        source,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            bytes += chunk.length;
            yield chunk;
          }
        },
        createWriteStream(path, { mode: 0o600 }),
      );
      const identity = hash.digest();
      await put(keyOf(identity), createReadStream(path), bytes);
      return { key: keyOf(identity), identity, bytes };
    } catch (error) {
      throw failureOf(error);
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
    }
  }

  async function* read(key: string): AsyncGenerator<Buffer> {
    try {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + key }), {
        abortSignal: AbortSignal.timeout(timeoutMs),
      });
      for await (const chunk of body as AsyncIterable<Uint8Array>) yield Buffer.from(chunk);
    } catch (error) {
      if ((error as { name?: string }).name === 'NoSuchKey') throw new Failure('raw-missing', key, { cause: error });
      throw storeFailure(error);
    }
  }

  try {
    await put(PROBE, Buffer.from('private'), 7);
    await assertPrivate(settings, prefix + PROBE);
  } catch (error) {
    client.destroy();
    throw error;
  }
  return {
    async keep(source) {
      if (!Buffer.isBuffer(source)) return keepStream(source);
      const identity = identityOf(source);
      await put(keyOf(identity), source, source.length);
      return { key: keyOf(identity), identity, bytes: source.length };
    },
    open: (key) => Readable.from(read(key), { objectMode: false }),
    close: () => client.destroy(),
  };
}

function keyOf(identity: string): string {
  return `${identity.slice(0, 2)}/${identity}.eml`;
}

/** @throws Failure raws-public when a GET without any key is answered with the object */
async function assertPrivate(settings: RawBucketSettings, key: string): Promise<void> {
  const { endpoint, bucket, region, pathStyle, timeoutMs } = settings;
  const host = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  const url = pathStyle ? new URL(`/${bucket}/${key}`, host) : new URL(`/${key}`, `${host.protocol}//${bucket}.${host.host}`);
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' }).catch(() => null);
  await answer?.body?.cancel();
  if (answer?.ok) throw new Failure('raws-public', `anybody can read ${bucket}/${settings.prefix}`);
}

function storeFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { name, code, $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === undefined || status >= 500) return new Failure('store-unreachable', code ?? name ?? 'no answer', { cause: error });
  return new Failure('store-refused', `${status} ${name ?? ''}`.trim(), { cause: error });
}
