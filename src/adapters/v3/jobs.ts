/** V3's createmaintenancejob over HTTPS. One request a call; nothing is tried again here, since V3 punishes it. */
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
/** The connection was never made, so the request cannot have arrived. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_INVALID_URL)/;

export function openJobs(settings: JobsSettings): Jobs {
  return {
    async submit(branch: Branch, job: Job, signal: AbortSignal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
      const { status, retryAfter, text } = await post(urlOf(settings.url, branch), settings, branch, job, limit);
      if (status >= 200 && status < 300) return { response: text.slice(0, 4096) };
      throw failureOfAnswer(status, text, retryAfter);
    },
  };
}

function urlOf(base: string, branch: Branch): string {
  const { shortName, branchID } = branch;
  return `${base.replace(/\/+$/, '')}/v3/maintenance/${encodeURIComponent(shortName)}/maintenance/${encodeURIComponent(branchID)}/createmaintenancejob`;
}

async function post(url: string, settings: JobsSettings, branch: Branch, job: Job, signal: AbortSignal) {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', [settings.apiKeyHeader]: settings.apiKeyOf(branch) },
      body: JSON.stringify(job),
      redirect: 'manual',
      signal,
    });
    return { status: answer.status, retryAfter: Number(answer.headers.get('retry-after')) || 0, text: await textOf(answer) };
  } catch (error) {
    const code = String((error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name);
    if (NEVER_SENT.test(code)) throw new Failure('v3-unreachable', code, { cause: error });
    throw new Failure('v3-unknown', code === 'TimeoutError' ? `no answer within ${Math.round(settings.timeoutMs / 1000)} s` : code, {
      cause: error,
    });
  }
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_ANSWER) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, MOST_ANSWER);
}
