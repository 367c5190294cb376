/** The whole service against the stand-ins: a mail in an IMAP inbox becomes a V3 job with public documents, an answer and a place in its folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/app/config.ts';
import { wire } from '../../src/app/wire.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const mail = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/mails/${name}`, import.meta.url)));
let sandbox: Sandbox;
let folder: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), 'faultline-'));
});
afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One `faultline once` on the sandbox. */
async function once(data = 'data') {
  const { imap, s3, smtp, v3 } = sandbox;
  const file = join(folder, 'faultline.yaml');
  writeFileSync(
    file,
    stringify({
      dataFolder: data,
      agency: { name: 'Brightkeys Lettings', staff: ['brightkeys.example'] },
      v3: { url: v3.url, timeoutSeconds: 1 },
      s3: {
        endpoint: s3.endpoint,
        region: s3.region,
        bucket: s3.bucket,
        accessKeyId: s3.accessKeyId,
        secretAccessKey: s3.secretAccessKey,
        pathStyle: true,
      },
      smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
      branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
      mailboxes: [
        {
          name: 'repairs',
          branch: 'leeds',
          imap: { host: imap.host, port: imap.port, tls: 'none', user: imap.user, password: imap.password },
          replyFrom: { address: 'repairs@brightkeys.example' },
        },
      ],
      retry: { firstSeconds: 0.01, mostSeconds: 0.01 },
    }),
  );
  const { flow, close } = await wire(loadConfig(file, 'required'), () => undefined);
  try {
    return await drain(flow, AbortSignal.timeout(15_000));
  } finally {
    await close();
  }
}

function subjectsIn(path: string): number {
  return sandbox.imap.folders().find((one) => one.path === path)?.mails.length ?? 0;
}

test('a report with photos becomes one job, its documents can be read by anybody, the tenant is answered, and the mail is filed', async () => {
  sandbox.imap.deliver(mail('iphone-inline-photos-fire-looks-great-tap-drips.eml'));
  expect(await once()).toMatchObject({ mails: 1, jobs: 1, asked: 0, failed: 0 });
  const [stored] = sandbox.v3.jobs;
  expect(sandbox.v3.jobs).toHaveLength(1);
  expect(stored?.job).toMatchObject({ TenantPhonePrimary: '07400 123118', PropertyPostcode: 'LS11 8HD', TenantForename: 'Aoife' });
  expect(stored?.documents.map(({ MimeType }) => MimeType)).toEqual(['image/jpeg', 'image/jpeg']);
  for (const document of stored?.documents ?? []) expect(document.totalBytes).toBeGreaterThan(10_000);
  expect(sandbox.sent).toHaveLength(1);
  expect(sandbox.sent[0]?.to).toEqual(['aoife.brennan91@icloud.example']);
  expect(sandbox.sent[0]?.raw.toString()).toMatch(/^Auto-Submitted: auto-replied\r$/m);
  expect(subjectsIn('Faultline/Jobs')).toBe(1);
  expect(subjectsIn('INBOX')).toBe(0);
});

test('a missing phone number is asked for, and the answer closes the case with the photos of the first mail', async () => {
  const thread = 'threads/answer-to-question-with-phone-number';
  sandbox.imap.deliver(mail(`${thread}/01.eml`));
  expect(await once()).toMatchObject({ jobs: 0, asked: 1 });
  expect(sandbox.v3.requests).toHaveLength(0);
  expect(subjectsIn('Faultline/Asked')).toBe(1);
  sandbox.imap.deliver(mail(`${thread}/02.eml`));
  expect(await once()).toMatchObject({ jobs: 1 });
  expect(sandbox.v3.jobs[0]?.job).toMatchObject({ TenantPhonePrimary: '07400 123964', PropertyPostcode: 'LE2 3FB' });
  expect(sandbox.v3.jobs[0]?.documents).toHaveLength(1);
});

test('a job that V3 stored before the connection broke is not made twice, even after the ledger is lost', async () => {
  sandbox.v3.fail({ kind: 'timeout-after' });
  sandbox.imap.deliver(mail('gmail-gas-smell-two-lines-odd-phone-grouping.eml'));
  await once();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await once();
  expect(sandbox.v3.jobs).toHaveLength(1);
  expect(sandbox.sent).toHaveLength(1);
  sandbox.imap.deliver(mail('gmail-gas-smell-two-lines-odd-phone-grouping.eml'));
  await once('another-data-folder');
  expect(sandbox.v3.jobs).toHaveLength(1);
});

test('bounces, automatic replies and newsletters make no job and get no answer', async () => {
  for (const name of [
    'bounce-postfix-dsn-of-own-question.eml',
    'auto-reply-exchange-contractor-out-of-office.eml',
    'newsletter-boiler-leaks-and-gas-tips.eml',
  ])
    sandbox.imap.deliver(mail(name));
  expect(await once()).toMatchObject({ mails: 3, jobs: 0, ignored: 3 });
  expect(sandbox.sent).toHaveLength(0);
  expect(subjectsIn('Faultline/Ignored')).toBe(3);
});

test('while V3 fails the report waits, and its mail stays in the inbox', async () => {
  sandbox.imap.deliver(mail('gmail-mice-phone-number-in-subject.eml'));
  sandbox.v3.failWhile({ kind: 'error' });
  expect(await once()).toMatchObject({ jobs: 0, waiting: 1 });
  expect(subjectsIn('INBOX')).toBe(1);
});
