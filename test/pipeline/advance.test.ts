import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { Report } from '../../src/domain/report.ts';
import { advance, backoffMs } from '../../src/pipeline/advance.ts';
import { type Bench, mailboxNamed, openBench, openReport, rawMail, value, values } from './stand-ins.ts';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.end());

/** Advances whatever is due, until nothing is due at this moment. */
async function advanceAll(): Promise<void> {
  for (;;) {
    const claim = await bench.ledger.claimDue(bench.clock.now(), 300_000);
    if (claim === null) return;
    await advance(bench, claim, never);
  }
}

async function reportOf(reference: string): Promise<Report> {
  const report = await bench.ledger.report(reference);
  if (report === null) throw new Error('no such report');
  return report;
}

async function stepsOf(reference: string): Promise<string[]> {
  return (await bench.ledger.attempts(reference)).map(({ step, outcome }) => `${step} ${outcome ?? 'unknown'}`);
}

/** V3's refusal of one document of a job. */
function refused(index: number): Failure {
  return new Failure('v3-documents', `400: The request is invalid. issue.Documents[${index}].URL: It could not be fetched.`);
}

/** Where its mails are to be filed. */
async function foldersOf(mailbox = 'repairs'): Promise<string[]> {
  return (await bench.ledger.unfiled(mailbox, 100)).map(({ filed }) => filed);
}

/** How long until the report is due again, in milliseconds. */
async function waitOf(reference: string): Promise<number> {
  const { dueAt } = await reportOf(reference);
  return (dueAt?.getTime() ?? Number.NaN) - bench.clock.time;
}

function without(...fields: (keyof ReturnType<typeof values>)[]) {
  const reading = values();
  for (const field of fields) delete reading[field];
  return reading;
}

describe('a whole report', () => {
  test('goes from read to confirmed, one recorded attempt a step', async () => {
    const reference = await openReport(bench, { parts: ['0', '1'] });
    await advanceAll();
    expect(await stepsOf(reference)).toEqual(['publish ok', 'submit ok', 'confirm ok']);
    const report = await reportOf(reference);
    expect(report).toMatchObject({ stage: 'confirmed', dueAt: null, failure: null, tries: 0 });
    expect(await foldersOf()).toEqual(['job']);
  });

  test('becomes a job with its reference as ExternalID, what was read, and its documents in order', async () => {
    const reference = await openReport(bench, { parts: ['0', '1'], refusedParts: ['2'] });
    await advanceAll();
    expect(bench.jobs.requests).toEqual([
      {
        ExternalID: reference,
        ReportedAt: '2026-03-03T09:15:00+00:00',
        IssueTitle: 'No hot water',
        IssueNotes: 'The boiler shows E119.\n\nCame with the mail, but not attached:\n- photo-2.jpg: this kind of file is not passed on',
        IssuePriority: 'High',
        TenantPhonePrimary: '07400 123456',
        TenantForename: 'Sam',
        TenantSurname: 'Carter',
        PropertyAddress1: '12 Elm Road',
        PropertyAddress2: 'Leeds',
        PropertyPostcode: 'LS1 1AA',
        Documents: [
          { MimeType: 'image/jpeg', URL: `https://files.example/1/${reference}/0.jpg` },
          { MimeType: 'image/jpeg', URL: `https://files.example/2/${reference}/1.jpg` },
        ],
      },
    ]);
  });

  test('has what V3 took and what it answered in the ledger', async () => {
    const reference = await openReport(bench);
    await advanceAll();
    const [row] = await bench.ledger.reports({ reference });
    expect(JSON.parse(row?.jobJson ?? '')).toMatchObject({ ExternalID: reference, IssueTitle: 'No hot water' });
    expect(row).toMatchObject({ response: '{"ok":true}', submittedAt: bench.clock.now() });
  });

  test('tells the watcher of each thing as it happens', async () => {
    const seen: string[] = [];
    bench.watcher = {
      settled: () => undefined,
      published: (_, documents) => seen.push(`published ${documents.length}`),
      submitted: (_, job, response) => seen.push(`submitted ${job.IssueTitle} ${response}`),
      replied: (_, kind, reply) => seen.push(`${kind} to ${reply.to.address}`),
      filed: () => undefined,
    };
    await openReport(bench, { parts: ['0'] });
    await advanceAll();
    expect(seen).toEqual(['published 1', 'submitted No hot water {"ok":true}', 'confirmation to sam@mail.example']);
  });

  test('is taken before less urgent ones', async () => {
    await openReport(bench, { reading: { ...values(), IssuePriority: value('Low') } });
    await openReport(bench, { reading: { ...values(), IssuePriority: value('Emergency') } });
    await advanceAll();
    expect(bench.jobs.requests.map((job) => job.IssuePriority)).toEqual(['Emergency', 'Low']);
  });
});

