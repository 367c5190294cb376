/** What V3 means by an answer that is not a success: its error bodies are not published, so every shape that ASP.NET Web API has is read. */
import { Failure } from '../../domain/failure.ts';
import { JOB_FIELDS } from '../../domain/job.ts';

const MINUTE = 60_000;

/** @param retryAfter seconds, 0 where the header is missing */
export function failureOfAnswer(status: number, text: string, retryAfter: number): Failure {
  const words = wordsOf(text);
  const detail = `${status}${words === '' ? '' : `: ${words}`}`;
  if (status === 400) return new Failure(refusalOf(text, words), detail);
  if (status === 401) return new Failure('v3-key', detail);
  if (status === 403) return new Failure('v3-blocked', detail, { afterMs: 5 * MINUTE });
  if (status === 429) return new Failure('v3-throttled', detail, retryAfter > 0 ? { afterMs: retryAfter * 1000 } : {});
  if (status >= 500) return new Failure('v3-error', detail);
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) return new Failure('v3-branch', detail);
  return new Failure('v3-invalid', detail);
}

/** V3's own words on one line, without the tenant's phone numbers and addresses. */
export function wordsOf(text: string): string {
  const read = fromJson(text) ?? text.replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return masked(read.replace(/\s+/g, ' ').trim()).slice(0, 500);
}

function fromJson(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'string') return body;
    if (body === null || typeof body !== 'object') return String(body);
    const { Message, MessageDetail, ModelState, ExceptionMessage } = body as Record<string, unknown>;
    const fields =
      ModelState !== null && typeof ModelState === 'object'
        ? Object.entries(ModelState).map(([field, said]) => `${field}: ${[said].flat().join(' ')}`)
        : [];
    const said = [Message, MessageDetail, ExceptionMessage, ...fields].filter((part) => typeof part === 'string' && part !== '');
    return said.length > 0 ? said.join(' ') : JSON.stringify(body);
  } catch {
    return null;
  }
}

function refusalOf(text: string, words: string): 'v3-used' | 'v3-documents' | 'v3-invalid' {
  if (saysUsed(text, words)) return 'v3-used';
  return namesOnlyDocuments(text, words) ? 'v3-documents' : 'v3-invalid';
}

/** Then everything else of the job may be well: it could be had without them. */
function namesOnlyDocuments(text: string, words: string): boolean {
  const fields = fieldsOf(text);
  if (fields.length > 0) return fields.every((field) => /(^|\.)Documents\b/i.test(field));
  return /\bdocuments?\b/i.test(words) && !JOB_FIELDS.some((field) => words.toLowerCase().includes(field.toLowerCase()));
}

/** The keys of ASP.NET's ModelState, such as `issue.Documents[0].URL`. */
function fieldsOf(text: string): string[] {
  try {
    const { ModelState } = JSON.parse(text) as { ModelState?: object };
    return ModelState !== null && typeof ModelState === 'object' ? Object.keys(ModelState) : [];
  } catch {
    return [];
  }
}

function saysUsed(text: string, words: string): boolean {
  return /external ?id/i.test(`${text} ${words}`) && /\b(already|used|exists?|unique|duplicate|taken)\b/i.test(words);
}

function masked(text: string): string {
  return text.replace(/[^\s@<>"']+@[^\s@<>"']+/g, '…@…').replace(/\+?\d[\d ()-]{6,}\d/g, '…');
}
