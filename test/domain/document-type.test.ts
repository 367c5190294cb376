import { expect, test } from 'vitest';
import { documentType, isShownInline, publishedName, publishedType } from '../../src/domain/document-type.ts';

test.each([
  ['IMG_1.HEIC', 'image/heic', 'IMG_1.jpg'],
  ['IMG_1.JPEG', 'image/jpeg', 'IMG_1.JPEG'],
  ['photo.png', 'image/jpeg', 'photo.jpg'],
  ['moving.gif', 'image/gif', 'moving.png'],
  ['invoice.html', 'application/pdf', 'invoice.pdf'],
  ['quote', 'application/pdf', 'quote.pdf'],
  ['Boiler v1.2', 'application/pdf', 'Boiler v1.2.pdf'],
  ['.htaccess', 'image/png', '.htaccess.png'],
])('%s that is %s is published as %s', (name, type, published) => {
  expect(publishedName(name, type)).toBe(published);
});

test.each([
  'text/html',
  'image/svg+xml',
  'application/xml',
  'application/x-msdownload',
  'application/zip',
  'application/java-archive',
  'application/x-cfb',
  'application/vnd.ms-word.document.macroenabled.12',
  'application/x-shockwave-flash',
  'application/rtf',
])('%s is never published', (sniffedType) => {
  expect(documentType({ sniffedType, bytes: 10 }, 100)).toEqual({ refused: 'this kind of file is not passed on' });
});

test('what is empty, too large, unknown or in a broken archive is refused with the reason', () => {
  const refused = (changes: object) => documentType({ sniffedType: 'image/png', bytes: 10, ...changes }, 10 << 20);
  expect(refused({})).toEqual({ mimeType: 'image/png' });
  expect(refused({ bytes: 0 })).toEqual({ refused: 'the file is empty' });
  expect(refused({ bytes: 11 << 20 })).toEqual({ refused: 'the file is larger than 10 MB' });
  expect(refused({ sniffedType: null })).toEqual({ refused: 'the file could not be recognised as a photo, video or document' });
  expect(refused({ problem: 'the archive is damaged' })).toEqual({ refused: 'the archive is damaged' });
});

test('only images and PDFs open in the browser', () => {
  expect(['image/jpeg', 'application/pdf', 'video/mp4', 'application/vnd.oasis.opendocument.text'].map(isShownInline)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(publishedType('video/mp4')).toBe('video/mp4');
});
