/** Each line of the list by which other mail systems decide that nobody may be answered. */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { mime } from '../../src/adapters/mime/parse.ts';
import type { ReadingContext } from '../../src/reading/context.ts';
import { replyTo } from '../../src/reading/reply-to.ts';

const context: ReadingContext = {
  agency: {
    name: 'Brightkeys Lettings',
    ownAddresses: ['repairs@brightkeys.example', 'office@brightkeys.example'],
    staff: ['brightkeys.example'],
    phones: [],
    outOfHoursPhone: null,
    fallbackPhone: null,
    trustedAuthservIds: ['mx.brightkeys.example'],
    noticesTo: null,
  },
  branch: { shortName: 'brightkeys', branchID: '0042', timeZone: 'Europe/London', country: 'GB', phoneFormat: 'national' },
  templates: [],
  receivedAt: new Date('2026-03-03T09:15:00Z'),
};

async function answered(headers: string[], from: string | null = 'Sam Okafor <sam@mail.example>'): Promise<string | null> {
  const raw = [...(from === null ? [] : [`From: ${from}`]), 'Subject: Leak', ...headers, '', 'The tap leaks.', ''].join('\r\n');
  return replyTo(await mime.parse(Readable.from([Buffer.from(raw)], { objectMode: false })), context).address;
}

test('an ordinary mail is answered to its Reply-To, or else to its From', async () => {
  expect(await answered([])).toBe('sam@mail.example');
  expect(await answered(['Reply-To: Pat <pat@mail.example>'])).toBe('pat@mail.example');
  expect(await answered(['Reply-To: pat@mail.example'], 'Portal <no-reply@portal.example>')).toBe('pat@mail.example');
});

test.each([
  'Auto-Submitted: no',
  'Auto-Submitted: no (a person wrote it)',
  'Precedence: normal',
  'Precedence: first-class',
  'X-Auto-Response-Suppress: DR, RN, NRN',
  'Return-Path: <sam@mail.example>',
  'X-Spam-Status: No, score=-1',
  'Message-ID: <1@brightkeys.example>',
  'Authentication-Results: mx.elsewhere.example; dmarc=fail',
  'Authentication-Results: mx.brightkeys.example; dmarc=pass',
])('%s stops no answer', async (header) => {
  expect(await answered([header])).toBe('sam@mail.example');
});

test.each([
  'Auto-Submitted: auto-replied',
  'Auto-Submitted: auto-generated',
  'Auto-Submitted: auto-notified; owner-email="x@y.example"',
  'auto-submitted: AUTO-REPLIED',
  'Precedence: bulk',
  'Precedence: list',
  'Precedence: junk',
  'Precedence: auto_reply',
  'X-Precedence: bulk',
  'X-Auto-Response-Suppress: All',
  'X-Auto-Response-Suppress: DR, AutoReply',
  'X-Auto-Response-Suppress: OOF',
  'List-Id: <news.portal.example>',
  'List-Unsubscribe: <mailto:out@portal.example>',
  'X-Loop: repairs@brightkeys.example',
  'X-Autoreply: yes',
  'X-Autorespond: away',
  'X-Autoresponse: 1',
  'X-AutoReply-From: sam@mail.example',
  'X-Mail-Autoreply: 1',
  'X-Failed-Recipients: sam@mail.example',
  'Return-Path: <>',
  'Return-Path: < >',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
  'Content-Type: multipart/report; report-type="disposition-notification"; boundary=b',
  'Message-ID: <faultline.confirmation.7XCNQNCXJ.0123456789ab@elsewhere.example>',
  'Authentication-Results: mx.brightkeys.example; dmarc=fail',
])('%s: nobody is answered', async (header) => {
  expect(await answered([header])).toBeNull();
});

test('the second of two fields of one name counts too', async () => {
  expect(await answered(['Precedence: normal', 'X-Precedence: list'])).toBeNull();
  expect(await answered(['Precedence: normal', 'Precedence: bulk'])).toBeNull();
  expect(await answered(['Auto-Submitted: no', 'Auto-Submitted: auto-replied'])).toBeNull();
});

test.each([
  'mailer-daemon',
  'MAILER-DAEMON',
  'postmaster',
  'no-reply',
  'noreply',
  'no.reply',
  'do-not-reply',
  'donotreply',
  'abuse',
  'root',
  'bounces+sam=x',
  'noreply-12345',
  'webhooks',
  'transcripts',
  'receipts',
  'voicemail',
])('%s reads no mail', async (local) => {
  expect(await answered([], `Somebody <${local}@mail.example>`)).toBeNull();
  expect(await answered([`Reply-To: ${local}@mail.example`])).toBeNull();
});

test('an address that people may have too reads none where it is called like its company', async () => {
  for (const local of ['events', 'dispatch']) {
    expect(await answered([], `Moonlight Response <${local}@moonlight-response.example>`)).toBeNull();
    expect(await answered([], `Laura Bell <${local}@grand-hotel.example>`)).toBe(`${local}@grand-hotel.example`);
  }
});

test.each(['mailer-daemon', 'postmaster', 'abuse', 'root'])('%s is not answered elsewhere either', async (local) => {
  expect(await answered(['Reply-To: sam@mail.example'], `${local}@mail.example`)).toBeNull();
});

test('our own addresses are not answered, in From or in Reply-To, in any case', async () => {
  expect(await answered([], 'REPAIRS@Brightkeys.example')).toBeNull();
  expect(await answered(['Reply-To: Office@brightkeys.example'])).toBeNull();
  expect(await answered(['Reply-To: sam@mail.example'], 'repairs@brightkeys.example')).toBeNull();
  expect(await answered([], 'jo@brightkeys.example')).toBe('jo@brightkeys.example');
});

test('a mail that went through more than fifty servers is in a loop', async () => {
  const hops = (count: number) => Array.from({ length: count }, (_, n) => `Received: from a by b${n}; Tue, 3 Mar 2026 09:15:00 +0000`);
  expect(await answered(hops(50))).toBe('sam@mail.example');
  expect(await answered(hops(51))).toBeNull();
});

test.each([
  'sam',
  'sam@localhost',
  '"sam okafor"@mail.example',
  'sam@mail.example,eve@mail.example',
  'sam@@mail.example',
  `${'s'.repeat(65)}@mail.example`,
])('%s is no address that is answered', async (address) => {
  const to = await answered([`Reply-To: <${address}>`]);
  expect(to === null || /^[^\s,"]+@mail\.example$/.test(to)).toBe(true);
});

test('a mail without a sender is not answered', async () => {
  expect(await answered([], null)).toBeNull();
});
