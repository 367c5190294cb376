import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';

const NOON = Date.parse('2026-03-03T12:00:00Z');
const PATH = '/v3/maintenance/brightkeys/maintenance/0042/createmaintenancejob';
const JOB = {
  ExternalID: 'K7MPX2RTA',
  ReportedAt: '2026-03-03T09:15:00+00:00',
  IssueTitle: 'No hot water',
  TenantPhonePrimary: '07400 123456',
};

let now: number;
let v3: V3StandIn;
let files: Server;
let fileUrl: string;
let ranges: (string | undefined)[];

beforeEach(async () => {
  now = NOON;
  v3 = await startV3({ now: () => now, fetchTimeoutMs: 150 });
  ranges = [];
  files = createServer((request, response) => {
    ranges.push(request.headers.range);
    if (request.url === '/hangs') return;
    if (request.url === '/secret') response.writeHead(403).end('no');
    else if (request.url === '/empty') response.writeHead(200).end();
    else if (request.url === '/whole')
      response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': 3_000 }).end(Buffer.alloc(3_000));
    else response.writeHead(206, { 'content-type': 'image/jpeg', 'content-range': 'bytes 0-1023/3000' }).end(Buffer.alloc(1_024));
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  fileUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await v3.close();
  files.closeAllConnections();
  await new Promise((resolve) => files.close(resolve));
});

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(v3.url + path, {
    method: 'POST',
    body: JSON.stringify(JOB),
    ...init,
    headers: { 'content-type': 'application/json', api_key: v3.apiKey, ...(init.headers as Record<string, string>) },
  });
}

const post = (changes: Record<string, unknown> = {}, signal?: AbortSignal) =>
  call(PATH, { body: JSON.stringify({ ...JOB, ...changes }), ...(signal && { signal }) });

/** The fields that V3 complains about. */
async function complaints(response: Response): Promise<string[]> {
  expect(response.status).toBe(400);
  const body = (await response.json()) as { Message: string; ModelState: Record<string, string[]> };
  expect(body.Message).toBe('The request is invalid.');
  return Object.keys(body.ModelState);
}

describe('the call', () => {
  test('a valid job is stored and answered with its number', async () => {
    const response = await post({ IssuePriority: 'High', TenantPresenceRequested: true });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ID: v3.jobs[0]?.id, ExternalID: 'K7MPX2RTA' });
    expect(v3.jobs).toMatchObject([
      { job: { ...JOB, IssuePriority: 'High', TenantPresenceRequested: true }, receivedAt: NOON, documents: [] },
    ]);
    expect(v3.requests).toEqual([{ at: NOON, status: 200 }]);
  });

  test.each([
    ['another branch', '/v3/maintenance/brightkeys/maintenance/0043/createmaintenancejob'],
    ['another client', '/v3/maintenance/dullkeys/maintenance/0042/createmaintenancejob'],
    ['another endpoint', '/v3/maintenance/brightkeys/maintenance/0042/jobs'],
  ])('%s is not found', async (_name, path) => {
    expect((await call(path)).status).toBe(404);
  });

  test('only POST is allowed', async () => {
    expect((await fetch(v3.url + PATH, { headers: { api_key: v3.apiKey } })).status).toBe(405);
  });

  test('without the key, with a wrong one, or with it in the URL the call is denied', async () => {
    expect((await call(PATH, { headers: { api_key: '' } })).status).toBe(401);
    expect((await call(PATH, { headers: { api_key: 'other' } })).status).toBe(401);
    expect((await call(`${PATH}?api_key=${v3.apiKey}`, { headers: { api_key: '' } })).status).toBe(401);
    expect(v3.jobs).toEqual([]);
  });

  test('the key may be asked for in another header', async () => {
    const other = await startV3({ apiKeyHeader: 'ApiKey', apiKey: 'k2', shortName: 'a b' });
    const send = (header: string) =>
      fetch(`${other.url}${PATH.replace('brightkeys', 'a%20b')}`, {
        method: 'POST',
        body: JSON.stringify(JOB),
        headers: { 'content-type': 'application/json', [header]: 'k2' },
      });
    expect((await send('api_key')).status).toBe(401);
    expect((await send('ApiKey')).status).toBe(200);
    await other.close();
  });

  test('a body of another type, or one that is too large, is refused', async () => {
    expect((await call(PATH, { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await post({ IssueNotes: 'x'.repeat(5 << 20) })).status).toBe(413);
  });
});

describe('the check of a job', () => {
  test.each(['{"ExternalID":', '[]', 'null', ''])('%j is no job', async (body) => {
    expect(await complaints(await call(PATH, { body }))).toEqual(['issue']);
  });

  test('every required field is asked for at once', async () => {
    const required = ['issue.ExternalID', 'issue.ReportedAt', 'issue.IssueTitle', 'issue.TenantPhonePrimary'];
    expect(await complaints(await call(PATH, { body: '{}' }))).toEqual(required);
    expect(await complaints(await post({ ExternalID: '', ReportedAt: null, IssueTitle: '  ', TenantPhonePrimary: '' }))).toEqual(required);
  });

  test.each<[string, unknown]>([
    ['ExternalID', 'ABCDEFGHJK'],
    ['ExternalID', 12345],
    ['ReportedAt', '3 March 2026'],
    ['ReportedAt', '2026-02-30T10:00:00Z'],
    ['ReportedAt', '0001-01-01T00:00:00'],
    ['IssueTitle', ['No hot water']],
    ['IssueNotes', 7],
    ['TenantPhonePrimary', '07700 900123'],
    ['TenantPhonePrimary', 'ring 07400 123456'],
    ['TenantPhoneSecondary', '12'],
    ['TenantPresenceRequested', 'yes'],
    ['Documents', 'photo.jpg'],
  ])('%s may not be %j', async (field, value) => {
    expect(await complaints(await post({ [field]: value }))).toEqual([`issue.${field}`]);
    expect(v3.jobs).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['ExternalID', 'ABCDEFGHJ'],
    ['ReportedAt', '2026-03-03T09:15:00'],
    ['TenantPhonePrimary', '+447400123456'],
    ['TenantPhonePrimary', '0113 496 0123'],
    ['TenantPhoneSecondary', null],
    ['PropertyPostcode', 'LS1 4AP'],
  ])('%s may be %j', async (field, value) => {
    expect((await post({ [field]: value })).status).toBe(200);
  });

  test('an unknown priority is silently taken as Low', async () => {
    expect((await post({ IssuePriority: 'Urgent' })).status).toBe(200);
    expect(v3.jobs[0]?.job.IssuePriority).toBe('Low');
  });

  test('an ExternalID is used once its job was stored, and not by a refused one', async () => {
    expect(await complaints(await post({ IssueTitle: '' }))).toEqual(['issue.IssueTitle']);
    expect((await post()).status).toBe(200);
    expect(await complaints(await post())).toEqual(['issue.ExternalID']);
    expect(v3.jobs).toHaveLength(1);
  });

  test('of two requests at once with one ExternalID a single job is made', async () => {
    const Documents = [{ MimeType: 'image/jpeg', URL: `${fileUrl}/photo` }];
    const statuses = (await Promise.all([post({ Documents }), post({ Documents })])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 400]);
    expect(v3.jobs).toHaveLength(1);
  });
});

