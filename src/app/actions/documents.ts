/** What people do with published documents: try the store, take documents back, compare the store with the ledger. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Failure, failureOf } from '../../domain/failure.ts';
import type { ReportDocument } from '../../domain/report.ts';
import type { Documents, Ledger } from '../../pipeline/ports.ts';
import type { Config } from '../config.ts';

/** An object that is younger may be on its way into the ledger's other columns. */
const YOUNG_MS = 3_600_000;
/** Documents of the ledger that are looked up at once. */
const BATCH = 500;
/** The keys of pipeline/document.ts: what does not look like them is not ours to delete. */
const OURS = /^[0-9A-Z]{9}\/[0-9a-f]{32}\/[^/]+$/;

/**
 * Deletes the report's documents from the store, and sees to it that they are not published again. Safe to repeat.
 * @returns how many the ledger knows
 * @throws Failure store-*: then the ledger has taken them back already, and only the deleting must be repeated
 */
export async function unpublish(ledger: Ledger, documents: Documents, reference: string, now: Date, signal: AbortSignal): Promise<number> {
  const withdrawn = await ledger.withdrawDocuments(reference, 'the agency has taken it back', now);
  await documents.remove(
    withdrawn.map(({ key }) => key),
    signal,
  );
  return withdrawn.length;
}

export type Audit = {
  objects: number;
  /** In the store, but not in the ledger. */
  unknown: { key: string; bytes: number; ours: boolean }[];
  /** In the store, though the ledger says that it was removed or never published. */
  leftOver: { key: string; bytes: number }[];
  /** In the ledger, but not in the store. */
  missing: { reference: string; name: string; key: string }[];
};

/** Compares the store with the ledger. @throws Failure store-* */
export async function auditDocuments(ledger: Ledger, documents: Documents, now: Date, signal: AbortSignal): Promise<Audit> {
  const audit: Audit = { objects: 0, unknown: [], leftOver: [], missing: [] };
  const seen = new Set<string>();
  for await (const page of paged(documents.list(signal), BATCH)) {
    audit.objects += page.length;
    const known = new Map((await ledger.documentsByKey(page.map(({ key }) => key))).map((document) => [document.key, document]));
    for (const { key, bytes, modifiedAt } of page) {
      seen.add(key);
      const document = known.get(key);
      if (document === undefined) audit.unknown.push({ key, bytes, ours: OURS.test(key) });
      else if (!mayBeThere(document) && now.getTime() - modifiedAt.getTime() > YOUNG_MS) audit.leftOver.push({ key, bytes });
    }
  }
  let after = '';
  for (;;) {
    const inStore = await ledger.documentsInStore(after, BATCH);
    audit.missing.push(...inStore.filter(({ key }) => !seen.has(key)).map(({ reference, name, key }) => ({ reference, name, key })));
    const last = inStore.at(-1);
    if (last === undefined) return audit;
    after = last.key;
  }
}

function mayBeThere({ published, refused, removedAt }: ReportDocument): boolean {
  return removedAt === null && (published !== null || refused === null);
}

async function* paged<T>(all: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const one of all) {
    page.push(one);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** A white dot (PNG). */
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWP4//8/AAX+Av5Y8msOAAAAAElFTkSuQmCC',
  'base64',
);

/** Publishes a dot as each branch would a photo, reads it as a stranger, and deletes it. */
export async function* checkStore(
  config: Config,
  documents: Documents,
  signal: AbortSignal,
): AsyncGenerator<{ branch: string; way: string; failure: Failure | null }> {
  for (const [name, branch] of Object.entries(config.branches)) {
    const { way } = branch.public ?? config.s3.public;
    const key = `faultline-check/${randomBytes(16).toString('hex')}/dot.png`;
    const sha256 = createHash('sha256').update(DOT).digest('hex');
    const publication = { key, name: 'dot.png', mimeType: 'image/png', bytes: DOT.length, sha256, branch };
    let failure: Failure | null = null;
    try {
      const { url } = await documents.publish(publication, Readable.from([DOT]), signal);
      await documents.check(url, publication, signal);
    } catch (error) {
      failure = failureOf(error);
    }
    try {
      await documents.remove([key], signal);
    } catch (error) {
      failure ??= new Failure('store-refused', `it was published, but could not be deleted: ${failureOf(error).detail}`, { cause: error });
    }
    yield { branch: name, way, failure };
  }
}

/**
 * The bucket's lifecycle rule, as `aws s3api put-bucket-lifecycle-configuration` takes it: a safety net a day behind Faultline's own deleting,
 * which also ends uploads that broke off and old versions in a bucket that keeps them.
 */
export function lifecycleOf({ s3, documents }: Config): object {
  return {
    Rules: [
      {
        ID: 'faultline-documents',
        Status: 'Enabled',
        Filter: { Prefix: s3.prefix },
        ...(documents.keepDays !== null && { Expiration: { Days: documents.keepDays + 1 } }),
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ],
  };
}
