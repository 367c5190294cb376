/** Stands before fauxqs, which lets everything through, and enforces what a real S3 would: signatures, expiry and object ACLs. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkSignature, type Refusal } from './s3-signature.ts';

export type GateOptions = {
  /** Access key ID → secret. */
  secrets: ReadonlyMap<string, string>;
  /** "Bucket owner enforced", the default of new buckets at AWS: an ACL other than `private` is refused. */
  ownerEnforced: boolean;
  now: () => number;
};

/** Either answers the request itself or calls `pass`. */
export type Gate = (request: IncomingMessage, response: ServerResponse, pass: () => void) => void;

const DENIED: Refusal = { status: 403, code: 'AccessDenied', message: 'Access Denied' };
const NO_ACLS: Refusal = { status: 400, code: 'AccessControlListNotSupported', message: 'The bucket does not allow ACLs' };
const BAD_URI: Refusal = { status: 400, code: 'InvalidURI', message: "Couldn't parse the specified URI." };

/** What a presigned GET may set in the answer (GetObject, "Overriding response header values"). */
const OVERRIDES = ['content-type', 'content-disposition', 'cache-control'];

export function gateOf(options: GateOptions): Gate {
  const acls = new ObjectAcls();
  return (request, response, pass) => {
    const target = targetOf(request);
    if (target === null) return refuse(response, BAD_URI);
    const { url, object } = target;
    const check = checkSignature(request, url, options.secrets, options.now());
    if (typeof check === 'object') return refuse(response, check);
    const reading = request.method === 'GET' || request.method === 'HEAD';
    if (check === 'anonymous' && !(reading && acls.isPublic(object))) return refuse(response, DENIED);
    const acl = String(request.headers['x-amz-acl'] ?? url.searchParams.get('x-amz-acl') ?? 'private');
    if (acl !== 'private' && options.ownerEnforced) return refuse(response, NO_ACLS);
    if (request.method === 'PUT' && url.searchParams.has('acl')) {
      acls.set(object, acl);
      response.writeHead(200).end();
      return;
    }
    beforeHead(response, (status) => {
      if (status >= 300) return;
      acls.follow(request.method ?? '', url.searchParams, object, acl);
      if (check === 'signed' && reading) override(response, url.searchParams);
    });
    pass();
  };
}

/** The ACL of each object, by `bucket/key`. */
class ObjectAcls {
  #acls = new Map<string, string>();
  /** Of multipart uploads under way, which are given theirs at their beginning. */
  #pending = new Map<string, string>();

  set(object: string, acl: string): void {
    this.#acls.set(object, acl);
  }

  isPublic(object: string): boolean {
    return this.#acls.get(object) === 'public-read';
  }

  /** Takes in what a request that succeeded means. */
  follow(method: string, query: URLSearchParams, object: string, acl: string): void {
    const ofUpload = query.has('uploadId');
    if (method === 'PUT' && !ofUpload) this.set(object, acl);
    if (method === 'DELETE' && !ofUpload) this.#acls.delete(object);
    if (method === 'POST' && query.has('uploads')) this.#pending.set(object, acl);
    if (method === 'POST' && ofUpload) {
      this.set(object, this.#pending.get(object) ?? 'private');
      this.#pending.delete(object);
    }
  }
}

/** `object` is `bucket/key`, decoded. Null when the path is not a URI's. */
function targetOf(request: IncomingMessage): { url: URL; object: string } | null {
  try {
    const url = new URL(`http://${request.headers.host ?? '127.0.0.1'}${request.url ?? '/'}`);
    return { url, object: decodeURIComponent(url.pathname.slice(1)) };
  } catch {
    return null;
  }
}

/** Calls `act` with the status when the head of the answer is about to be written: what it does is true before the client knows. */
function beforeHead(response: ServerResponse, act: (status: number) => void): void {
  const writeHead = response.writeHead.bind(response) as (status: number, headers?: Record<string, string>) => ServerResponse;
  response.writeHead = ((status: number, headers: Record<string, string> = {}) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    act(status);
    return writeHead(status);
  }) as typeof response.writeHead;
}

function override(response: ServerResponse, query: URLSearchParams): void {
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`);
    if (value !== null) response.setHeader(name, value);
  }
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}
