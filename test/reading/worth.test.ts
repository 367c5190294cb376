import { expect, test } from 'vitest';
import type { Attachment } from '../../src/domain/message.ts';
import type { ReadingContext } from '../../src/reading/context.ts';
import type { Letter } from '../../src/reading/letter.ts';
import { worthAttaching } from '../../src/reading/worth.ts';

let count = 0;

function attachment(changes: Partial<Attachment>): Attachment {
  count += 1;
  const mimeType = changes.mimeType ?? 'image/jpeg';
  return {
    part: String(count),
    name: 'IMG_1.jpg',
    mimeType,
    sniffedType: /^(image|video)\/|pdf/.test(mimeType) ? mimeType : null,
    bytes: 50_000,
    sha256: String(count),
    disposition: 'attachment',
    contentId: null,
    embedded: false,
    pixels: mimeType.startsWith('image/') ? { width: 1200, height: 900 } : null,
    ...changes,
  };
}

const worth = (changes: Partial<Attachment>) =>
  worthAttaching([{ attachments: [attachment(changes)] } as Letter], {} as ReadingContext).length === 1;
const png = (width: number, height: number) => ({
  mimeType: 'image/png',
  pixels: { width, height },
  embedded: true,
  disposition: 'inline',
});

test.each<[string, Partial<Attachment>]>([
  ['a photo', {}],
  ['a photo that an iPhone shows between its lines', { disposition: 'inline', contentId: 'a', embedded: true }],
  ['a photo whose mail program calls it octets', { mimeType: 'application/octet-stream', sniffedType: 'image/heic', pixels: null }],
  ['a small photo that was attached', { pixels: { width: 120, height: 90 } }],
  ['a photo whose head tells of one dot', { pixels: { width: 1, height: 1 }, disposition: 'inline', embedded: true, name: 'seal.jpeg' }],
  ['a drawing that a form sends on as a file', { pixels: { width: 1, height: 1 }, mimeType: 'image/png', name: 'slates.png' }],
  ['what a phone took, however small', { pixels: { width: 16, height: 12 }, disposition: 'inline', name: 'IMG_0933.jpeg', bytes: 117 }],
  ['a screenshot pasted into Outlook', { ...png(640, 400), name: 'image001.png' }],
  ['a PDF', { mimeType: 'application/pdf', name: 'quote.pdf' }],
  ['a video', { mimeType: 'video/quicktime', name: 'leak.MOV' }],
  [
    'a program, so that its refusal is named',
    { mimeType: 'application/octet-stream', sniffedType: 'application/x-msdownload', name: 'a.exe' },
  ],
  ['a web page with a name, so that its refusal is named', { mimeType: 'text/html', name: 'invoice.html' }],
  ['an SVG, so that its refusal is named', { mimeType: 'image/svg+xml', sniffedType: 'application/xml', name: 'plan.svg', pixels: null }],
  [
    'a broken archive, so that its refusal is named',
    { mimeType: 'application/ms-tnef', name: 'winmail.dat', problem: 'the archive is damaged' },
  ],
])('%s counts', (_, changes) => {
  expect(worth(changes)).toBe(true);
});

test.each<[string, Partial<Attachment>]>([
  ['a tracking pixel', { pixels: { width: 1, height: 1 }, mimeType: 'image/gif', disposition: null }],
  ['a social icon', png(32, 32)],
  ['a line', png(600, 3)],
  ['a banner', { ...png(700, 150), disposition: 'inline' }],
  ['a logo in a signature', { ...png(240, 180), name: 'image001.png' }],
  ['a logo by its name', { disposition: 'inline', name: 'Brightkeys_Logo.jpg' }],
  ['an S/MIME signature', { mimeType: 'application/pkcs7-signature', name: 'smime.p7s' }],
  ['an invitation', { mimeType: 'text/calendar', name: 'invite.ics' }],
  ['a visiting card', { mimeType: 'text/vcard', name: 'Sam Carter.vcf' }],
  ['a visiting card under another type', { mimeType: 'application/octet-stream', name: 'Sam Carter.vcf' }],
  ['the report inside a read receipt', { mimeType: 'message/disposition-notification', name: '' }],
  ['the footer of a mailing list', { mimeType: 'text/plain', name: '' }],
  ['what Exchange makes of a second text part', { mimeType: 'text/html', name: 'ATT00001.htm' }],
  ['a PGP signature', { mimeType: 'application/pgp-signature', name: 'signature.asc' }],
])('%s does not count', (_, changes) => {
  expect(worth(changes)).toBe(false);
});

test('the same file is attached once, though it stands in two letters', () => {
  const photo = attachment({});
  const letters = [{ attachments: [photo] }, { attachments: [attachment({ sha256: photo.sha256 }), attachment({})] }] as Letter[];
  expect(worthAttaching(letters, {} as ReadingContext)).toHaveLength(2);
});