describe('documents', () => {
  test('of one mail are extracted in one pass, checked as a stranger would, and not published again after a later failure', async () => {
    const reference = await openReport(bench, { parts: ['0', '1', '2'] });
    bench.jobs.failures = [new Failure('v3-error', '502')];
    await advanceAll();
    bench.clock.pass(DAY_MS);
    await advanceAll();
    expect(bench.mime.extracted).toBe(1);
    expect(bench.documents.published.map(({ text }) => text)).toEqual(['bytes of 0', 'bytes of 1', 'bytes of 2']);
    expect(bench.documents.checked).toHaveLength(3);
    expect((await reportOf(reference)).stage).toBe('confirmed');
  });

  test('that were published before the store failed are kept, and the next try goes on from there', async () => {
    const reference = await openReport(bench, { parts: ['0', '1'] });
    const publish = bench.documents.publish.bind(bench.documents);
    let calls = 0;
    bench.documents.publish = async (publication, body) => {
      calls += 1;
      if (calls === 2) throw new Failure('store-unreachable', 'ECONNREFUSED');
      return publish(publication, body);
    };
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'read', failure: { code: 'store-unreachable' } });
    bench.clock.pass(DAY_MS);
    await advanceAll();
    expect(bench.documents.published.map(({ key }) => key)).toEqual([`${reference}/0.jpg`, `${reference}/1.jpg`]);
    expect((await reportOf(reference)).stage).toBe('confirmed');
  });

  test('whose URLs end within a day are published again before the job is submitted', async () => {
    const reference = await openReport(bench, { parts: ['0'] });
    bench.documents.lifetimeMs = 7 * DAY_MS;
    bench.jobs.failures = [new Failure('v3-unreachable', 'ECONNREFUSED')];
    await advanceAll();
    bench.clock.pass(6.5 * DAY_MS);
    await advanceAll();
    expect(await stepsOf(reference)).toEqual(['publish ok', 'submit v3-unreachable', 'publish ok', 'submit ok', 'confirm ok']);
    expect(bench.jobs.accepted.get(reference)?.Documents).toEqual([
      { MimeType: 'image/jpeg', URL: `https://files.example/2/${reference}/0.jpg` },
    ]);
  });

  test('whose URLs are made for less than a day do not keep the job from being submitted', async () => {
    const reference = await openReport(bench, { parts: ['0'] });
    bench.documents.lifetimeMs = DAY_MS / 4;
    await advanceAll();
    expect(await stepsOf(reference)).toEqual(['publish ok', 'submit ok', 'confirm ok']);
  });

  test('whose raw mail is gone hold the report', async () => {
    const reference = await openReport(bench, { parts: ['0'] });
    bench.raws.open = (key) => {
      throw new Failure('raw-missing', key);
    };
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'held', heldFrom: 'read', failure: { code: 'raw-missing' } });
  });

  test('whose part is not in the raw mail hold the report rather than leave a photo out', async () => {
    const reference = await openReport(bench, { parts: ['0', '7'] });
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({
      stage: 'held',
      failure: { code: 'unexpected', detail: 'the raw mail has no part 7 any more' },
    });
    expect(bench.jobs.requests).toEqual([]);
  });
});

