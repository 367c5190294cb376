/** Makes the documents of a report public, so that V3 can fetch them: each is streamed from its raw mail, made safe, and streamed into the store. */
import { publishedName } from '../domain/document-type.ts';
import { Failure, failureOf } from '../domain/failure.ts';
import type { Branch } from '../domain/mailbox.ts';
import type { Attempt, Report, ReportDocument } from '../domain/report.ts';
import type { Flow } from './flow.ts';
import { grouped } from './grouped.ts';
import type { Done, InHand } from './in-hand.ts';

/** A URL must live at least so long when it is submitted, since nobody knows when V3 reads it. */
const FRESH_MS = 24 * 3_600_000;
/** What the tenant and the job are told of a document that stayed unpublished for longer than the report may wait. */
const TOO_LATE = 'it could not be put on the web in time; it is in the mail';

/**
 * Publishes what has no URL, or one that ends soon. Each URL is recorded as soon as a stranger could read it, so a later try goes on from
 * there. When the report has waited for longer than the configured patience, it goes on without what is still not public.
 * @throws Failure store-*, document-not-public, scanner-unreachable, before the patience is over
 */
export async function publish(flow: Flow, { report, mailbox, documents, attempts }: InHand, signal: AbortSignal): Promise<Done> {
  const wanted = unpublished(documents, attempts, flow.clock.now());
  const left = new Set(wanted);
  let failure: Failure | null = null;
  try {
    for (const [identity, ofMessage] of grouped(wanted, (document) => document.identity)) {
      const failed = await publishFrom(flow, mailbox.branch, identity, ofMessage, left, signal);
      failure ??= failed;
    }
  } catch (error) {
    failure = failureOf(error);
    if (signal.aborted || failure.kind !== 'retry') throw error;
  }
  if (failure !== null) {
    const leftMs = patienceLeftMs(flow, report, attempts);
    if (leftMs === null || leftMs > 0) throw failure;
    for (const document of left) await flow.ledger.saveDocument({ ...document, url: null, expiresAt: null, refused: TOO_LATE });
  }
  if (wanted.length > 0) flow.watcher?.published(report.reference, await flow.ledger.documents(report.reference));
  const without = left.size > 0 && failure !== null ? `; without ${left.size}, after ${failure.code}: ${failure.detail}` : '';
  return { detail: `${wanted.length} documents${without}`, progress: { stage: 'published', dueAt: flow.clock.now() } };
}

/** The documents that must be published before the job is submitted. */
export function unpublished(documents: ReportDocument[], attempts: Attempt[], now: Date): ReportDocument[] {
  const publishedAt = attempts.findLast((attempt) => attempt.step === 'publish' && attempt.outcome === 'ok')?.endedAt ?? null;
  return documents.filter(
    (document) =>
      document.refused === null && document.removedAt === null && (document.url === null || endsSoon(document, publishedAt, now)),
  );
}

/** Where URLs live for less than two days (setting `s3.public.days`), half of their life must be left. */
function endsSoon({ expiresAt }: ReportDocument, publishedAt: Date | null, now: Date): boolean {
  if (expiresAt === null) return false;
  const lifetime = publishedAt === null ? Number.POSITIVE_INFINITY : expiresAt.getTime() - publishedAt.getTime();
  return expiresAt.getTime() - now.getTime() < Math.min(FRESH_MS, lifetime / 2);
}

/** Not longer than until the patience is over: then the job goes without them. @param usualMs the growing wait of every failure */
export function waitToPublishMs(flow: Flow, report: Report, attempts: Attempt[], usualMs: number): number {
  const leftMs = patienceLeftMs(flow, report, attempts);
  return leftMs === null || leftMs <= 0 ? usualMs : Math.min(usualMs, leftMs);
}

/** Counted from the first try since the documents were last public; null before it. */
function patienceLeftMs(flow: Flow, { priority }: Report, attempts: Attempt[]): number | null {
  const publishing = attempts.filter(({ step }) => step === 'publish');
  const first = publishing.slice(publishing.findLastIndex(({ outcome }) => outcome === 'ok') + 1)[0];
  return first === undefined ? null : first.startedAt.getTime() + patienceOf(flow, priority) - flow.clock.now().getTime();
}

/** How long a job waits for its documents, in milliseconds. */
export function patienceOf({ settings: { patienceMs, emergencyPatienceMs } }: Flow, priority: Report['priority']): number {
  return priority === 'Emergency' ? Math.min(patienceMs, emergencyPatienceMs) : patienceMs;
}

/**
 * Publishes these documents of one mail, and takes each that is settled out of `left`. One that is not public does not keep the others back.
 * @returns the first such failure
 */
async function publishFrom(
  flow: Flow,
  branch: Branch,
  identity: string,
  documents: ReportDocument[],
  left: Set<ReportDocument>,
  signal: AbortSignal,
): Promise<Failure | null> {
  const message = await flow.ledger.message(identity);
  if (message === null) throw new Failure('unexpected', 'the ledger has lost the message of a document');
  const byPart = new Map(documents.map((document) => [document.part, document]));
  let failure: Failure | null = null;
  await flow.mime.extract(flow.raws.open(message.rawKey), new Set(byPart.keys()), async (part, body) => {
    const document = byPart.get(part);
    if (document === undefined) return;
    signal.throwIfAborted();
    byPart.delete(part);
    const finished = await flow.workshop.finish(document, body, signal);
    if ('refused' in finished) {
      await flow.ledger.saveDocument({ ...document, url: null, expiresAt: null, refused: finished.refused });
      left.delete(document);
      return;
    }
    try {
      const { mimeType, bytes, sha256 } = finished;
      const publication = { key: document.key, name: publishedName(document.name, document.mimeType), mimeType, bytes, sha256, branch };
      const { url, expiresAt } = await flow.documents.publish(publication, finished.open(), signal);
      const published = { ...document, published: { mimeType, bytes, sha256, at: flow.clock.now() } };
      // That it lies in the store is known before it has a URL, so that it is deleted in time whatever becomes of it.
      if (!(await flow.ledger.saveDocument({ ...published, url: null, expiresAt: null })))
        await flow.documents.remove([document.key], signal);
      else {
        await flow.documents.check(url, publication, signal);
        await flow.ledger.saveDocument({ ...published, url, expiresAt });
      }
      left.delete(document);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'document-not-public') throw error;
      failure ??= error;
    } finally {
      await finished.discard();
    }
  });
  if (byPart.size > 0) throw new Failure('unexpected', `the raw mail has no part ${[...byPart.keys()].join(', ')} any more`);
  return failure;
}
