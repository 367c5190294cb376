/** Makes the documents of a report public, so that V3 can fetch them: each is streamed from its raw mail into the store. */
import { Failure } from '../domain/failure.ts';
import type { Attempt, ReportDocument } from '../domain/report.ts';
import type { Flow } from './flow.ts';
import { grouped } from './grouped.ts';
import type { Done, InHand } from './in-hand.ts';

/** A URL must live at least so long when it is submitted, since nobody knows when V3 reads it. */
const FRESH_MS = 24 * 3_600_000;

/** Publishes what has no URL, or one that ends soon. Each URL is recorded as soon as a stranger could read it, so a later try goes on from there. */
export async function publish(flow: Flow, { report, documents, attempts }: InHand, signal: AbortSignal): Promise<Done> {
  const { reference } = report;
  const wanted = unpublished(documents, attempts, flow.clock.now());
  for (const [identity, ofMessage] of grouped(wanted, (document) => document.identity)) {
    await publishFrom(flow, identity, ofMessage, signal);
  }
  if (wanted.length > 0) flow.watcher?.published(reference, await flow.ledger.documents(reference));
  return { detail: `${wanted.length} documents`, progress: { stage: 'published', dueAt: flow.clock.now() } };
}

/** The documents that must be published before the job is submitted. */
export function unpublished(documents: ReportDocument[], attempts: Attempt[], now: Date): ReportDocument[] {
  const publishedAt = attempts.findLast((attempt) => attempt.step === 'publish' && attempt.outcome === 'ok')?.endedAt ?? null;
  return documents.filter((document) => document.refused === null && (document.url === null || endsSoon(document, publishedAt, now)));
}

/** Where URLs live for less than two days (setting `s3.public.days`), half of their life must be left. */
function endsSoon({ expiresAt }: ReportDocument, publishedAt: Date | null, now: Date): boolean {
  if (expiresAt === null) return false;
  const lifetime = publishedAt === null ? Number.POSITIVE_INFINITY : expiresAt.getTime() - publishedAt.getTime();
  return expiresAt.getTime() - now.getTime() < Math.min(FRESH_MS, lifetime / 2);
}

async function publishFrom(flow: Flow, identity: string, documents: ReportDocument[], signal: AbortSignal): Promise<void> {
  const message = await flow.ledger.message(identity);
  if (message === null) throw new Failure('unexpected', 'the ledger has lost the message of a document');
  const byPart = new Map(documents.map((document) => [document.part, document]));
  await flow.mime.extract(flow.raws.open(message.rawKey), new Set(byPart.keys()), async (part, body) => {
    const document = byPart.get(part);
    if (document === undefined) return;
    signal.throwIfAborted();
    const { key, name, mimeType, bytes } = document;
    const { url, expiresAt } = await flow.documents.publish({ key, name, mimeType, bytes }, body, signal);
    await flow.documents.check(url, { mimeType, bytes }, signal);
    await flow.ledger.saveDocument({ ...document, url, expiresAt });
    byPart.delete(part);
  });
  if (byPart.size > 0) throw new Failure('unexpected', `the raw mail has no part ${[...byPart.keys()].join(', ')} any more`);
}
