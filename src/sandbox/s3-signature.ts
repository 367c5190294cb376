/** Checks AWS Signature Version 4 as S3 does (Amazon S3 API Reference, "Authenticating Requests"): in the header, or in a presigned URL. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type Refusal = { status: number; code: string; message: string };

type Claim = { credential: string; signedHeaders: string; signature: string; date: string; payload: string; expires: string | null };

/** The longest that a presigned URL may live. */
const MOST_EXPIRES_S = 604_800;
/** How far the clock of a client may be off that signs in the header. */
const MOST_SKEW_MS = 15 * 60_000;

/**
 * `anonymous` when the request carries no signature, `signed` when a valid one; else why S3 would refuse it.
 * The hash of the body is taken as declared: only its being signed is checked.
 */
export function checkSignature(
  request: IncomingMessage,
  url: URL,
  secrets: ReadonlyMap<string, string>,
  now: number,
): 'anonymous' | 'signed' | Refusal {
  const claim = claimOf(request, url);
  if (claim === null) return 'anonymous';
  const [accessKeyId = '', day = '', region = '', service = ''] = claim.credential.split('/');
  const secret = secrets.get(accessKeyId);
  if (secret === undefined) return refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', claim.date, scope, sha256(canonicalRequest(request, url, claim))].join('\n');
  let key: Buffer = hmac(`AWS4${secret}`, day);
  for (const part of [region, service, 'aws4_request']) key = hmac(key, part);
  if (hmac(key, toSign).toString('hex') !== claim.signature) {
    return refusal(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.');
  }
  return checkTime(claim, now) ?? 'signed';
}

function claimOf(request: IncomingMessage, url: URL): Claim | null {
  const query = url.searchParams;
  const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
    request.headers.authorization ?? '',
  );
  if (header) {
    const [, credential = '', signedHeaders = '', signature = ''] = header;
    const date = headerOf(request, 'x-amz-date');
    return { credential, signedHeaders, signature, date, payload: headerOf(request, 'x-amz-content-sha256'), expires: null };
  }
  if (!query.has('X-Amz-Signature')) return null;
  return {
    credential: query.get('X-Amz-Credential') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature: query.get('X-Amz-Signature') ?? '',
    date: query.get('X-Amz-Date') ?? '',
    payload: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
    expires: query.get('X-Amz-Expires') ?? '',
  };
}

function canonicalRequest(request: IncomingMessage, url: URL, claim: Claim): string {
  const path = url.pathname
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&');
  const headers = claim.signedHeaders.split(';').map((name) => `${name}:${headerOf(request, name).trim().replace(/ +/g, ' ')}`);
  return [request.method, path, query, ...headers, '', claim.signedHeaders, claim.payload].join('\n');
}

function checkTime(claim: Claim, now: number): Refusal | null {
  const signedAt = Date.parse(claim.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(signedAt)) return refusal(403, 'AccessDenied', 'The date of the signature is missing or malformed.');
  if (claim.expires === null) {
    if (Math.abs(now - signedAt) <= MOST_SKEW_MS) return null;
    return refusal(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.');
  }
  const expires = Number(claim.expires);
  if (!(expires > 0 && expires <= MOST_EXPIRES_S)) {
    return refusal(400, 'AuthorizationQueryParametersError', 'X-Amz-Expires must be between 1 and 604800 seconds.');
  }
  return now > signedAt + expires * 1000 ? refusal(403, 'AccessDenied', 'Request has expired') : null;
}

function headerOf(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function refusal(status: number, code: string, message: string): Refusal {
  return { status, code, message };
}