describe('documents', () => {
  test('are read as a stranger would, with a ranged GET', async () => {
    const Documents = ['/photo', '/whole'].map((path) => ({ MimeType: 'image/jpeg', URL: fileUrl + path }));
    expect((await post({ Documents })).status).toBe(200);
    expect(ranges).toEqual(['bytes=0-1023', 'bytes=0-1023']);
    expect(v3.jobs[0]?.documents).toMatchObject([
      { URL: `${fileUrl}/photo`, status: 206, contentType: 'image/jpeg', fetchedBytes: 1_024, totalBytes: 3_000 },
      { URL: `${fileUrl}/whole`, status: 200, totalBytes: 3_000 },
    ]);
  });

  test.each(['/secret', '/empty', '/hangs'])('that cannot be read (%s) refuse the job', async (path) => {
    const Documents = [
      { MimeType: 'image/jpeg', URL: `${fileUrl}/photo` },
      { MimeType: 'image/jpeg', URL: fileUrl + path },
    ];
    expect(await complaints(await post({ Documents }))).toEqual(['issue.Documents[1].URL']);
    expect(v3.jobs).toEqual([]);
  });

  test('need a type and a web address', async () => {
    const Documents = [{ MimeType: 'photo', URL: 'file:///etc/hosts' }, null];
    const fields = ['[0].MimeType', '[0].URL', '[1].MimeType', '[1].URL'];
    expect(await complaints(await post({ Documents }))).toEqual(fields.map((field) => `issue.Documents${field}`));
  });
});