describe('submitting', () => {
  test('stops the key for a minute when V3 throttles, and no other report hammers', async () => {
    const first = await openReport(bench);
    bench.jobs.failures = [new Failure('v3-throttled', '429')];
    await advanceAll();
    expect(await waitOf(first)).toBe(61_000);
    await openReport(bench);
    await advanceAll();
    for (let seconds = 0; seconds < 60; seconds += 10) {
      bench.clock.pass(10_000);
      await advanceAll();
    }
    expect(bench.jobs.requests).toHaveLength(1);
    bench.clock.pass(1_000);
    await advanceAll();
    expect(bench.jobs.accepted.size).toBe(2);
    expect(bench.log.named('key-paused')).toEqual([{ event: 'key-paused', branch: '0042', code: 'v3-throttled', ms: 61_000 }]);
  });

  test.each([
    ['v3-blocked', 300_000],
    ['v3-key', 60_000],
    ['v3-branch', 60_000],
  ] as const)('stops the branch after %s for %i ms, and no other branch of the key', async (code, ms) => {
    const reference = await openReport(bench);
    bench.jobs.failures = [new Failure(code, '')];
    await advanceAll();
    expect(await waitOf(reference)).toBe(ms);
    const take = (branch: string) => bench.ledger.takeSlot('key-of-brightkeys', 50, 61_000, bench.clock.now(), branch);
    expect(await take('branch brightkeys/0043')).toMatchObject({ taken: true });
    expect(await take('branch brightkeys/0042')).toEqual({
      taken: false,
      scope: 'branch brightkeys/0042',
      freeAt: new Date(bench.clock.time + ms),
      paused: code,
    });
  });

  test('keeps to the requests of a minute, and a report that waits for one counts no try', async () => {
    bench.settings.requestsPerMinute = 2;
    const references = [await openReport(bench), await openReport(bench), await openReport(bench)];
    await advanceAll();
    expect(bench.jobs.requests).toHaveLength(2);
    const waiting = references.find((reference) => !bench.jobs.accepted.has(reference)) ?? '';
    expect(await reportOf(waiting)).toMatchObject({ stage: 'published', tries: 0, failure: null });
    expect(await stepsOf(waiting)).toEqual(['publish ok']);
    bench.clock.pass(61_000);
    await advanceAll();
    expect(bench.jobs.accepted.size).toBe(3);
  });

  test('counts a request from when it went out, however long that took', async () => {
    bench.settings.requestsPerMinute = 1;
    await openReport(bench);
    await openReport(bench);
    const submit = bench.jobs.submit.bind(bench.jobs);
    bench.jobs.submit = (...values) => {
      bench.clock.pass(30_000); // a connection that had to be made three times
      return submit(...values);
    };
    await advanceAll();
    bench.jobs.submit = submit;
    bench.clock.pass(60_999);
    await advanceAll();
    expect(bench.jobs.requests).toHaveLength(1);
    bench.clock.pass(1);
    await advanceAll();
    expect(bench.jobs.requests).toHaveLength(2);
  });

  test('forgets that a branch was refused once a job of it goes through', async () => {
    await openReport(bench);
    bench.jobs.failures = [new Failure('v3-key', '401')];
    await advanceAll();
    const until = new Date(bench.clock.time + 60_000);
    expect(await bench.ledger.pauses()).toEqual([{ scope: 'branch brightkeys/0042', until, why: 'v3-key' }]);
    bench.clock.pass(61_000);
    await advanceAll();
    expect(await bench.ledger.pauses()).toEqual([]);
  });

  test('counts as accepted when V3 has the ExternalID after an answer was lost: one job', async () => {
    const reference = await openReport(bench);
    bench.jobs.swallowNext = true;
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'published', failure: { code: 'v3-unknown' } });
    bench.clock.pass(60_000);
    await advanceAll();
    expect(bench.jobs.requests.map((job) => job.ExternalID)).toEqual([reference, reference]);
    expect(bench.jobs.accepted.size).toBe(1);
    expect(await stepsOf(reference)).toEqual(['publish ok', 'submit v3-unknown', 'submit ok', 'confirm ok']);
    expect((await bench.ledger.attempts(reference))[2]?.detail).toContain('earlier attempt');
    expect((await bench.ledger.reports({ reference }))[0]?.jobJson).toContain(reference);
  });

  test('counts as accepted when V3 has the ExternalID though this ledger knows of no attempt: another ledger submitted the same mail', async () => {
    const reference = await openReport(bench);
    bench.jobs.failures = [new Failure('v3-used', 'ExternalID has been used')];
    await advanceAll();
    expect((await reportOf(reference)).stage).toBe('confirmed');
    expect((await bench.ledger.attempts(reference))[1]).toMatchObject({ outcome: 'ok', detail: expect.stringContaining('another one') });
  });

  test('goes without the documents that V3 refuses once they were waited for, with a note in the job and in the reply', async () => {
    const reference = await openReport(bench, { parts: ['0', '1'] });
    const submit = bench.jobs.submit.bind(bench.jobs);
    bench.jobs.submit = async (branch, job, signal) => {
      if (job.Documents?.length === 2) bench.jobs.failures = [refused(1)];
      return submit(branch, job, signal);
    };
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'published', failure: { code: 'v3-documents' } });
    for (let minutes = 0; minutes < 59; minutes += 1) {
      bench.clock.pass(60_000);
      await advanceAll();
    }
    expect(bench.jobs.accepted.size).toBe(0);
    expect(bench.jobs.requests.every((job) => job.Documents?.length === 2)).toBe(true);
    bench.clock.pass(60_000);
    await advanceAll();
    const job = bench.jobs.accepted.get(reference);
    expect(job?.Documents?.map(({ URL: url }) => url)).toEqual([expect.stringContaining('/0.jpg')]);
    expect(job?.IssueNotes).toContain('photo-1.jpg: it could not be attached to the job; it is in the mail');
    expect(bench.outbox.sent[0]?.text).toContain('"refused":[{"name":"photo-1.jpg","why":"it could not be attached to the job');
    expect((await reportOf(reference)).stage).toBe('confirmed');
  });

  test('waits 5 minutes for the documents of an Emergency, and gives up all when a second set is refused too', async () => {
    const reading = { ...values(), IssuePriority: value('Emergency' as const) };
    const reference = await openReport(bench, { reading, parts: ['0', '1'] });
    const submit = bench.jobs.submit.bind(bench.jobs);
    bench.jobs.submit = async (branch, job, signal) => {
      if (job.Documents !== undefined) bench.jobs.failures = [refused(0)];
      return submit(branch, job, signal);
    };
    await advanceAll();
    for (let seconds = 0; seconds < 310; seconds += 5) {
      bench.clock.pass(5_000);
      await advanceAll();
    }
    expect(bench.jobs.accepted.get(reference)).toMatchObject({ ExternalID: reference, IssuePriority: 'Emergency' });
    expect(bench.jobs.accepted.get(reference)?.Documents).toBeUndefined();
    expect(bench.jobs.requests.slice(-3).map((job) => job.Documents?.length)).toEqual([2, 1, undefined]);
  });

  test('holds a job without documents that V3 refuses for its documents', async () => {
    const reference = await openReport(bench);
    bench.jobs.failures = [refused(0)];
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'held', failure: { code: 'v3-invalid' } });
  });

  test('holds what V3 refuses, with its words, and files the mail where people look', async () => {
    const reference = await openReport(bench);
    bench.jobs.failures = [new Failure('v3-invalid', 'TenantPhonePrimary: is not a phone number')];
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({
      stage: 'held',
      heldFrom: 'published',
      dueAt: null,
      failure: { code: 'v3-invalid', detail: 'TenantPhonePrimary: is not a phone number' },
    });
    expect(await foldersOf()).toEqual(['held']);
    expect(bench.outbox.sent).toEqual([]);
  });

  test('goes on from where it was held after a retry', async () => {
    const reference = await openReport(bench, { parts: ['0'] });
    bench.jobs.failures = [new Failure('v3-invalid', 'no')];
    await advanceAll();
    await bench.ledger.retry(reference, bench.clock.now());
    await advanceAll();
    expect(await stepsOf(reference)).toEqual(['publish ok', 'submit v3-invalid', 'submit ok', 'confirm ok']);
    expect(await reportOf(reference)).toMatchObject({ stage: 'confirmed', heldFrom: null, failure: null });
    expect(await foldersOf()).toEqual(['job']);
  });

  test('never sends a job that V3 would refuse: the fields are named, not their values', async () => {
    const reading = { ...without('IssueTitle'), ReportedAt: value('yesterday') };
    const reference = await openReport(bench, { reading });
    await advanceAll();
    expect(bench.jobs.requests).toEqual([]);
    const { stage, failure } = await reportOf(reference);
    expect({ stage, code: failure?.code }).toEqual({ stage: 'held', code: 'reading-invalid' });
    expect(failure?.detail).toMatch(/ReportedAt: .*IssueTitle: /);
    expect(failure?.detail).not.toContain('yesterday');
  });

  test('uses the same ExternalID after a crash between the request and its answer', async () => {
    const reference = await openReport(bench);
    const claim = await bench.ledger.claimDue(bench.clock.now(), 300_000);
    if (claim) await advance(bench, claim, never);
    // V3 takes the job, and the process ends before the answer is written down: the ledger has only the begun attempt.
    const submitting = await bench.ledger.claimDue(bench.clock.now(), 300_000);
    const crash = new Promise<never>(() => undefined);
    const ledger = new Proxy(bench.ledger, { get: (target, name) => (name === 'endAttempt' ? () => crash : Reflect.get(target, name)) });
    if (submitting) void advance({ ...bench, ledger }, submitting, never);
    await expect.poll(() => bench.jobs.accepted.size).toBe(1);
    await bench.crash();
    expect(await stepsOf(reference)).toEqual(['publish ok', 'submit unknown']);

    await bench.ledger.freeLeases();
    await advanceAll();
    expect(bench.jobs.requests.map((job) => job.ExternalID)).toEqual([reference, reference]);
    expect(bench.jobs.accepted.size).toBe(1);
    expect((await reportOf(reference)).stage).toBe('confirmed');
  });

  test('leaves the attempt open and the report due when it is cut off', async () => {
    const reference = await openReport(bench);
    bench.jobs.hangs = true;
    const stop = new AbortController();
    for (let step = 0; step < 2; step += 1) {
      const claim = await bench.ledger.claimDue(bench.clock.now(), 300_000);
      const advancing = claim && advance(bench, claim, stop.signal);
      if (step === 1) {
        await expect.poll(() => bench.jobs.requests.length).toBe(1);
        stop.abort();
      }
      await advancing;
    }
    expect(await stepsOf(reference)).toEqual(['publish ok', 'submit unknown']);
    expect(await waitOf(reference)).toBe(0);
    expect(await bench.ledger.claimDue(bench.clock.now(), 1)).not.toBeNull();
  });
});

