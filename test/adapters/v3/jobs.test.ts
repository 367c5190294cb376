import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureOfAnswer } from '../../../src/adapters/v3/answer.ts';
import { openJobs } from '../../../src/adapters/v3/jobs.ts';
import type { Job } from '../../../src/domain/job.ts';
import type { Branch } from '../../../src/domain/mailbox.ts';
import { startV3, type V3StandIn } from '../../../src/sandbox/v3.ts';

const BRANCH: Branch = { shortName: 'brightkeys', branchID: '0042', timeZone: 'Europe/London', country: 'GB', phoneFormat: 'national' };
const JOB: Job = {
  ExternalID: '7XCNQNCXJ',
  ReportedAt: '2026-03-03T09:15:00+00:00',
  IssueTitle: 'Tap drips',
  TenantPhonePrimary: '07400 123001',
};
const signal = AbortSignal.timeout(15_000);
let v3: V3StandIn;
beforeEach(async () => {
  v3 = await startV3();
});
afterEach(() => v3.close());
const open = (apiKey = v3.apiKey, url = v3.url) => openJobs({ url, apiKeyHeader: 'api_key', timeoutMs: 400, apiKeyOf: () => apiKey });

test('an accepted job is stored once, and its answer comes back', async () => {
  const { response } = await open().submit(BRANCH, JOB, signal);
  expect(response).toContain('7XCNQNCXJ');
  expect(v3.jobs).toHaveLength(1);
});

test('an ExternalID that was used is told apart from other refusals', async () => {
  await open().submit(BRANCH, JOB, signal);
  await expect(open().submit(BRANCH, JOB, signal)).rejects.toMatchObject({ code: 'v3-used' });
});

test("a refusal has V3's own words, without the tenant's number", async () => {
  const error = await open()
    .submit(BRANCH, { ...JOB, TenantPhonePrimary: '12345678901234' }, signal)
    .catch((failure) => failure);
  expect(error).toMatchObject({ code: 'v3-invalid' });
  expect(error.detail).toContain('TenantPhonePrimary');
  expect(error.detail).not.toContain('12345678901234');
});

test('a refusal of nothing but the documents is told apart', async () => {
  const Documents = [{ MimeType: 'image/jpeg', URL: 'http://127.0.0.1:1/photo.jpg' }];
  const failure = await open()
    .submit(BRANCH, { ...JOB, Documents }, signal)
    .catch((error) => error);
  expect(failure).toMatchObject({ code: 'v3-documents' });
  expect(failure.detail).toContain('issue.Documents[0].URL');
});

test.each([
  ['{"Message":"A document could not be downloaded."}', 'v3-documents'],
  ['"The Documents are invalid"', 'v3-documents'],
  ['{"Message":"no","ModelState":{"issue.Documents[0].URL":["bad"],"issue.IssueTitle":["bad"]}}', 'v3-invalid'],
  ['{"Message":"IssueTitle and Documents are invalid"}', 'v3-invalid'],
  ['{"Message":"The request is invalid."}', 'v3-invalid'],
  ['{"ModelState":{"issue.ExternalID":["The ExternalID of the document has already been used."]}}', 'v3-used'],
])('400 with %s is %s', (body, code) => {
  expect(failureOfAnswer(400, body, 0)).toMatchObject({ code });
});

test.each([
  ['error', 'v3-error'],
  ['html', 'v3-error'],
  ['throttled', 'v3-throttled'],
  ['timeout-before', 'v3-unknown'],
] as const)('the fault %s is %s', async (kind, code) => {
  v3.fail({ kind });
  const error = await open()
    .submit(BRANCH, JOB, signal)
    .catch((failure) => failure);
  expect(error).toMatchObject({ code });
  if (kind === 'throttled') expect(error.afterMs).toBeNull(); // then the flow waits for a whole window
});

test('no answer after V3 stored the job is an unknown outcome', async () => {
  v3.fail({ kind: 'timeout-after' });
  await expect(open().submit(BRANCH, JOB, signal)).rejects.toMatchObject({ code: 'v3-unknown' });
  expect(v3.jobs).toHaveLength(1);
});

test('it is told when the request has gone out, which is before the answer', async () => {
  v3.fail({ kind: 'timeout-before', hang: true });
  let sentAt = Number.NaN;
  const began = performance.now();
  const submitting = open().submit(BRANCH, JOB, signal, () => {
    sentAt = performance.now();
  });
  await expect(submitting).rejects.toMatchObject({ code: 'v3-unknown', detail: 'no answer within 0 s' });
  expect(sentAt - began).toBeLessThan(300);
});

test.each(['takes connections and says nothing', 'ends connections'])(
  'a server that %s before TLS stands was never sent a job',
  async (how) => {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      if (how === 'ends connections') socket.destroy();
    });
    const sockets: Socket[] = [];
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    let isSent = false;
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const submitting = open(v3.apiKey, url).submit(BRANCH, JOB, signal, () => {
      isSent = true;
    });
    await expect(submitting).rejects.toMatchObject({ code: 'v3-unreachable' });
    expect(isSent).toBe(false);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  },
);

test('an answer without end is read no further than is of use', async () => {
  const server = createHttpServer((_, response) => {
    response.writeHead(500, { 'content-type': 'text/plain' });
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(open(v3.apiKey, url).submit(BRANCH, JOB, signal)).rejects.toMatchObject({ code: 'v3-error' });
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

test('a wrong key, a wrong branch and a closed port are each named, and the key is in no message', async () => {
  const wrong = await open('a-secret-key')
    .submit(BRANCH, JOB, signal)
    .catch((failure) => failure);
  expect(wrong).toMatchObject({ code: 'v3-key' });
  expect(String(wrong) + wrong.detail).not.toContain('a-secret-key');
  await expect(open().submit({ ...BRANCH, branchID: '9999' }, JOB, signal)).rejects.toMatchObject({ code: 'v3-branch' });
  const closed = await startV3();
  await closed.close();
  await expect(open(v3.apiKey, closed.url).submit(BRANCH, JOB, signal)).rejects.toMatchObject({ code: 'v3-unreachable' });
});
