/** Photos inside a zip, a winmail.dat or a forwarded message count like any others; dangerous and broken archives stay closed. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mime } from '../../../src/adapters/mime/parse.ts';
import { tnefFiles } from '../../../src/adapters/mime/tnef.ts';
import { documentType } from '../../../src/domain/document-type.ts';
import type { Attachment } from '../../../src/domain/message.ts';
import { zipOf } from '../zip.ts';
import { winmail } from './tnef.ts';

/** The first bytes of a JPEG, so that it is known as one, and some that make it unlike any other. */
const photo = (bytes = 2_000) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), Buffer.from('JFIF\0'), randomBytes(bytes)]);
const PDF = Buffer.from('%PDF-1.7\nquote\n%%EOF\n');

type Part = { type: string; name?: string; bytes: Buffer };

let mails = 0;

function mail(parts: Part[]): Buffer {
  const boundary = `b${(mails += 1)}`;
  const lines = [
    'From: sam@mail.example',
    'Subject: Boiler',
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary=${boundary}`,
    '',
    `--${boundary}`,
    '',
  ];
  lines.push('The boiler drips.');
  for (const { type, name, bytes } of parts) {
    const isMessage = type === 'message/rfc822';
    lines.push(`--${boundary}`, `Content-Type: ${type}`, ...(name ? [`Content-Disposition: attachment; filename="${name}"`] : []));
    lines.push(...(isMessage ? ['', bytes.toString('latin1')] : ['Content-Transfer-Encoding: base64', '']));
    if (!isMessage) lines.push(bytes.toString('base64').replace(/.{76}/g, '$&\r\n'));
  }
  return Buffer.from([...lines, `--${boundary}--`, ''].join('\r\n'), 'latin1');
}

const streamed = (raw: Buffer) => Readable.from([raw], { objectMode: false });
const attachmentsOf = async (parts: Part[]) => (await mime.parse(streamed(mail(parts)))).attachments;
const oneOf = async (bytes: Buffer, name = 'photos.zip', type = 'application/octet-stream') => attachmentsOf([{ type, name, bytes }]);
const refusal = (attachment: Attachment | undefined) => attachment && documentType(attachment, 25 << 20);

/** Every attachment's bytes, extracted by its part, have its hash. */
async function expectExtractable(raw: Buffer, attachments: Attachment[]): Promise<void> {
  const hashes = new Map(attachments.map(({ part, sha256 }) => [part, sha256]));
  const found = new Map<string, string>();
  await mime.extract(streamed(raw), new Set(hashes.keys()), async (part, body) => {
    found.set(
      part,
      createHash('sha256')
        .update(Buffer.concat(await body.toArray()))
        .digest('hex'),
    );
  });
  expect(found).toEqual(hashes);
}

describe('a zip', () => {
  test('gives its files, in order, with their own names and types, and not itself', async () => {
    const zip = zipOf({
      'leak/IMG_1.JPG': photo(),
      '__MACOSX/leak/._IMG_1.JPG': 'x',
      'leak/': '',
      'leak/Küche.jpg': photo(),
      'quote.pdf': PDF,
    });
    const raw = mail([
      { type: 'application/zip', name: 'photos.zip', bytes: zip },
      { type: 'image/jpeg', name: 'last.jpg', bytes: photo() },
    ]);
    const { attachments } = await mime.parse(streamed(raw));
    expect(attachments.map(({ part, name, sniffedType, inside }) => [part, name, sniffedType, inside])).toEqual([
      ['0/0', 'IMG_1.JPG', 'image/jpeg', 'photos.zip'],
      ['0/1', 'Küche.jpg', 'image/jpeg', 'photos.zip'],
      ['0/2', 'quote.pdf', 'application/pdf', 'photos.zip'],
      ['1', 'last.jpg', 'image/jpeg', undefined],
    ]);
    await expectExtractable(raw, attachments);
  });

  test.each([
    ['holds a program', { 'IMG_1.jpg': photo(), 'invoice.pdf.exe': 'MZ' }, {}, 'the archive holds a program or a web page'],
    [
      'holds a program under the name of a photo',
      { 'IMG_1.jpg': Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]) },
      {},
      'the archive holds a program or a web page',
    ],
    ['holds a web page', { 'IMG_1.jpg': photo(), 'read me.html': '<script>' }, {}, 'the archive holds a program or a web page'],
    ['is locked', { 'IMG_1.jpg': photo() }, { encrypted: true }, 'the archive is locked with a password'],
    ['is empty', { 'photos/': '' }, {}, 'the archive is empty'],
    ['says it unpacks to more than 100 MB', { 'IMG_1.jpg': photo() }, { claimedBytes: 101 << 20 }, 'the archive is too large to be opened'],
    ['unpacks to more than it says', { 'IMG_1.jpg': Buffer.alloc(40 << 20) }, { claimedBytes: 2_000 }, 'the archive is damaged'],
    [
      'holds a thousand files',
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}.jpg`, 'x'])),
      {},
      'the archive is too large to be opened',
    ],
  ])('that %s is refused as a whole, with the reason', async (_, files, options, problem) => {
    const began = performance.now();
    const attachments = await oneOf(zipOf(files as Record<string, Buffer>, options));
    expect(attachments.map(({ name, problem }) => [name, problem])).toEqual([['photos.zip', problem]]);
    expect(refusal(attachments[0])).toEqual({ refused: problem });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('that is cut off is refused as damaged', async () => {
    const zip = zipOf({ 'IMG_1.jpg': photo() });
    expect((await oneOf(zip.subarray(0, zip.length - 60)))[0]).toMatchObject({ name: 'photos.zip', problem: 'the archive is damaged' });
  });

  test('inside a zip stays closed, and is refused by its name', async () => {
    const [inner] = await oneOf(zipOf({ 'inner.zip': zipOf({ 'IMG_1.jpg': photo() }) }));
    expect(inner).toMatchObject({ name: 'inner.zip', sniffedType: 'application/zip' });
    expect(refusal(inner)).toEqual({ refused: 'this kind of file is not passed on' });
  });

  test('that is an office document is one document', async () => {
    const types =
      '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>';
    const [document] = await oneOf(zipOf({ '[Content_Types].xml': types, 'word/document.xml': '<w/>' }), 'quote.docx');
    expect(document?.problem).toBeUndefined();
    expect(document?.sniffedType).toMatch(/wordprocessingml/);
  });
});