describe('a report without a phone number', () => {
  test('is asked for it, and waits', async () => {
    const reference = await openReport(bench, { reading: without('TenantPhonePrimary'), parts: ['0'] });
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'asking', dueAt: new Date(bench.clock.time + DAY_MS) });
    expect(await foldersOf()).toEqual(['asked']);
    expect(bench.outbox.sent).toHaveLength(1);
    expect(bench.outbox.sent[0]?.text).toMatch(/^question .*"missing":\["phone"\]/);
    expect(bench.documents.published).toEqual([]);
    expect(bench.jobs.requests).toEqual([]);
  });

  test('is held when nobody may be asked', async () => {
    const reference = await openReport(bench, { reading: without('TenantPhonePrimary'), replyTo: null });
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'held', heldFrom: 'read', failure: { code: 'nobody-to-ask' } });
    expect(await foldersOf()).toEqual(['held']);
  });

  test('is held when the question is refused for good', async () => {
    const reference = await openReport(bench, { reading: without('TenantPhonePrimary') });
    bench.outbox.failures = [new Failure('smtp-refused', '550 no such user')];
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'held', failure: { code: 'nobody-to-ask', detail: '550 no such user' } });
  });

  test('is held once three questions were answered without one', async () => {
    const reference = await openReport(bench, { reading: without('TenantPhonePrimary') });
    for (let answers = 0; answers < 5; answers += 1) {
      await advanceAll();
      await bench.ledger.retry(reference, bench.clock.now());
    }
    expect(bench.outbox.sent).toHaveLength(3);
    expect(new Set(bench.outbox.sent.map((reply) => reply.messageId)).size).toBe(3);
    await advanceAll();
    expect((await reportOf(reference)).stage).toBe('held');
  });
});

