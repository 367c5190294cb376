/** The S3 bucket: uploads documents, makes them readable by anybody, and fetches each as a stranger would before it is submitted. */
import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Failure } from '../../domain/failure.ts';
import type { Documents, Publication } from '../../pipeline/ports.ts';

export type BucketSettings = {
  endpoint?: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  pathStyle: boolean;
  /** Put before every key; ends with / or is empty. */
  prefix: string;
  /** At most 7 days: the limit of SigV4 presigned URLs. */
  public: { way: 'presigned'; days: number } | { way: 'public-read' } | { way: 'public-url'; baseUrl: string };
  timeoutMs: number;
};

export function openBucket(settings: BucketSettings): Documents & { close(): void } {
  const { accessKeyId, secretAccessKey, region, bucket } = settings;
  const client = new S3Client({
    region,
    ...(settings.endpoint && { endpoint: settings.endpoint }),
    forcePathStyle: settings.pathStyle,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 2,
    // Many S3 servers refuse the streamed checksums that are the SDK's default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });

  async function urlOf(key: string): Promise<{ url: string; expiresAt: Date | null }> {
    const way = settings.public;
    if (way.way === 'public-url') return { url: `${way.baseUrl.replace(/\/+$/, '')}/${encoded(key)}`, expiresAt: null };
    if (way.way === 'public-read') return { url: await plainUrl(key), expiresAt: null };
    const seconds = Math.floor(way.days * 86_400);
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: seconds });
    return { url, expiresAt: new Date(Date.now() + seconds * 1000) };
  }

  /** The object's own URL: a presigned one without its signature. */
  async function plainUrl(key: string): Promise<string> {
    const url = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: 60 }));
    url.search = '';
    return url.href;
  }

  return {
    async publish(publication: Publication, body: Readable, signal: AbortSignal) {
      const key = settings.prefix + publication.key;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
      const upload = new Upload({
        client,
        queueSize: 2,
        params: {
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: publication.mimeType,
          ContentDisposition: disposition(publication.name),
          CacheControl: 'private, max-age=3600',
          ...(settings.public.way === 'public-read' && { ACL: 'public-read' as const }),
        },
      });
      const abort = () => void upload.abort();
      limit.addEventListener('abort', abort, { once: true });
      try {
        await upload.done();
        return await urlOf(key);
      } catch (error) {
        throw storeFailure(error);
      } finally {
        limit.removeEventListener('abort', abort);
      }
    },

    async check(url, expected, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
      let answer: Response;
      try {
        // A presigned GET URL answers 403 to HEAD, hence one byte of it.
        answer = await fetch(url, { headers: { range: 'bytes=0-0' }, redirect: 'follow', signal: limit });
        await answer.body?.cancel();
      } catch (error) {
        throw new Failure('store-unreachable', codeOf(error), { cause: error });
      }
      if (answer.status !== 200 && answer.status !== 206)
        throw new Failure('document-not-public', `an anonymous GET was answered ${answer.status}`);
      const type = answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type !== expected.mimeType)
        throw new Failure('document-not-public', `it comes as ${type ?? 'no type'}, not as ${expected.mimeType}`);
      const total = Number(answer.headers.get('content-range')?.split('/')[1] ?? answer.headers.get('content-length'));
      if (total !== expected.bytes) throw new Failure('document-not-public', `it has ${total} bytes, not ${expected.bytes}`);
    },

    close: () => client.destroy(),
  };
}

/** RFC 6266 §4: a plain name for old programs, and the true one. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return `inline; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}

function encoded(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

function storeFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === undefined || name === 'AbortError') return new Failure('store-unreachable', codeOf(error), { cause: error });
  return new Failure(status >= 500 ? 'store-unreachable' : 'store-refused', `${status} ${name ?? ''}`.trim(), { cause: error });
}

function codeOf(error: unknown): string {
  const { code, name, cause } = error as { code?: string; name?: string; cause?: { code?: string } };
  return cause?.code ?? code ?? name ?? 'no answer';
}
