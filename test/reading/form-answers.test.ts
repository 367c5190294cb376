/** What people tick and choose in forms: how urgent it is, and whether somebody may let themselves in. */
import { expect, test } from 'vitest';
import { reads } from './reads.ts';

const form = (line: string) => ({
  from: 'Portal <noreply@portal.example>',
  subject: 'New repair R-1',
  text: `New repair\n\nTenant: Ms Ada Quill\nPhone: 07400 123456\nProperty: 4 Fern Walk, Leeds LS6 2AB\nProblem: Shower runs cold after a minute\n${line}`,
});

test.each([
  ['Priority: P1', 'Emergency'],
  ['Priority: 2 (Urgent)', 'High'],
  ['Priority: 3 Routine', 'Medium'],
  ['Priority: Non-urgent', 'Low'],
  ['Priority: Not an emergency', 'Medium'],
  ['Urgency: Same day', 'High'],
  ['Urgency: Whenever', 'Low'],
  ['How urgent is it?: ASAP', 'High'],
  ['Is it urgent?: Yes', 'High'],
  ['Is it urgent?: No', 'Medium'],
  ['Is this an emergency?: Yes', 'Emergency'],
  ['Is this an emergency?: No', 'Medium'],
])('%s is %s', async (line, priority) => {
  expect(await reads(form(line))).toMatchObject({ priority });
});

test.each([
  ['Permission to enter: Yes', false],
  ['Permission to enter?: No', true],
  ['Permission to enter: Refused', true],
  ['May we let ourselves in?: No', true],
  ['Access without tenant: Allowed', false],
  ['Access without tenant: Not allowed', true],
  ['Key access: Agreed', false],
  ['Happy for management keys to be used: Yes', false],
  ['Tenant to be present: Yes', true],
  ['Tenant wishes to attend: Y', true],
])('%s: presence %s', async (line, presence) => {
  expect(await reads(form(line))).toMatchObject({ presence });
});
