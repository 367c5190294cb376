/** Documents that cannot be published: what is refused, what is waited for, and for how long; and how they are taken back. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditDocuments, unpublish } from '../../src/app/actions/documents.ts';
import { Failure } from '../../src/domain/failure.ts';
import { advance } from '../../src/pipeline/advance.ts';
import { notesWith } from '../../src/pipeline/document.ts';
import { expireDocuments } from '../../src/pipeline/retain.ts';
import { type Bench, openBench, openReport, value, values } from './stand-ins.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const never = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.end());

async function advanceAll(): Promise<void> {
  for (;;) {
    const claim = await bench.ledger.claimDue(bench.clock.now(), 300_000);
    if (claim === null) return;
    await advance(bench, claim, never);
  }
}

/** Advances, and lets as much time pass as the report waits, until it is submitted. @returns how long that took, in minutes */
async function minutesUntilSubmitted(reference: string): Promise<number> {
  const began = bench.clock.time;
  for (let round = 0; round < 100; round += 1) {
    await advanceAll();
    const report = await bench.ledger.report(reference);
    if (bench.jobs.accepted.has(reference)) return (bench.clock.time - began) / MINUTE_MS;
    expect(report?.dueAt).not.toBeNull();
    bench.clock.time = report?.dueAt?.getTime() ?? 0;
  }
  throw new Error('it was never submitted');
}

const jobOf = (reference: string) => bench.jobs.accepted.get(reference);
const documentsOf = (reference: string) => bench.ledger.documents(reference);

test('a broken picture is named in the job and in the reply, and the others are attached', async () => {
  const reference = await openReport(bench, { parts: ['0', 'bad', '1'] });
  await advanceAll();
  expect(jobOf(reference)?.Documents).toHaveLength(2);
  expect(jobOf(reference)?.IssueNotes).toBe(
    'The boiler shows E119.\n\nCame with the mail, but not attached:\n- photo-bad.jpg: the picture is damaged and cannot be opened',
  );
  expect(bench.outbox.sent[0]?.text).toContain('"why":"the picture is damaged and cannot be opened"');
});

test('what is in the store is known by its own size, type and hash, beside those of the file that came', async () => {
  const reference = await openReport(bench, { parts: ['0'] });
  bench.workshop.becomes = { mimeType: 'image/png', bytes: Buffer.from('smaller') };
  await advanceAll();
  const [document] = await documentsOf(reference);
  expect(document).toMatchObject({
    mimeType: 'image/jpeg',
    bytes: 10,
    published: { mimeType: 'image/png', bytes: 7, at: bench.clock.now() },
  });
  expect(bench.documents.published[0]?.text).toBe('smaller');
  expect(jobOf(reference)?.Documents?.[0]?.MimeType).toBe('image/png');
});

test('one document that is not public does not keep the others back, and the job waits for it', async () => {
  const reference = await openReport(bench, { parts: ['0', '1', '2'] });
  bench.documents.notPublic = '/0.jpg';
  await advanceAll();
  expect(bench.documents.checked).toHaveLength(3);
  expect((await documentsOf(reference)).map(({ url }) => url !== null)).toEqual([false, true, true]);
  expect(jobOf(reference)).toBeUndefined();
  bench.documents.notPublic = null;
  bench.clock.pass(MINUTE_MS);
  await advanceAll();
  expect(jobOf(reference)?.Documents).toHaveLength(3);
  expect(bench.documents.checked).toHaveLength(4);
  expect(bench.workshop.open).toBe(0);
});

test.each([
  ['the store does not answer', () => new Failure('store-unreachable', 'ECONNREFUSED'), 'documents'],
  ['the credentials end too soon', () => new Failure('store-credentials', 'they end soon'), 'documents'],
  ['the scanner does not answer', () => new Failure('scanner-unreachable', 'ECONNREFUSED'), 'workshop'],
] as const)('when %s the job waits for as long as the patience, and then goes without, with a note', async (_, failure, where) => {
  const reference = await openReport(bench, { parts: ['0', '1'] });
  bench[where].failures = Array.from({ length: 200 }, failure);
  const minutes = await minutesUntilSubmitted(reference);
  expect(minutes).toBe(60);
  expect(jobOf(reference)?.Documents).toBeUndefined();
  expect(jobOf(reference)?.IssueNotes).toContain(
    '- photo-0.jpg: it could not be put on the web in time; it is in the mail\n- photo-1.jpg: it could not',
  );
  expect(bench.outbox.sent[0]?.text).toContain('"why":"it could not be put on the web in time; it is in the mail"');
  const last = (await bench.ledger.attempts(reference)).findLast(({ step }) => step === 'publish');
  expect(last).toMatchObject({ outcome: 'ok', detail: `2 documents; without 2, after ${failure().code}: ${failure().detail}` });
});

test('an Emergency waits for minutes only', async () => {
  const reference = await openReport(bench, { parts: ['0'], reading: { ...values(), IssuePriority: value('Emergency') } });
  bench.documents.failures = Array.from({ length: 200 }, () => new Failure('store-unreachable', 'ECONNREFUSED'));
  const minutes = await minutesUntilSubmitted(reference);
  expect(minutes).toBe(5);
});