describe('a winmail.dat', () => {
  const files = [
    { name: 'IMG_14~1.JPG', longName: 'IMG_1400 boiler „E119“.jpg', bytes: photo() },
    { name: 'quote.pdf', bytes: PDF },
  ];

  test('gives the files that Outlook packed, with their long names', async () => {
    const raw = mail([{ type: 'application/ms-tnef', name: 'winmail.dat', bytes: winmail(files) }]);
    const { attachments } = await mime.parse(streamed(raw));
    expect(attachments.map(({ part, name, sniffedType }) => [part, name, sniffedType])).toEqual([
      ['0/0', 'IMG_1400 boiler „E119“.jpg', 'image/jpeg'],
      ['0/1', 'quote.pdf', 'application/pdf'],
    ]);
    await expectExtractable(raw, attachments);
  });

  test('that holds a program, or is cut off, is refused with the reason', async () => {
    expect((await oneOf(winmail([{ name: 'a.exe', bytes: Buffer.from('MZ') }]), 'winmail.dat'))[0]?.problem).toMatch(/program/);
    expect((await oneOf(winmail(files).subarray(0, 1_000), 'winmail.dat'))[0]?.problem).toBe('the archive is damaged');
  });

  test('of wild bytes never does more than throw a RangeError', () => {
    const whole = winmail(files);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 12 }), (at, bytes) => {
        const changed = Buffer.from(whole);
        changed.set(bytes.subarray(0, changed.length - at), at);
        try {
          for (const { bytes: content } of tnefFiles(changed)) expect(content.length).toBeLessThanOrEqual(changed.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

test('photos inside a forwarded message, in its zip too, are found and extracted', async () => {
  const inner = mail([
    { type: 'image/jpeg', name: 'leak.jpg', bytes: photo() },
    { type: 'application/zip', name: 'more.zip', bytes: zipOf({ 'a.jpg': photo(), 'b.jpg': photo() }) },
  ]);
  const raw = mail([{ type: 'message/rfc822', bytes: inner }]);
  const { attached } = await mime.parse(streamed(raw));
  const attachments = attached[0]?.message.attachments ?? [];
  expect(attachments.map(({ part, name }) => [part, name])).toEqual([
    ['0/0', 'leak.jpg'],
    ['0/1/0', 'a.jpg'],
    ['0/1/1', 'b.jpg'],
  ]);
  await expectExtractable(raw, attachments);
});

test('a mail of 800 parts is read within seconds, and its first ones are known; one of 2,000 is held', async () => {
  const parts = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ type: 'image/jpeg', name: `${index}.jpg`, bytes: photo(50) }));
  const began = performance.now();
  const attachments = await attachmentsOf(parts(800));
  expect(attachments).toHaveLength(500);
  expect(attachments[499]?.name).toBe('499.jpg');
  await expect(attachmentsOf(parts(2_000))).rejects.toMatchObject({ code: 'mail-unreadable', kind: 'hold' });
  expect(performance.now() - began).toBeLessThan(10_000);
});