describe('the reply', () => {
  test('says what was understood, in the words of the branch', async () => {
    const reading = { ...values(), ReportedAt: value('2026-07-03T08:15:00Z'), IssueNotes: value('There is a smell of gas.') };
    const reference = await openReport(bench, { reading, parts: ['0'], refusedParts: ['1'] });
    await advanceAll();
    const [reply] = bench.outbox.sent;
    expect(JSON.parse(reply?.text.replace('confirmation ', '') ?? '')).toEqual({
      agency: { name: 'Brightkeys Lettings', outOfHoursPhone: '0113 496 0199' },
      reference,
      reportedAt: '3 July 2026, 09:15',
      greeting: 'Sam',
      tenantName: 'Sam Carter',
      forTenant: true,
      title: 'No hot water',
      priority: 'High',
      address: '12 Elm Road, Leeds, LS1 1AA',
      phone: '07400 123456',
      photos: { taken: ['photo-0.jpg'], refused: [{ name: 'photo-1.jpg', why: 'this kind of file is not passed on' }] },
      missing: [],
      dangers: ['gas'],
    });
  });

  test('answers the mail that opened the report, under a Message-ID of its own by which an answer is found', async () => {
    const reference = await openReport(bench, {
      raw: `Message-ID: <third@mail.example>\r\nReferences: <first@mail.example> <second@mail.example>\r\n\r\nHi`,
    });
    await advanceAll();
    const [reply] = bench.outbox.sent;
    expect(reply).toMatchObject({
      from: { address: 'repairs@brightkeys.example' },
      to: { address: 'sam@mail.example', name: 'Sam Carter' },
      inReplyTo: '<third@mail.example>',
      references: ['<first@mail.example>', '<second@mail.example>', '<third@mail.example>'],
    });
    expect(reply?.messageId).toMatch(new RegExp(`^<faultline\\.confirmation\\.${reference}\\.[0-9a-f]{12}@brightkeys\\.example>$`));
    expect(await bench.ledger.findByMarks([`id:${reply?.messageId}`])).toMatchObject([{ reference }]);
  });

  test('is known to the ledger before it is sent', async () => {
    const reference = await openReport(bench);
    let known: unknown;
    bench.outbox.send = async (reply) => {
      known = await bench.ledger.findByMarks([`id:${reply.messageId}`]);
    };
    await advanceAll();
    expect(known).toMatchObject([{ reference }]);
  });

  test('is sent again under the same Message-ID after "later"', async () => {
    const reference = await openReport(bench);
    const tried: string[] = [];
    const send = bench.outbox.send.bind(bench.outbox);
    bench.outbox.send = async (reply) => {
      tried.push(reply.messageId);
      await send(reply);
    };
    bench.outbox.failures = [new Failure('smtp-later', '451 greylisted', { afterMs: 300_000 })];
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'submitted', failure: { code: 'smtp-later' } });
    expect(await waitOf(reference)).toBe(300_000);
    bench.clock.pass(300_000);
    await advanceAll();
    expect(tried).toHaveLength(2);
    expect(tried[0]).toBe(tried[1]);
    expect((await reportOf(reference)).stage).toBe('confirmed');
    expect(bench.jobs.requests).toHaveLength(1);
  });

  test('that is refused for good leaves the report done, with a note', async () => {
    const reference = await openReport(bench);
    bench.outbox.failures = [new Failure('smtp-refused', '550 no such user')];
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({
      stage: 'confirmed',
      dueAt: null,
      failure: { code: 'smtp-refused', detail: '550 no such user' },
    });
    expect(await foldersOf()).toEqual(['job']);
  });

  test('is not sent where nobody may be answered, and the report is done', async () => {
    const reference = await openReport(bench, { replyTo: null });
    await advanceAll();
    expect(bench.outbox.sent).toEqual([]);
    expect((await reportOf(reference)).stage).toBe('confirmed');
    expect((await bench.ledger.attempts(reference)).at(-1)).toMatchObject({
      step: 'confirm',
      outcome: 'ok',
      detail: 'the mail names nobody who may be answered',
    });
  });

  test('goes out without a thread when the raw mail is gone: V3 has the job, and the tenant should know', async () => {
    await openReport(bench, { raw: rawMail('References: <first@mail.example>\r\n') });
    bench.raws.open = (key) => {
      throw new Failure('raw-missing', key);
    };
    await advanceAll();
    expect(bench.outbox.sent).toMatchObject([{ inReplyTo: null, references: [] }]);
  });
});

