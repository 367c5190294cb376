/** Deletes published documents at the end of their retention. */
import { failureOf } from '../domain/failure.ts';
import { sleep } from './bell.ts';
import type { Flow } from './flow.ts';

const EVERY_MS = 3_600_000;
/** Documents that are deleted in one go. */
const BATCH = 500;

/** Deletes what is due each hour, until the signal aborts. */
export async function keepExpiring(flow: Flow, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && flow.settings.keepDocumentsMs !== null) {
    await expireDocuments(flow, signal);
    await sleep(EVERY_MS, signal);
  }
}

/** Deletes what has been in the store for longer than the setting. What the store refuses now is tried again the next time. */
export async function expireDocuments(flow: Flow, signal: AbortSignal): Promise<void> {
  const { keepDocumentsMs } = flow.settings;
  if (keepDocumentsMs === null) return;
  try {
    const before = new Date(flow.clock.now().getTime() - keepDocumentsMs);
    while (!signal.aborted) {
      const due = await flow.ledger.documentsPublishedBefore(before, BATCH);
      if (due.length === 0) return;
      await flow.documents.remove(
        due.map(({ key }) => key),
        signal,
      );
      for (const document of due) await flow.ledger.saveDocument({ ...document, url: null, expiresAt: null, removedAt: flow.clock.now() });
      flow.log.write({ event: 'documents-expired', documents: due.length });
    }
  } catch (error) {
    const failure = failureOf(error);
    if (!signal.aborted) flow.log.write({ event: 'worker-failed', code: failure.code, detail: failure.detail });
  }
}
