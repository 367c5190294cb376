/** A stand-in for the V3 Maintenance API on loopback. What it knows and where it guesses: docs/v3-stand-in.md. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as answers from './v3-answers.ts';
import { type FetchedDocument, fetchDocument } from './v3-documents.ts';
import { type Fault, FaultPlan, isHandled } from './v3-faults.ts';
import { checkIssue, type MaintenanceIssue } from './v3-validation.ts';
import { KeyWindow, WINDOW_MS } from './v3-window.ts';

export type V3Options = {
  /** 0, the default, takes a free one. */
  port?: number;
  shortName?: string;
  branchID?: string;
  apiKey?: string;
  /** The name of the header that carries the key. */
  apiKeyHeader?: string;
  /** The rolling window of the key, in milliseconds; default 60,000. */
  windowMs?: number;
  /** Milliseconds since 1970, for the rolling window and the records. */
  now?: () => number;
  /** How long a document may take to be read. */
  fetchTimeoutMs?: number;
};

/** `id`: the stand-in's own job number. `receivedAt`: milliseconds since 1970. */
export type StoredJob = { id: number; job: MaintenanceIssue; receivedAt: number; documents: FetchedDocument[] };

/** One request as it came in; `status` 0: not answered (yet). */
export type SeenRequest = { at: number; status: number };

export type V3StandIn = {
  /** Without a trailing slash: the path starts with `/v3/…`. */
  url: string;
  apiKey: string;
  jobs: StoredJob[];
  /** Every request, in the order of arrival, refused ones too. */
  requests: SeenRequest[];
  /** Has the next requests (those that pass path, key and window) meet these faults, one each. */
  fail(next: Fault | Fault[]): void;
  /** Has every request meet this fault, or what the function says for each, after those of `fail`, until it is called with null. */
  failWhile(fault: Fault | (() => Fault | null) | null): void;
  /** Cuts all connections, hanging ones too. */
  close(): Promise<void>;
};

/** A guess at what the service takes: ASP.NET's default request limit. */
const MOST_BODY_BYTES = 4 << 20;

type Context = Required<Omit<V3Options, 'port' | 'windowMs'>> & {
  window: KeyWindow;
  faults: FaultPlan;
  jobs: StoredJob[];
  /** Aborts when the stand-in closes. */
  closing: AbortSignal;
};

/** Resolves when it listens on 127.0.0.1. */
export async function startV3(options: V3Options = {}): Promise<V3StandIn> {
  const closing = new AbortController();
  const context: Context = {
    shortName: options.shortName ?? 'brightkeys',
    branchID: options.branchID ?? '0042',
    apiKey: options.apiKey ?? 'sandbox-key',
    apiKeyHeader: options.apiKeyHeader ?? 'api_key',
    now: options.now ?? Date.now,
    fetchTimeoutMs: options.fetchTimeoutMs ?? 5_000,
    window: new KeyWindow(options.windowMs ?? WINDOW_MS),
    faults: new FaultPlan(),
    jobs: [],
    closing: closing.signal,
  };
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const seen: SeenRequest = { at: context.now(), status: 0 };
    requests.push(seen);
    serve(context, request, response, seen).catch(() => response.destroy()); // the client left, or the stand-in closed
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: context.apiKey,
    jobs: context.jobs,
    requests,
    fail: (next) => context.faults.add(next),
    failWhile: (fault) => context.faults.stand(fault),
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(context: Context, request: IncomingMessage, response: ServerResponse, seen: SeenRequest): Promise<void> {
  const body = await readBody(request);
  const refusal = admit(context, request, seen.at);
  if (refusal) return send(response, seen, refusal);
  const fault = context.faults.take();
  if (fault?.kind === 'slow') await sleep(fault.ms, undefined, { signal: context.closing });
  const answer = isHandled(fault) ? await create(context, request, body, seen.at) : null;
  switch (fault?.kind) {
    case 'timeout-before':
    case 'timeout-after':
      if (!fault.hang) response.destroy();
      return;
    case 'error':
      return send(response, seen, answers.SERVER_ERROR);
    case 'html':
      return send(response, seen, answers.BAD_GATEWAY);
    case 'throttled':
      return send(response, seen, answers.THROTTLED);
    case 'empty':
      return send(response, seen, answers.empty(fault.status ?? 500));
    default:
      if (answer) send(response, seen, answer);
  }
}

/** The body as text, or null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MOST_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

/** Path, method, key and window, in this order; null when the request may go on. */
function admit(context: Context, request: IncomingMessage, now: number): answers.Answer | null {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const branch = `/v3/maintenance/${encodeURIComponent(context.shortName)}/maintenance/${encodeURIComponent(context.branchID)}`;
  if (path !== `${branch}/createmaintenancejob`) return answers.message(404, 'No HTTP resource was found that matches the request URI.');
  if (request.method !== 'POST') return answers.message(405, `The requested resource does not support http method '${request.method}'.`);
  if (request.headers[context.apiKeyHeader.toLowerCase()] !== context.apiKey) return answers.DENIED;
  const verdict = context.window.enter(now);
  if (verdict === 'throttled') return answers.THROTTLED;
  return verdict === 'blocked' ? answers.BLOCKED : null;
}

/** Checks the job and stores it. */
async function create(context: Context, request: IncomingMessage, body: string | null, now: number): Promise<answers.Answer> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) {
    return answers.message(415, `The request entity's media type '${type}' is not supported for this resource.`);
  }
  if (body === null) return answers.TOO_LARGE;
  const checked = checkIssue(body);
  if ('errors' in checked) return answers.invalid(checked.errors);
  const { issue } = checked;
  if (isUsed(context, issue)) return answers.invalid(USED);
  const documents: FetchedDocument[] = [];
  const errors: answers.ModelState = {};
  const fetched = await Promise.all(issue.Documents.map((document) => fetchDocument(document, context.fetchTimeoutMs, context.closing)));
  for (const [index, document] of fetched.entries()) {
    if ('refused' in document) errors[`issue.Documents[${index}].URL`] = [`The document could not be fetched: ${document.refused}.`];
    else documents.push(document);
  }
  if (Object.keys(errors).length > 0) return answers.invalid(errors);
  if (isUsed(context, issue)) return answers.invalid(USED); // another request may have been quicker
  const id = 700_001 + context.jobs.length;
  context.jobs.push({ id, job: issue, receivedAt: now, documents });
  return answers.json(200, { ID: id, ExternalID: issue.ExternalID });
}

const USED: answers.ModelState = { 'issue.ExternalID': ['The ExternalID has already been used.'] };

function isUsed(context: Context, issue: MaintenanceIssue): boolean {
  return context.jobs.some(({ job }) => job.ExternalID === issue.ExternalID);
}

function send(response: ServerResponse, seen: SeenRequest, answer: answers.Answer): void {
  seen.status = answer.status;
  if (answer.contentType !== '') response.setHeader('content-type', answer.contentType);
  response.writeHead(answer.status).end(answer.body);
}
