import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { mime } from '../../src/adapters/mime/parse.ts';
import { dmarcOf } from '../../src/reading/authentication.ts';

const TRUSTED = ['mx.agency.example'];

async function dmarc(headers: string[], trusted = TRUSTED) {
  const raw = [...headers, 'From: sam@mail.example', 'Subject: Leak', '', 'x', ''].join('\r\n');
  return dmarcOf(await mime.parse(Readable.from([Buffer.from(raw)], { objectMode: false })), trusted);
}

test.each([
  ['a plain fail', 'mx.agency.example; dmarc=fail header.from=mail.example', 'fail'],
  [
    'a fail with a comment',
    'mx.agency.example; dkim=pass header.d=x.example; dmarc=fail (p=none dis=none) header.from=mail.example',
    'fail',
  ],
  ['a pass', 'mx.agency.example; spf=fail smtp.mailfrom=x; dmarc=pass header.from=mail.example', 'pass'],
  ['a version and capitals', 'MX.Agency.Example 1; DMARC = FAIL', 'fail'],
  ['a method with a version', 'mx.agency.example; dmarc/1=fail', 'fail'],
  ['a quoted server name', '"mx.agency.example"; dmarc=fail', 'fail'],
  ['a comment before the server name', '(by us) mx.agency.example; dmarc=fail', 'fail'],
  ['a fail that stands in a comment', 'mx.agency.example; spf=pass (; dmarc=fail); dmarc=pass', 'pass'],
  ['a fail that stands in a quoted value', 'mx.agency.example; spf=pass reason="; dmarc=fail"; dmarc=pass', 'pass'],
  ['a fail nested in comments', 'mx.agency.example; dkim=pass (a (b; dmarc=fail) c); dmarc=pass', 'pass'],
  ['no word on DMARC', 'mx.agency.example; spf=fail', 'unknown'],
  ['no result', 'mx.agency.example; none', 'unknown'],
  ['an error of the check', 'mx.agency.example; dmarc=temperror', 'unknown'],
  ['a server that nobody trusts', 'mx.elsewhere.example; dmarc=fail', 'unknown'],
  ['a server whose name only ends alike', 'evil-mx.agency.example; dmarc=fail', 'unknown'],
])('%s', async (_, field, expected) => {
  expect(await dmarc([`Authentication-Results: ${field}`])).toBe(expected);
});

test('the newest field of a trusted server counts, not one below it that the sender may have written', async () => {
  const ours = 'Authentication-Results: mx.agency.example; dmarc=fail';
  const theirs = 'Authentication-Results: mx.agency.example; dmarc=pass';
  expect(await dmarc([ours, theirs])).toBe('fail');
  expect(await dmarc(['Authentication-Results: other.example; dmarc=pass', ours])).toBe('fail');
});

test('a folded field is read whole', async () => {
  expect(
    await dmarc([
      'Authentication-Results: mx.agency.example;\r\n\tspf=pass smtp.mailfrom=x;\r\n\tdmarc=fail\r\n\t(p=reject) header.from=x',
    ]),
  ).toBe('fail');
});

test('where nobody is trusted nothing is known', async () => {
  expect(await dmarc(['Authentication-Results: mx.agency.example; dmarc=fail'], [])).toBe('unknown');
});