test('of many refused files the notes name twenty', () => {
  const refused = Array.from({ length: 200 }, (_, index) => ({ name: `${index}.exe`, refused: 'this kind of file is not passed on' }));
  const lines = notesWith('It leaks.', refused)?.split('\n') ?? [];
  expect(lines).toHaveLength(2 + 1 + 20 + 1);
  expect(lines.at(-1)).toBe('- and 180 more');
  expect(notesWith('It leaks.', [{ name: 'a.jpg', refused: null }])).toBe('It leaks.');
  expect(notesWith(undefined, [])).toBeUndefined();
});

test('documents are deleted from the store when their time is over, and only then', async () => {
  const old = await openReport(bench, { parts: ['0', '1'] });
  await advanceAll();
  bench.clock.pass(20 * DAY_MS);
  const young = await openReport(bench, { parts: ['0'] });
  await advanceAll();
  bench.settings.keepDocumentsMs = 30 * DAY_MS;
  await expireDocuments(bench, never);
  expect(bench.documents.removed).toEqual([]);
  bench.clock.pass(11 * DAY_MS);
  bench.documents.failures = [new Failure('store-unreachable', 'ECONNREFUSED')];
  await expireDocuments(bench, never);
  expect(bench.log.named('worker-failed')).toMatchObject([{ code: 'store-unreachable' }]);
  expect((await documentsOf(old))[0]?.url).not.toBeNull();
  await expireDocuments(bench, never);
  expect(bench.documents.removed).toEqual([`${old}/0.jpg`, `${old}/1.jpg`]);
  expect(await documentsOf(old)).toMatchObject([
    { url: null, removedAt: bench.clock.now() },
    { url: null, removedAt: bench.clock.now() },
  ]);
  expect((await documentsOf(young))[0]).toMatchObject({ removedAt: null });
  await expireDocuments(bench, never);
  expect(bench.documents.removed).toHaveLength(2);
  expect(bench.log.named('documents-expired')).toEqual([{ event: 'documents-expired', documents: 2 }]);
});

test('documents that are taken back are deleted and not published again, though the job was not submitted yet', async () => {
  const reference = await openReport(bench, { parts: ['0', '1'] });
  bench.jobs.failures = [new Failure('v3-error', '502')];
  await advanceAll();
  expect(await unpublish(bench.ledger, bench.documents, reference, bench.clock.now(), never)).toBe(2);
  expect(bench.documents.removed.toSorted()).toEqual([`${reference}/0.jpg`, `${reference}/1.jpg`]);
  bench.clock.pass(DAY_MS);
  await advanceAll();
  expect(bench.documents.published).toHaveLength(2);
  expect(jobOf(reference)?.Documents).toBeUndefined();
  expect(jobOf(reference)?.IssueNotes).toContain('- photo-0.jpg: the agency has taken it back');
});

test('a document that is on its way into the store while it is taken back is deleted as soon as it is there', async () => {
  const reference = await openReport(bench, { parts: ['0'] });
  const publish = bench.documents.publish.bind(bench.documents);
  bench.documents.publish = async (publication, body) => {
    await unpublish(bench.ledger, bench.documents, reference, bench.clock.now(), never);
    bench.documents.removed = [];
    return publish(publication, body);
  };
  await advanceAll();
  expect(bench.documents.removed).toEqual([`${reference}/0.jpg`]);
  expect(jobOf(reference)?.Documents).toBeUndefined();
  expect((await documentsOf(reference))[0]).toMatchObject({ url: null });
});

test('when the store fails while documents are taken back, they are so already for the ledger, and the command can be repeated', async () => {
  const reference = await openReport(bench, { parts: ['0'] });
  await advanceAll();
  bench.documents.failures = [new Failure('store-unreachable', 'ECONNREFUSED')];
  await expect(unpublish(bench.ledger, bench.documents, reference, bench.clock.now(), never)).rejects.toMatchObject({
    code: 'store-unreachable',
  });
  expect((await documentsOf(reference))[0]?.url).toBeNull();
  await unpublish(bench.ledger, bench.documents, reference, bench.clock.now(), never);
  expect(bench.documents.removed).toEqual([`${reference}/0.jpg`]);
});

test('the audit finds what only the store has, what should be gone from it, and what only the ledger has', async () => {
  const reference = await openReport(bench, { parts: ['0', '1', '2'] });
  await advanceAll();
  const audit = () => auditDocuments(bench.ledger, bench.documents, new Date(bench.clock.time + DAY_MS), never);
  expect(await audit()).toEqual({ objects: 3, unknown: [], leftOver: [], missing: [] });
  const stray = `${reference}/${'0'.repeat(32)}/stray.jpg`;
  bench.documents.published.push({ key: stray, text: 'stray' }, { key: 'backups/db.tar', text: 'not ours' });
  await bench.documents.remove([`${reference}/1.jpg`]);
  await bench.ledger.withdrawDocuments(reference, 'taken back', bench.clock.now());
  expect(await audit()).toMatchObject({
    objects: 4,
    unknown: [
      { key: stray, ours: true },
      { key: 'backups/db.tar', ours: false },
    ],
    leftOver: [{ key: `${reference}/0.jpg` }, { key: `${reference}/2.jpg` }],
    missing: [],
  });
});

test('the audit misses what somebody else deleted', async () => {
  const reference = await openReport(bench, { parts: ['0', '1'] });
  await advanceAll();
  await bench.documents.remove([`${reference}/1.jpg`]);
  const { missing } = await auditDocuments(bench.ledger, bench.documents, bench.clock.now(), never);
  expect(missing).toEqual([{ reference, name: 'photo-1.jpg', key: `${reference}/1.jpg` }]);
});
