/** The URL at which anybody can read a document, in each of the ways to make it public. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Failure } from '../../domain/failure.ts';

/** `days` at most 7: the limit of SigV4 presigned URLs. */
export type PublicWay = { way: 'presigned'; days: number } | { way: 'public-read' } | { way: 'public-url'; baseUrl: string };

export async function urlOf(
  client: S3Client,
  bucket: string,
  key: string,
  way: PublicWay,
): Promise<{ url: string; expiresAt: Date | null }> {
  if (way.way === 'public-url') return { url: `${way.baseUrl.replace(/\/+$/, '')}/${encoded(key)}`, expiresAt: null };
  const get = new GetObjectCommand({ Bucket: bucket, Key: key });
  if (way.way === 'public-read') {
    // The object's own URL: a presigned one without its signature.
    const url = new URL(await getSignedUrl(client, get, { expiresIn: 60 }));
    url.search = '';
    return { url: url.href, expiresAt: null };
  }
  const seconds = Math.floor(way.days * 86_400);
  return { url: await getSignedUrl(client, get, { expiresIn: seconds }), expiresAt: new Date(Date.now() + seconds * 1000) };
}

/**
 * A presigned URL ends with the credentials that signed it, whatever it says itself: those of a role live for some hours.
 * @throws Failure store-credentials
 */
export async function assertLivesLongEnough(client: S3Client, days: number): Promise<void> {
  const until = Date.now() + days * 86_400_000;
  let { expiration, sessionToken } = await client.config.credentials();
  if (expiration && expiration.getTime() < until) ({ expiration, sessionToken } = await client.config.credentials({ forceRefresh: true }));
  if (expiration && expiration.getTime() < until)
    throw new Failure('store-credentials', `they end at ${expiration.toISOString()}, and URLs should live for ${days} days`);
  if (sessionToken && !expiration)
    throw new Failure('store-credentials', 'they are temporary (with a session token), and nobody knows when they end');
}

function encoded(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