describe('the rolling window', () => {
  const status = async () => (await post({ IssueTitle: '' })).status;
  const use = async (requests: number) => {
    const statuses = new Set<number>();
    for (let i = 0; i < requests; i += 1) statuses.add(await status());
    return [...statuses];
  };

  test('has 50 requests, whose slots come back exactly 60 s after each was used', async () => {
    expect(await use(1)).toEqual([400]);
    now += 10_000;
    expect(await use(49)).toEqual([400]);
    now = NOON + 59_999;
    expect(await status()).toBe(429);
    now = NOON + 60_000;
    expect(await use(2)).toEqual([400, 429]);
  });

  test('requests that are denied use no slot', async () => {
    for (let i = 0; i < 60; i += 1) await call(PATH, { headers: { api_key: 'other' } });
    expect(await status()).toBe(400);
  });

  test('whoever calls on three times without waiting is blocked for five minutes', async () => {
    await use(50);
    expect([await status(), await status(), await status()]).toEqual([429, 429, 429]);
    now += 1_000;
    expect(await status()).toBe(403);
    now += 5 * 60_000 - 1;
    expect(await status()).toBe(403);
    now += 1;
    expect(await status()).toBe(400);
  });

  test('whoever waits 60 s after a 429 is not blocked', async () => {
    for (let round = 0; round < 5; round += 1) {
      await use(50);
      expect(await status()).toBe(429);
      now += 60_000;
    }
    expect(await status()).toBe(400);
  });
});

describe('faults', () => {
  test('come one for each request, in order, and then no more', async () => {
    v3.fail([{ kind: 'error' }, { kind: 'html' }, { kind: 'throttled' }]);
    v3.fail({ kind: 'empty' });
    const error = await post();
    expect([error.status, await error.json()]).toEqual([500, { Message: 'An error has occurred.' }]);
    const html = await post();
    expect([html.status, html.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(await html.text()).toContain('<h1>502 Bad Gateway</h1>');
    expect((await post()).status).toBe(429);
    const empty = await post();
    expect([empty.status, await empty.text()]).toEqual([500, '']);
    expect(v3.jobs).toEqual([]);
    expect((await post()).status).toBe(200);
  });

  test('a standing fault lasts until it is taken back', async () => {
    v3.failWhile({ kind: 'error' });
    v3.fail({ kind: 'throttled' });
    expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([429, 500, 500]);
    v3.failWhile(null);
    expect((await post()).status).toBe(200);
  });

  test('a timeout before storing cuts the connection and leaves no job', async () => {
    v3.fail({ kind: 'timeout-before' });
    await expect(post()).rejects.toThrow('fetch failed');
    expect(v3.jobs).toEqual([]);
    expect(v3.requests).toEqual([{ at: NOON, status: 0 }]);
  });

  test('a timeout after storing cuts the connection, and the job is there', async () => {
    v3.fail({ kind: 'timeout-after' });
    await expect(post()).rejects.toThrow('fetch failed');
    expect(v3.jobs).toHaveLength(1);
    expect(await complaints(await post())).toEqual(['issue.ExternalID']);
  });

  test.each([
    ['timeout-before', 0],
    ['timeout-after', 1],
  ] as const)('%s may also hang', async (kind, jobs) => {
    v3.fail({ kind, hang: true });
    await expect(post({}, AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(v3.jobs).toHaveLength(jobs);
  });

  test('a slow answer comes, after its time', async () => {
    v3.fail({ kind: 'slow', ms: 80 });
    const start = performance.now();
    expect((await post()).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(75);
  });

  test('an error may come although the job was stored', async () => {
    v3.fail([
      { kind: 'html', stored: true },
      { kind: 'empty', status: 200 },
    ]);
    expect((await post()).status).toBe(502);
    const empty = await post({ ExternalID: 'SECOND' });
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    expect(v3.jobs.map(({ job }) => job.ExternalID)).toEqual(['K7MPX2RTA', 'SECOND']);
  });

  test('closing cuts what hangs and what is slow, and stores nothing more', async () => {
    v3.fail([
      { kind: 'timeout-before', hang: true },
      { kind: 'slow', ms: 60_000 },
    ]);
    const calls = Promise.allSettled([post(), post({ ExternalID: 'SECOND' })]);
    await expect.poll(() => v3.requests.length).toBe(2);
    await v3.close();
    expect((await calls).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(v3.jobs).toEqual([]);
    v3 = await startV3();
  });
});
