/** The S3 bucket: uploads documents, makes them readable by anybody in the branch's way, lists and deletes them. */
import type { Readable } from 'node:stream';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { isShownInline } from '../../domain/document-type.ts';
import type { Branch } from '../../domain/mailbox.ts';
import type { Documents, Publication } from '../../pipeline/ports.ts';
import { blockedBy, storeFailure, uploadFailure } from './store-failure.ts';
import { fetchAsStranger } from './stranger.ts';
import { assertLivesLongEnough, type PublicWay, urlOf } from './url.ts';

export type BucketSettings = {
  endpoint?: string;
  region: string;
  bucket: string;
  /** Without them the SDK looks where AWS puts them: environment, profile, the role of the machine. */
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date } | null;
  pathStyle: boolean;
  /** Put before every key; ends with / or is empty. */
  prefix: string;
  publicWay(branch: Pick<Branch, 'shortName' | 'branchID'>): PublicWay;
  /** For a request without a body; an upload gets more, by its size. */
  timeoutMs: number;
};

/** A file up to this size goes in one request, with the hash of its bytes signed, so that the store itself notices any change. */
const ONE_REQUEST_BYTES = 8 << 20;
/** An upload that is slower than this many bytes a second is given up. */
const SLOWEST = 32 * 1024;
/** Requests under way at once when many objects are deleted. */
const LANES = 4;

export function openBucket(settings: BucketSettings): Documents & { close(): void } {
  const { region, bucket, prefix, timeoutMs } = settings;
  const client = new S3Client({
    region,
    ...(settings.endpoint && { endpoint: settings.endpoint }),
    ...(settings.keys && { credentials: settings.keys }),
    forcePathStyle: settings.pathStyle,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: Math.min(timeoutMs, 15_000), requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} }, // what went wrong is told by failures
    // Many S3 servers refuse the streamed checksums that are the SDK's default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const limited = (signal: AbortSignal, ms = timeoutMs) => AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(ms))]);

  async function upload(publication: Publication, body: Readable, way: PublicWay, signal: AbortSignal): Promise<void> {
    const { bytes, sha256 } = publication;
    const params: PutObjectCommandInput = {
      Bucket: bucket,
      Key: prefix + publication.key,
      Body: body,
      ContentType: publication.mimeType,
      ContentDisposition: disposition(publication),
      // A browser keeps it for an hour; no proxy or CDN does, so that a document taken back is gone.
      CacheControl: 'private, max-age=3600, no-transform',
      ...(way.way === 'public-read' && { ACL: 'public-read' as const }),
    };
    if (bytes <= ONE_REQUEST_BYTES) {
      const command = new PutObjectCommand({ ...params, ContentLength: bytes });
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = sha256;
          return next(args);
        },
        { step: 'build', name: 'signBodyHash' },
      );
      await client.send(command, { abortSignal: signal });
      return;
    }
    const parts = new Upload({ client, queueSize: 1, params });
    const abort = () => void parts.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await parts.done();
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  return {
    async publish(publication, body, signal) {
      const way = settings.publicWay(publication.branch);
      const limit = limited(signal, timeoutMs + (publication.bytes / SLOWEST) * 1000);
      try {
        if (way.way === 'presigned') await assertLivesLongEnough(client, way.days);
        await upload(publication, body, way, limit);
        return await urlOf(client, bucket, prefix + publication.key, way);
      } catch (error) {
        throw await uploadFailure(client, bucket, way, error);
      } finally {
        body.destroy();
      }
    },

    async check(url, expected, signal) {
      const way = settings.publicWay(expected.branch);
      const failure = await fetchAsStranger(url, expected, limited(signal, timeoutMs + (expected.bytes / SLOWEST) * 1000));
      if (failure === null) return;
      throw way.way === 'presigned' || failure.code === 'store-unreachable' ? failure : ((await blockedBy(client, bucket, way)) ?? failure);
    },

    async remove(keys, signal) {
      const left = [...keys];
      const lane = async () => {
        for (let key = left.pop(); key !== undefined; key = left.pop())
          await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + key }), { abortSignal: limited(signal) });
      };
      try {
        await Promise.all(Array.from({ length: LANES }, lane));
      } catch (error) {
        throw storeFailure(error);
      }
    },

    async *list(signal) {
      let after: string | undefined;
      do {
        const page = await client
          .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: after }), { abortSignal: limited(signal) })
          .catch((error) => {
            throw storeFailure(error);
          });
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
          yield { key: Key.slice(prefix.length), bytes: Size, modifiedAt: LastModified ?? new Date(0) };
        after = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (after !== undefined);
    },

    close: () => client.destroy(),
  };
}

/** RFC 6266 §4: a plain name for old programs, and the true one (RFC 8187). Nothing but images and PDFs opens in the browser's own window. */
function disposition({ name, mimeType }: Publication): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const true_ = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${isShownInline(mimeType) ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${true_}`;
}
