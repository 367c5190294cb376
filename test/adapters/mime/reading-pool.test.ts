/** One mail that hangs, fills the memory or ends its thread stops itself and no other mail. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { mime } from '../../../src/adapters/mime/parse.ts';
import { openReadingPool } from '../../../src/adapters/mime/reading-pool.ts';
import { loadTemplates } from '../../../src/adapters/templates/load.ts';
import { loadConfig } from '../../../src/app/config.ts';
import { agencyOf, branchOf } from '../../../src/app/mailboxes.ts';
import { BUNDLED_TEMPLATES, EXAMPLE_CONFIG } from '../../../src/app/place.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { ReadingContext } from '../../../src/reading/context.ts';

const file = (name: string) => fileURLToPath(new URL(`../../../fixtures/mails/${name}`, import.meta.url));
const raw = (bytes: string | Buffer) => Readable.from([Buffer.from(bytes)], { objectMode: false });
const config = loadConfig(EXAMPLE_CONFIG, 'ignored');
const [mailbox] = config.mailboxes;
if (mailbox === undefined) throw new Error('the example has no mailbox');
const CONTEXT: ReadingContext = {
  agency: agencyOf(config, mailbox),
  branch: branchOf(config, mailbox),
  templates: loadTemplates([BUNDLED_TEMPLATES]),
  receivedAt: new Date('2026-03-20T10:00:00Z'),
};
const HOSTILE = fileURLToPath(new URL('hostile-thread.ts', import.meta.url));

let pool = openReadingPool();
afterEach(() => pool.close());

test('a mail is understood in the thread as it is here, with its photos', async () => {
  pool = openReadingPool();
  for (const name of ['iphone-inline-photos-fire-looks-great-tap-drips.eml', 'portal-text-and-table-two-numbers-presence-required.eml']) {
    const there = await pool.read(raw(readFileSync(file(name))), CONTEXT);
    const here = await mime.read(raw(readFileSync(file(name))), CONTEXT);
    expect(there).toEqual(here);
  }
});

test('a mail of 30 MB passes through the thread piece by piece', async () => {
  pool = openReadingPool();
  const head =
    'From: a@b.example\r\nSubject: Tap drips\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nThe tap drips.\r\n';
  const line = Buffer.from(`${'QUJD'.repeat(19)}\r\n`);
  const lines = Math.ceil((30 << 20) / line.length);
  async function* pieces() {
    yield Buffer.from(
      `${head}--x\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename=a.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
    );
    for (let sent = 0; sent < lines; sent += 800) yield Buffer.concat(Array.from({ length: 800 }, () => line));
    yield Buffer.from('--x--\r\n');
  }
  const { message } = await pool.read(Readable.from(pieces(), { objectMode: false }), CONTEXT);
  expect(message.attachments[0]?.bytes).toBeGreaterThan(22_000_000);
});

test('a mail that hangs is stopped, and the next one is read', async () => {
  pool = openReadingPool({ silentMs: 3_000, heapMegabytes: 128 }, HOSTILE);
  await expect(pool.read(raw('hang'), CONTEXT)).rejects.toMatchObject({
    code: 'mail-exhausting',
    kind: 'hold',
    detail: 'reading it took more than 3 s',
  });
  await expect(pool.read(raw('well'), CONTEXT)).resolves.toMatchObject({ message: { subject: 'well' } });
});

test('a mail that fills the memory is stopped, and the next one is read', async () => {
  pool = openReadingPool({ silentMs: 15_000, heapMegabytes: 64 }, HOSTILE);
  await expect(pool.read(raw('fill'), CONTEXT)).rejects.toMatchObject({
    code: 'mail-exhausting',
    detail: 'reading it took more than 64 MB',
  });
  await expect(pool.read(raw('well'), CONTEXT)).resolves.toMatchObject({ message: { subject: 'well' } });
});

test('a mail that ends the thread is told apart, and the next one is read', async () => {
  pool = openReadingPool({ silentMs: 10_000, heapMegabytes: 128 }, HOSTILE);
  await expect(pool.read(raw('exit'), CONTEXT)).rejects.toMatchObject({
    code: 'mail-exhausting',
    detail: 'the thread that read it ended with 7',
  });
  await expect(pool.read(raw('well'), CONTEXT)).resolves.toMatchObject({ message: { subject: 'well' } });
});

test('a raw mail that cannot be read on is no fault of the mail, and the next one is read', async () => {
  pool = openReadingPool();
  async function* broken() {
    yield Buffer.from('Subject: Tap\r\n\r\nThe tap');
    throw new Failure('raw-missing', 'ab/abc.eml');
  }
  await expect(pool.read(Readable.from(broken(), { objectMode: false }), CONTEXT)).rejects.toMatchObject({ code: 'raw-missing' });
  const { message } = await pool.read(raw('Subject: Tap\r\n\r\nThe tap drips.\r\n'), CONTEXT);
  expect(message.subject).toBe('Tap');
});

test('templates that were changed reach the thread', async () => {
  pool = openReadingPool();
  const mail = 'From: Ann Lee <ann@mail.example>\r\nSubject: Tap\r\n\r\nThe kitchen tap drips. 07400 123456\r\n';
  const before = await pool.read(raw(mail), CONTEXT);
  const changed = CONTEXT.templates.map((one) => (one.name === 'general' ? { ...one, version: 99 } : one));
  const after = await pool.read(raw(mail), { ...CONTEXT, templates: changed });
  expect(before.understanding.reading.template).not.toBe('general@99');
  expect(after.understanding.reading.template).toBe('general@99');
});
