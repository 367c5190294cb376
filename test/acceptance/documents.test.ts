/** `faultline documents …` against the stand-ins, as a person at a terminal uses it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { main } from '../../src/app/cli/main.ts';
import { loadConfig } from '../../src/app/config.ts';
import { wire } from '../../src/app/wire.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let sandbox: Sandbox;
let folder: string;
let file: string;
let client: S3Client;

beforeEach(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), 'faultline-'));
  file = join(folder, 'faultline.yaml');
  const { endpoint, region, accessKeyId, secretAccessKey } = sandbox.s3;
  client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  writeFileSync(file, stringify(config()));
});
afterEach(async () => {
  client.destroy();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function config(s3Changes: object = {}): object {
  const { imap, s3, smtp, v3 } = sandbox;
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
  return {
    agency: { name: 'Brightkeys Lettings' },
    v3: { url: v3.url },
    s3: { endpoint, region, bucket, accessKeyId, secretAccessKey, pathStyle: true, prefix: 'faults/', ...s3Changes },
    smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
    branches: {
      leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey },
      york: { shortName: 'brightkeys', branchID: '0043', apiKey: v3.apiKey, public: { way: 'public-read' } },
      hull: { shortName: 'brightkeys', branchID: '0044', apiKey: v3.apiKey, public: { way: 'public-url', baseUrl: `${endpoint}/nowhere` } },
    },
    mailboxes: [
      {
        name: 'repairs',
        branch: 'leeds',
        imap: { host: imap.host, port: imap.port, tls: 'none', user: imap.user, password: imap.password },
        replyFrom: { address: 'repairs@brightkeys.example' },
      },
    ],
  };
}

/** Runs the command in this process, which is quicker than a new one. */
async function faultline(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text);
      return true;
    }),
  );
  try {
    const code = await main(['documents', ...args, '--config', file]);
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const keys = async () =>
  ((await client.send(new ListObjectsV2Command({ Bucket: sandbox.s3.bucket }))).Contents ?? []).map(({ Key = '' }) => Key);

test('a document is public until it is taken back, which the ledger and the bucket agree on', async () => {
  sandbox.imap.deliver(readFileSync(join(root, 'fixtures/mails/iphone-inline-photos-fire-looks-great-tap-drips.eml')));
  const { flow, close } = await wire(loadConfig(file, 'required'), () => undefined);
  await drain(flow, AbortSignal.timeout(15_000)).finally(close);
  const [stored] = sandbox.v3.jobs;
  const urls = stored?.documents.map(({ URL }) => URL) ?? [];
  expect(await Promise.all(urls.map(async (url) => (await fetch(url)).status))).toEqual([200, 200]);
  expect(await faultline('audit')).toMatchObject({ code: 0, stdout: '2 objects; 0 too many, 0 missing, 0 of others\n' });

  const reference = stored?.job.ExternalID ?? '';
  expect(await faultline('unpublish', reference.toLowerCase())).toMatchObject({
    code: 0,
    stdout: `2 documents of ${reference} are no longer public\n`,
  });
  expect(await Promise.all(urls.map(async (url) => (await fetch(url)).status))).toEqual([404, 404]);
  expect(await keys()).toEqual([]);
  expect(await faultline('audit')).toMatchObject({ code: 0 });
  expect((await faultline('unpublish', 'NOSUCHONE')).code).toBe(2);
});

test('the audit names what should not be in the bucket, and deletes nothing of others', async () => {
  const stray = `faults/7XCNQNCXJ/${'0a'.repeat(16)}/stray.jpg`;
  const others = 'faults/backup.tar';
  for (const Key of [stray, others, 'elsewhere/x']) await client.send(new PutObjectCommand({ Bucket: sandbox.s3.bucket, Key, Body: 'x' }));
  const found = await faultline('audit');
  expect(found.code).toBe(1);
  expect(found.stdout).toContain('2 objects; 1 too many, 0 missing, 1 of others');
  expect(await faultline('audit', '--remove')).toMatchObject({ code: 0 });
  expect(await keys()).toEqual(['elsewhere/x', others]);
});

test('the check tells for each branch whether its documents would be public, and leaves nothing behind', async () => {
  const { code, stdout } = await faultline('check', '--json');
  expect(code).toBe(1);
  const branches = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(branches).toMatchObject([
    { branch: 'leeds', way: 'presigned', code: null },
    { branch: 'york', way: 'public-read', code: null },
    { branch: 'hull', way: 'public-url', code: 'document-not-public', detail: 'an anonymous GET was answered 403' },
  ]);
  expect(await keys()).toEqual([]);
});

test('the lifecycle rule covers exactly the documents, a day after their retention', async () => {
  const { code, stdout, stderr } = await faultline('lifecycle');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    Rules: [
      {
        ID: 'faultline-documents',
        Status: 'Enabled',
        Filter: { Prefix: 'faults/' },
        Expiration: { Days: 181 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ],
  });
  expect(stderr).toContain(`--bucket ${sandbox.s3.bucket}`);
});

test('a secret that the environment lacks is named', async () => {
  writeFileSync(file, stringify(config({ secretAccessKey: ['$', '{NO_SUCH_SECRET_HERE}'].join('') })));
  const { code, stderr } = await faultline('check');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('the environment has no NO_SUCH_SECRET_HERE') });
});