describe('tries', () => {
  test('come after waits that double, up to the longest', async () => {
    const reference = await openReport(bench);
    const waits: number[] = [];
    for (let tries = 0; tries < 9; tries += 1) {
      bench.jobs.failures = [new Failure('v3-error', '503')];
      await advanceAll();
      waits.push(await waitOf(reference));
      bench.clock.pass(waits.at(-1) ?? 0);
    }
    for (const [tries, wait] of waits.entries()) {
      const middle = Math.min(60_000, 1_000 * 2 ** tries);
      expect(wait).toBeGreaterThanOrEqual(middle * 0.8);
      expect(wait).toBeLessThanOrEqual(middle * 1.2);
    }
    expect((await reportOf(reference)).tries).toBe(9);
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'confirmed', tries: 0, failure: null });
  });

  test('are spread by chance', () => {
    const settings = { retryFirstMs: 1_000, retryMostMs: 60_000 };
    expect([0, 0.5, 1].map((chance) => backoffMs(2, settings, () => chance))).toEqual([3_200, 4_000, 4_800]);
    expect(backoffMs(5_000, settings, () => 0.5)).toBe(60_000);
  });

  test('of a worker that lost its report change nothing', async () => {
    const reference = await openReport(bench);
    const late = await bench.ledger.claimDue(bench.clock.now(), 1_000);
    bench.clock.pass(2_000);
    const now = await bench.ledger.claimDue(bench.clock.now(), 300_000);
    if (late) expect(await advance(bench, late, never)).toBeNull();
    expect(await stepsOf(reference)).toEqual([]);
    expect(bench.log.named('worker-failed')).toMatchObject([{ code: 'lease-lost' }]);
    if (now) expect(await advance(bench, now, never)).toEqual({ stage: 'published' });
  });

  test('of a report whose mailbox was taken out of the configuration hold it', async () => {
    const reference = await openReport(bench);
    bench.mailboxes = new Map([['other', mailboxNamed('other', bench.server)]]);
    await advanceAll();
    expect(await reportOf(reference)).toMatchObject({ stage: 'held', failure: { code: 'unexpected' } });
  });
});
