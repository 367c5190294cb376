/** ReportedAt: the date of the mail where it has a sensible one, else the oldest Received, never silently the time of reading. */
import { expect, test } from 'vitest';
import { forwardedDate } from '../../src/reading/fields/date.ts';
import { CONTEXT, reads } from './reads.ts';

const RECEIVED = [
  'Received: from mx.brightkeys.example by store.brightkeys.example; Tue, 3 Mar 2026 08:00:09 +0000',
  'Received: from phone by mx.mail.example; Tue, 3 Mar 2026 07:59:58 +0000 (GMT)',
];

test.each([
  ['with another offset', 'Tue, 3 Mar 2026 14:45:00 +0530', '2026-03-03T14:45:00+05:30'],
  ['with the wrong weekday', 'Fri, 3 Mar 2026 09:15:00 +0000', '2026-03-03T09:15:00Z'],
  ['with a comment', 'Tue, 3 Mar 2026 09:15:00 +0000 (GMT)', '2026-03-03T09:15:00Z'],
  ['of the seventies', 'Thu, 1 Jan 1970 00:00:00 +0000', '2026-03-03T07:59:58Z'],
  ['of another century', 'Tue, 3 Mar 2099 09:15:00 +0000', '2026-03-03T07:59:58Z'],
  ['in a time zone that is not on earth', 'Tue, 3 Mar 2026 09:15:00 +6100', '2026-03-03T07:59:58Z'],
  ['that is no date', 'yesterday', '2026-03-03T07:59:58Z'],
  ['that is missing', null, '2026-03-03T07:59:58Z'],
])('a date %s', async (_, date, reportedAt) => {
  expect((await reads({ date, headers: RECEIVED, text: 'The tap drips.' })).reportedAt).toBe(reportedAt);
});

test('without any date, the time at which the server took the mail in, in the branch’s own time zone', async () => {
  const { reportedAt } = await reads({ date: null, text: 'The tap drips.' });
  expect(new Date(String(reportedAt))).toEqual(CONTEXT.receivedAt);
});

test.each([
  '3 Sep 2026 19:22',
  '3 Sept 2026 19:22',
  'Thu, Sep 3, 2026 at 7:22 PM',
  'Thursday, 3 September 2026 at 19:22',
  'September 3, 2026 at 7:22 PM GMT+1',
  '03/09/2026 19:22',
  '2026-09-03 19:22',
  '3.9.2026, 19.22',
  'Donnerstag, 3. September 2026 um 20:22 MESZ',
  'jeudi 3 septembre 2026 à 19:22 UTC+1',
  '3 września 2026 o 19:22 BST',
  'jueves, 3 de septiembre de 2026 19:22',
  'giovedì 3 settembre 2026 alle 19:22',
  'donderdag 3 september 2026 19:22',
  'den 3 september 2026 kl. 19:22',
  'quinta-feira, 3 de setembro de 2026 às 19:22',
  'joi, 3 septembrie 2026, 19:22',
  'Dydd Iau, 3 Medi 2026 19:22',
])('a forwarded header that says “%s”', (text) => {
  expect(forwardedDate(text, 'Europe/London')?.toUTC().toISO()).toBe('2026-09-03T18:22:00.000Z');
});

test.each(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'])('%s is a month', (month) => {
  expect(forwardedDate(`9 ${month} 2026 12:00`, 'UTC')?.toFormat('d MMM', { locale: 'en-US' })).toBe(`9 ${month}`);
});

const FORM = 'Name: Jo Marsh\nMobile: 07400 123456\nProperty: 4 Fern Walk, Leeds LS6 2AB\nProblem: The shower runs cold';
const toldIn = async (lines: string, date = 'Tue, 3 Mar 2026 09:15:00 +0000') =>
  (await reads({ date, text: `${lines}\n${FORM}` })).reportedAt;

test.each([
  ['Reported at: 03/03/2026 08:58', '2026-03-03T08:58:00+00:00'],
  ['Time of call: 22:48 Mon 2 March 2026', '2026-03-02T22:48:00+00:00'],
  ['Submitted on: 2 March 2026 at 7.05pm', '2026-03-02T19:05:00+00:00'],
  ['Timestamp: 2026-03-03T10:10:30+01:00', '2026-03-03T10:10:30+01:00'],
  ['Date: 02/03/2026\nTime: 16:40', '2026-03-02T16:40:00+00:00'],
  ['Created: 3/2/2026 4:05 PM', '2026-03-02T16:05:00+00:00'],
  ['Notified to us: 27/02/2026 16:40', '2026-02-27T16:40:00+00:00'],
])('when the report was made is what the form says: %s', async (lines, reportedAt) => {
  expect(await toldIn(lines)).toBe(reportedAt);
});

test.each([
  'Reported at: 03/03/2026 11:58',
  'Reported at: 12/11/2024 08:00',
  'Reported: yesterday at 10:00',
  'Date: 02/03/2026',
  'Preferred date: 02/03/2026 10:00',
  'Tenancy start: 01/03/2026 12:00',
])('what does not fit the mail’s own date, or says less, is not it: %s', async (lines) => {
  expect(await toldIn(lines)).toBe('2026-03-03T09:15:00Z');
});

test('a form’s clock that knows no summer time is told by its mail, which follows at once', async () => {
  expect(await toldIn('Submitted: 01/07/2025 08:15', 'Tue, 1 Jul 2025 09:15:20 +0100')).toBe('2025-07-01T08:15:00Z');
  expect(await toldIn('Submitted: 01/07/2025 09:15', 'Tue, 1 Jul 2025 09:15:20 +0100')).toBe('2025-07-01T09:15:00+01:00');
});

test('in a chat that staff pasted it is the first line’s', async () => {
  const from = 'Declan Moss <declan@brightkeys.example>';
  const chat =
    '[02/03/2026, 18:12:33] Sana Mirza: Hi its Sana, the shower has gone cold\n[02/03/2026, 18:20:41] Brightkeys: We will pass it on';
  const { reportedAt, name } = await reads({ from, text: `Please log this.\n\n${chat}\n\nDeclan` });
  expect(reportedAt).toBe('2026-03-02T18:12:33+00:00');
  expect(name).toBe('- / Sana / Mirza');
  expect((await reads({ from: 'Sana Mirza <sana@mail.example>', text: `${chat}\n\nas you see` })).reportedAt).toBe('2026-03-03T09:15:00Z');
});
