/** V3's createmaintenancejob over HTTPS. One request a call; nothing is tried again here, since V3 punishes it. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Failure } from '../../domain/failure.ts';
import type { Job } from '../../domain/job.ts';
import type { Branch } from '../../domain/mailbox.ts';
import type { Jobs } from '../../pipeline/ports.ts';
import { failureOfAnswer } from './answer.ts';

export type JobsSettings = {
  /** Without the path: `https://live-api.letmc.com`. */
  url: string;
  apiKeyHeader: string;
  timeoutMs: number;
  apiKeyOf(branch: Branch): string;
};

const MOST_ANSWER = 64 * 1024;
/** A name, a connection and TLS take less, or V3 is out of reach. */
const CONNECT_MS = 15_000;
/** Codes of Node's TLS errors: the certificate, or no TLS at all. */
const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

export function openJobs(settings: JobsSettings): Jobs {
  return {
    async submit(branch: Branch, job: Job, signal: AbortSignal, whenSent: () => void = () => undefined) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
      const { status, retryAfter, text } = await post(urlOf(settings.url, branch), settings, branch, job, limit, whenSent);
      if (status >= 200 && status < 300) return { response: text.slice(0, 4096) };
      throw failureOfAnswer(status, text, retryAfter);
    },
  };
}

function urlOf(base: string, branch: Branch): URL {
  const { shortName, branchID } = branch;
  return new URL(
    `${base.replace(/\/+$/, '')}/v3/maintenance/${encodeURIComponent(shortName)}/maintenance/${encodeURIComponent(branchID)}/createmaintenancejob`,
  );
}

type Answer = { status: number; retryAfter: number; text: string };

/** Not `fetch`, which does not tell when the request went out. @throws Failure v3-unreachable or v3-tls when it never did, v3-unknown when it did */
async function post(
  url: URL,
  settings: JobsSettings,
  branch: Branch,
  job: Job,
  signal: AbortSignal,
  whenSent: () => void,
): Promise<Answer> {
  let isSent = false;
  const body = Buffer.from(JSON.stringify(job));
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          accept: 'application/json',
          [settings.apiKeyHeader]: settings.apiKeyOf(branch),
        },
        signal,
      });
      const tooLate = setTimeout(() => request.destroy(codedError('ETIMEDOUT')), CONNECT_MS);
      const sent = () => {
        clearTimeout(tooLate);
        if (isSent) return;
        isSent = true;
        whenSent();
      };
      request.once('finish', sent); // all of it is with the operating system, over a connection that stands
      request.once('close', () => clearTimeout(tooLate));
      request.once('error', reject);
      request.once('response', (response) => {
        sent();
        const retryAfter = Number(response.headers['retry-after']) || 0;
        textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, retryAfter, text }), reject);
      });
      request.end(body);
    });
  } catch (error) {
    throw failureOfPost(error, isSent, settings, signal);
  }
}

function failureOfPost(error: unknown, isSent: boolean, settings: JobsSettings, signal: AbortSignal): Failure {
  const isLate = (signal.reason as Error | undefined)?.name === 'TimeoutError';
  const { code, name } = error as { code?: string; name?: string };
  const said = isLate ? `no answer within ${Math.round(settings.timeoutMs / 1000)} s` : String(code ?? name);
  const kind = isSent ? 'v3-unknown' : TLS.test(said) ? 'v3-tls' : 'v3-unreachable';
  return new Failure(kind, said, { cause: error });
}

function codedError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** What is longer than that is left unread, and the connection closed. */
async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_ANSWER) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, MOST_ANSWER);
}
