/** V3 refuses a job for nothing but its documents: it is tried again for as long as documents are waited for, and then it goes without them. */
import type { Attempt, Report, ReportDocument } from '../domain/report.ts';
import type { Flow } from './flow.ts';
import type { InHand } from './in-hand.ts';
import { patienceOf } from './publish.ts';

/** What the tenant and the job are told. */
const REFUSED = 'it could not be attached to the job; it is in the mail';

/** The documents that the job gets now: those that V3 refused are given up for good once the patience is over. */
export async function withoutRefused(flow: Flow, { report, documents, attempts }: InHand): Promise<ReportDocument[]> {
  const last = attempts.findLast(({ step, outcome }) => step === 'submit' && outcome !== null);
  const leftMs = patienceLeftMs(flow, report, attempts);
  if (last?.outcome !== 'v3-documents' || leftMs === null || leftMs > 0) return documents;
  const attached = documents.filter(({ url, refused }) => url !== null && refused === null);
  const named = new Set([...last.detail.matchAll(/Documents\[(\d+)\]/gi)].map(([, index]) => attached[Number(index)]));
  // The second time all go: V3's words are cut, and the job has waited long enough.
  const isFirst = documents.every(({ refused }) => refused !== REFUSED) && named.size > 0;
  const given = attached.filter((document) => !isFirst || named.has(document));
  for (const document of given) await flow.ledger.saveDocument({ ...document, url: null, expiresAt: null, refused: REFUSED });
  return documents.map((document) => (given.includes(document) ? { ...document, url: null, expiresAt: null, refused: REFUSED } : document));
}

/** Not longer than until the patience is over, and soon after that. @param usualMs the growing wait of every failure */
export function waitForDocumentsMs(flow: Flow, report: Report, attempts: Attempt[], usualMs: number): number {
  const leftMs = patienceLeftMs(flow, report, attempts);
  if (leftMs === null) return usualMs;
  return leftMs > 0 ? Math.min(usualMs, leftMs) : flow.settings.retryFirstMs;
}

/** Counted from V3's first such refusal; null before it. */
function patienceLeftMs(flow: Flow, { priority }: Report, attempts: Attempt[]): number | null {
  const first = attempts.find(({ step, outcome }) => step === 'submit' && outcome === 'v3-documents');
  return first === undefined ? null : first.startedAt.getTime() + patienceOf(flow, priority) - flow.clock.now().getTime();
}
