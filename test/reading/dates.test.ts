/** ReportedAt: the date of the mail where it has a sensible one, else the oldest Received, never silently the time of reading. */
import { expect, test } from 'vitest';
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
