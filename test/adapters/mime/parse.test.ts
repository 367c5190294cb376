/** Raw mails as programs write them, and as broken programs and hostile senders do, decoded into messages. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { mime } from '../../../src/adapters/mime/parse.ts';
import type { Message } from '../../../src/domain/message.ts';
import { casesIn } from '../../score.ts';

const MAILS = fileURLToPath(new URL('../../../fixtures/mails/', import.meta.url));
const mails = casesIn(MAILS).flatMap(({ files }) => files.map((file) => readFileSync(file)));

const parse = (raw: Buffer | string): Promise<Message> => mime.parse(Readable.from([Buffer.from(raw)], { objectMode: false }));
const lines = (...list: string[]) => Buffer.from(list.join('\r\n'), 'latin1');
const multipart = (type: string, ...parts: string[][]) =>
  lines(
    'From: sam@mail.example',
    `Content-Type: multipart/${type}; boundary=b`,
    '',
    ...parts.flatMap((part) => ['--b', ...part]),
    '--b--',
    '',
  );
const text = (...head: string[]) => lines('From: sam@mail.example', ...head);
const pieces = (raw: Buffer, sizes: number[]): Buffer[] => {
  const list: Buffer[] = [];
  for (let at = 0, turn = 0; at < raw.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    list.push(raw.subarray(at, at + size));
    at += size;
  }
  return list;
};

describe('a mail in pieces', () => {
  test('is the same message however its bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...mails),
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 5 }),
        async (raw, sizes) => {
          const inPieces = await mime.parse(Readable.from(pieces(raw, sizes), { objectMode: false }));
          expect(inPieces).toEqual(await parse(raw));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('may be cut anywhere at a delimiter', async () => {
    const raw = multipart('mixed', ['', 'one', ''], ['Content-Type: image/png', '', '-', '--', '--c', '']);
    const whole = await parse(raw);
    expect(whole.text).toBe('one\n');
    for (let at = 1; at < raw.length; at += 1)
      expect(await mime.parse(Readable.from([raw.subarray(0, at), raw.subarray(at)], { objectMode: false }))).toEqual(whole);
  });

  test('that breaks off gives the error of its stream', async () => {
    const raw = new Readable({ read() {} });
    raw.push('From: a@b.example\r\n\r\nHel');
    setImmediate(() => raw.destroy(new Error('the store is gone')));
    await expect(mime.parse(raw)).rejects.toThrow('the store is gone');
  });
});

describe('what simpleParser makes of the labelled mails', () => {
  test('is what we make of them: subjects, people, texts and files', async () => {
    for (const raw of mails) {
      const [ours, theirs] = [
        await parse(raw),
        await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true }),
      ];
      expect(ours.subject).toBe((theirs.subject ?? '').replace(/\s+/g, ' ').trim());
      expect(ours.messageId).toBe(theirs.messageId ?? null);
      expect(ours.from?.name ?? '').toBe((theirs.from?.value[0]?.name ?? '').replace(/\s+/g, ' ').trim());
      expect(ours.text?.trim() ?? '').toBe(theirs.text?.trim() ?? '');
      if (ours.text === null || ours.html === null) expect(ours.html ?? '').toBe(theirs.html || '');
      expect([...ours.attachments.filter(({ inside }) => inside === undefined).map(({ bytes }) => bytes)].length).toBeLessThanOrEqual(
        theirs.attachments.length,
      );
    }
  });
});

describe('parts', () => {
  test('the line end before a delimiter is not of the part, a blank behind the boundary does not matter', async () => {
    const { text: body, attachments } = await parse(
      lines(
        'Content-Type: multipart/mixed; boundary="b b"',
        '',
        'preamble',
        '--b b  \t',
        '',
        'Hello',
        '--b b',
        'Content-Type: image/png',
        '',
        'x',
        '--b b-- ',
        'epilogue',
      ),
    );
    expect(body).toBe('Hello');
    expect(attachments.map(({ bytes }) => bytes)).toEqual([1]);
  });

  test('an inner multipart that is never closed ends with the outer one', async () => {
    const { text: body, attachments } = await parse(
      lines(
        'Content-Type: multipart/mixed; boundary=outer',
        '',
        '--outer',
        'Content-Type: multipart/alternative; boundary=inner',
        '',
        '--inner',
        '',
        'Hello',
        '--outer',
        'Content-Type: image/png; name=a.png',
        '',
        'xy',
        '--outer--',
      ),
    );
    expect(body).toBe('Hello');
    expect(attachments.map(({ name, bytes }) => [name, bytes])).toEqual([['a.png', 2]]);
  });

  test('a boundary in quotes, with a comment, or longer than the line that looks like it', async () => {
    const { text: body } = await parse(
      lines('Content-Type: multipart/mixed; boundary="a" (that one)', '', '--a', '', 'x', '--ab', 'y', '--a--'),
    );
    expect(body).toBe('x\n--ab\ny');
  });

  test('a mail that ends in the middle of a head or of a part is read as far as it goes', async () => {
    expect((await parse('Subject: Boi')).subject).toBe('Boi');
    const { text: body } = await parse(lines('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'Hello', ''));
    expect(body).toBe('Hello\n');
    expect((await parse('')).text).toBeNull();
  });

  test('more parts or a longer header than any mail has is unreadable', async () => {
    const many = Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(1_200)}--b--\r\n`);
    await expect(parse(many)).rejects.toMatchObject({ code: 'mail-unreadable' });
    await expect(parse(`X: ${'x'.repeat(1_100_000)}\r\n\r\nHello`)).rejects.toMatchObject({ code: 'mail-unreadable' });
    await expect(parse(`${'x:\r\n'.repeat(20_000)}\r\nHello`)).rejects.toMatchObject({ code: 'mail-unreadable' });
  });

  test('a message in the text of another stands there with its head; one that is attached is a message of its own', async () => {
    const inner = [
      'From: "Ana Silva" <ana@mail.example>',
      'Subject: =?utf-8?Q?Caf=C3=A9?=',
      'Date: Mon, 2 Feb 2026 10:00:00 +0000',
      '',
      'It leaks.',
    ];
    const inline = await parse(
      multipart('mixed', ['', 'See below.'], ['Content-Type: message/rfc822', 'Content-Disposition: inline', '', ...inner]),
    );
    expect(inline.text).toBe(
      'See below.\n\nFrom: "Ana Silva" <ana@mail.example>\nSubject: Café\nDate: Mon, 02 Feb 2026 10:00:00 GMT\n\nIt leaks.',
    );
    expect(inline.attached).toEqual([]);
    const attached = await parse(multipart('mixed', ['', 'See below.'], ['Content-Type: message/rfc822', '', ...inner]));
    expect(attached.attached.map(({ part, message }) => [part, message.subject, message.text])).toEqual([['0', 'Café', 'It leaks.']]);
  });

  test('text beside HTML that is no alternative of it joins the HTML, so that nothing is lost', async () => {
    const { text: body, html } = await parse(multipart('mixed', ['', 'a < b', '', '', 'c'], ['Content-Type: text/html', '', '<p>d</p>']));
    expect(body).toBe('a < b\n\n\nc\n');
    expect(html).toBe('<p>a &lt; b</p><p>c</p><br/>\n<p>d</p>');
    const alternative = await parse(multipart('alternative', ['', 'd'], ['Content-Type: text/html', '', '<p>d</p>']));
    expect(alternative.html).toBe('<p>d</p>');
  });
});

describe('contents', () => {
  test('base64 in lines of any length, with padding inside and strange characters between', async () => {
    for (const body of ['SGVsbG8=', 'SGVs\r\nbG8=', 'S G V s\tb-G_8=', 'SGVs*bG8', 'SGU=\r\nbGxv'])
      expect((await parse(text('Content-Transfer-Encoding: base64', '', body))).text).toBe('Hello');
  });

  test('quoted-printable with soft line ends, blanks before line ends and broken escapes', async () => {
    const body = ['Caf=C3=A9 is=', ' open=20', 'a  ', '100=% =ZZ =4'];
    expect((await parse(text('Content-Transfer-Encoding: Quoted-Printable (so it is)', '', ...body))).text).toBe(
      'Café is open \na\n100=% =ZZ =4',
    );
  });

  test('charsets, also wrong ones', async () => {
    const of = async (charset: string, bytes: Buffer) =>
      (await parse(Buffer.concat([text(`Content-Type: text/plain; charset=${charset}`, '', ''), bytes]))).text;
    expect(await of('"ISO-8859-1"', Buffer.from('Café', 'latin1'))).toBe('Café');
    expect(await of('windows-1252', Buffer.from([0x93, 0x80, 0x94]))).toBe('“€”');
    expect(await of('UTF-8', Buffer.from('Café'))).toBe('Café');
    expect(await of('iso-2022-jp', Buffer.from('\u001b$B$"\u001b(B', 'latin1'))).toBe('あ');
    expect(await of('gb18030', Buffer.from([0xc4, 0xe3]))).toBe('你');
    expect(await of('utf-7', Buffer.from('+ADw-script+AD4-'))).toBe('+ADw-script+AD4-');
    expect(await of('no-such', Buffer.from('Café'))).toBe('Café');
    expect(await of('us-ascii', Buffer.from([0x43, 0xff]))).toBe('C\ufffd');
  });

  test('format=flowed joins soft line ends and keeps quotes apart', async () => {
    const flowed = (delsp: string) =>
      parse(
        text(`Content-Type: text/plain; format=flowed; delsp=${delsp}`, '', 'one ', 'two', '> three ', '> four', ' stuffed', '-- ', 'Sam'),
      );
    expect((await flowed('no')).text).toBe('one two\n> three four\nstuffed\n-- \nSam');
    expect((await flowed('yes')).text).toBe('onetwo\n> threefour\nstuffed\n-- \nSam');
  });
});

describe('header fields', () => {
  test('names of files: quoted, encoded words, RFC 2231, and which of two counts', async () => {
    const nameOf = async (...head: string[]) => (await parse(multipart('mixed', [...head, '', 'x']))).attachments[0]?.name;
    expect(await nameOf('Content-Disposition: attachment; filename="a \\"b\\".jpg"')).toBe('a "b".jpg');
    expect(await nameOf('Content-Disposition: attachment;', '\tfilename="a;b (1).jpg"')).toBe('a;b (1).jpg');
    expect(await nameOf('Content-Type: image/jpeg; name="=?utf-8?B?QmFkIMOpLmpwZw==?="')).toBe('Bad é.jpg');
    expect(await nameOf('Content-Disposition: attachment; filename*0*=utf-8\'\'B%C3%A9; filename*1=".jpg"; filename=old.jpg')).toBe(
      'Bé.jpg',
    );
    expect(await nameOf("Content-Disposition: attachment; filename*=utf-8''a%3D%3Futf-8%3FQ%3F%3D2Eexe%3F%3D")).toBe('a=?utf-8?Q?=2Eexe?=');
    expect(await nameOf('Content-Disposition: attachment; filename=one.jpg; filename=two.jpg')).toBe('one.jpg');
  });

  test('a part is what its type says, else what its name says', async () => {
    const typeOf = async (...head: string[]) => (await parse(multipart('mixed', [...head, '', 'x']))).attachments[0]?.mimeType;
    expect(await typeOf('Content-Type: IMAGE/PNG')).toBe('image/png');
    expect(await typeOf('Content-Disposition: attachment; filename=a.pdf')).toBe('application/pdf');
    expect(await typeOf('Content-Type: application/octet-stream; name=a.jpg')).toBe('image/jpeg');
    expect(await typeOf('Content-Disposition: attachment')).toBe('application/octet-stream');
    expect(await typeOf('Content-Type: ; charset=utf-8')).toBe('application/octet-stream');
    expect(await typeOf('Content-Type: text/plain', 'Content-Disposition: form-data')).toBe('text/plain');
  });

  test('folded, encoded and repeated fields', async () => {
    const message = await parse(
      lines(
        'Subject: =?utf-8?Q?Caf=C3?= =?utf-8?Q?=A9?=',
        ' in flat 3',
        'subject: the second one',
        'From: =?iso-8859-1?Q?Jos=E9?= Nu=?=?= <Jose@Mail.EXAMPLE>, other@mail.example',
        'To: Team: a@b.example, "B, C" <c@d.example>;',
        'To: e@f.example',
        'Message-ID: abc@mail.example',
        'References: <1@a.example>',
        '\t<2@a.example>',
        'X-Note: =?utf-8?Q?no?=',
        'no field',
        '',
        'Hello',
      ),
    );
    expect(message.subject).toBe('Café in flat 3');
    expect(message.from).toEqual({ name: 'José Nu=?=?=', address: 'Jose@mail.example' });
    expect(message.to.map(({ address }) => address)).toEqual(['a@b.example', 'c@d.example', 'e@f.example']);
    expect(message.messageId).toBe('<abc@mail.example>');
    expect(message.references).toEqual(['<1@a.example>', '<2@a.example>']);
    expect(message.headers.filter(({ name }) => name === 'x-note' || name === '')).toEqual([
      { name: 'x-note', value: '=?utf-8?Q?no?=' },
      { name: '', value: 'no field' },
    ]);
  });

  test('raw UTF-8 and raw Latin-1', async () => {
    expect((await parse('Subject: Café\r\n\r\nx')).subject).toBe('Café');
    expect((await parse(Buffer.concat([Buffer.from('Subject: Caf'), Buffer.from([0xe9]), Buffer.from('\r\n\r\nx')]))).subject).toBe(
      'Caf\ufffd',
    );
  });

  test('lines above the fields, as mailbox files have them, are none', async () => {
    const { headers, subject } = await parse('From sam Mon Feb  2\r\nSubject: Boiler\r\n\r\nx');
    expect([subject, headers.length]).toEqual(['Boiler', 1]);
  });
});

test('a file may be left half read: the next one is whole', async () => {
  const raw = multipart('mixed', ['Content-Type: image/png', '', 'x'.repeat(300_000)], ['Content-Type: image/png', '', 'whole']);
  const found: string[] = [];
  await mime.extract(Readable.from(pieces(raw, [1_000]), { objectMode: false }), new Set(['0', '1']), async (part, body) => {
    for await (const piece of body) {
      found.push(part === '1' ? String(piece) : part);
      break;
    }
  });
  expect(found).toEqual(['0', 'whole']);
});
