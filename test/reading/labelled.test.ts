/** Structured mails that nobody wrote a template for: whatever their layout and their words for things, the same report is read. */
import { expect, test } from 'vitest';
import { loadTemplates } from '../../src/adapters/templates/load.ts';
import { BUNDLED_TEMPLATES } from '../../src/app/place.ts';
import { htmlToText } from '../../src/reading/html.ts';
import { labelledIn } from '../../src/reading/labelled.ts';

const LABELS = loadTemplates([BUNDLED_TEMPLATES]).find((template) => template.name === 'labelled');
if (LABELS === undefined) throw new Error('there is no template labelled');
const values = (text: string) => {
  const found = labelledIn(text, LABELS)?.values;
  return found ? Object.fromEntries(Object.entries(found).map(([field, one]) => [field, one.value])) : null;
};

const REPORT = {
  phone: '07400 123456',
  problem: 'The shower runs cold after a minute',
};

const LAYOUTS: Record<string, string> = {
  'labels with a colon': `Resident: Ms Ada Quill\nMobile no: 07400 123456\nDwelling: 4 Fern Walk, Leeds LS6 2AB\nNature of defect: The shower runs cold after a minute`,
  'labels with dots': `RESIDENT ....... Ms Ada Quill\nTEL NO ......... 07400 123456\nPREMISES ....... 4 Fern Walk, Leeds LS6 2AB\nDEFECT ......... The shower runs cold after a minute`,
  'key = value': `tenant_name = Ms Ada Quill\ntenant_phone = 07400 123456\nproperty_address = 4 Fern Walk, Leeds LS6 2AB\nfault_description = The shower runs cold after a minute`,
  'labels in brackets': `[Who] Ms Ada Quill\n[Ring back] 07400 123456\n[Where] 4 Fern Walk, Leeds LS6 2AB\n[Message] The shower runs cold after a minute`,
  'two columns of blanks': `CUSTOMER      Ms Ada Quill\nPHONE         07400 123456\nSITE          4 Fern Walk\n              Leeds\n              LS6 2AB\nCOMPLAINT     The shower runs cold\n              after a minute`,
  'labels above their values': `Who is it?\nMs Ada Quill\n\nBest number\n07400 123456\n\nWhere\n4 Fern Walk, Leeds LS6 2AB\n\nTell us what happened\nThe shower runs cold after a minute`,
  'bullets and dashes': `* Occupier - Ms Ada Quill\n* Contact number - 07400 123456\n* Address - 4 Fern Walk, Leeds LS6 2AB\n* Problem - The shower runs cold after a minute`,
  'a pipe between them': `Tenant | Ms Ada Quill\nTelephone | 07400 123456\nProperty | 4 Fern Walk, Leeds LS6 2AB\nIssue | The shower runs cold after a minute`,
  'a row of headings': `Tenant          Telephone       Property                        Problem\nMs Ada Quill    07400 123456    4 Fern Walk, Leeds LS6 2AB      The shower runs cold after a minute`,
  'a definition list': htmlToText(
    '<dl><dt>Householder</dt><dd>Ms Ada Quill</dd><dt>Handset</dt><dd>07400 123456</dd><dt>Home</dt><dd>4 Fern Walk, Leeds LS6 2AB</dd><dt>In their own words</dt><dd>The shower runs cold after a minute</dd></dl>',
  ),
  'a table of two columns': htmlToText(
    '<table><tr><th>Lead tenant</th><td>Ms Ada Quill</td></tr><tr><th>Daytime number</th><td>07400 123456</td></tr><tr><th>Let property</th><td>4 Fern Walk<br>Leeds<br>LS6 2AB</td></tr><tr><th>What is going on</th><td>The shower runs cold after a minute</td></tr></table>',
  ),
};

for (const [layout, text] of Object.entries(LAYOUTS)) {
  test(`${layout} are understood`, () => {
    const found = values(text);
    expect(found).toMatchObject({ phone: REPORT.phone });
    expect(found?.['problem']?.replace(/\s+/g, ' ')).toBe(REPORT.problem);
    expect(found?.['name'] ?? found?.['caller']).toBe('Ms Ada Quill');
    expect(found?.['address']).toMatch(/4 Fern Walk.*Leeds.*LS6 2AB/s);
  });
}

test("numbers of others and of records are not the tenant's phone", () => {
  const found = values(
    'Job ref: 07400 123999\nCaller line: 0113 496 0777\nAgent tel: 0113 496 0123\nTenant: Joe Ferro\nTel: 07400 123456\nOperator: Kim\nFault: No light in the hall',
  );
  expect(found).toMatchObject({ phone: '07400 123456', name: 'Joe Ferro' });
  expect(JSON.stringify(found)).not.toMatch(/0777|0123"|123999|Kim/);
});

test('an address in parts comes together in order', () => {
  const found = values(
    'Flat no: 3\nHouse number: 12\nStreet: Elm Road\nTown: Leeds\nPostcode: ls6 2ab\nFull name: Jo Marsh\nPhone: 07400 123456\nFault: Damp',
  );
  expect(found?.['address']).toBe('Flat 3\n12 Elm Road\nLeeds');
});

test('a message of several paragraphs is kept, and what the portal says below it is not', () => {
  const found = values(
    'Name: Jo Marsh\nPhone: 07400 123456\nAddress: 12 Elm Road, Leeds LS6 2AB\n\nMessage:\nThe tap drips.\n\nIt has dripped for a week now.\n\nQuestions? Write to the support of FixPortal.',
  );
  expect(found?.['problem']).toBe('The tap drips.\n\nIt has dripped for a week now.');
});

test('a letter that a person wrote is not taken for a form', () => {
  expect(values('Hi\n\nThe boiler is off again. My number: 07400 123456\n\nThanks\nJo\n12 Elm Road')).toBeNull();
  expect(
    values(
      'Hello, two problems: the tap drips, and the window is stuck.\nCan you ring me on 07400 123456?\n\nJo Marsh\n4 Fern Walk\nLeeds LS6 2AB',
    ),
  ).toBeNull();
});

test.each(['To whom it may concern', 'Dear repairs team', 'Hello maintenance', 'FAO repairs', 'For the attention of the property team'])(
  'a mail with two numbers below it that begins "%s" is no form',
  (greeting) => {
    expect(
      values(
        `${greeting}\n\nThe back bedroom at 31 Teal Close, Hull HU9 2BN has mould.\n\nSam Weatherby\nTel: 0113 496 0123\nMob: 07400 123456`,
      ),
    ).toBeNull();
  },
);

const WHO = 'Name: Ms Ada Quill\nPhone: 07400 123456\nProperty: 4 Fern Walk, Leeds LS6 2AB';

test.each<[string, string, string]>([
  [
    'over two paragraphs between labels',
    `${WHO}\nDescription: The shower runs cold.\n\nIt did so last year too.\n\nAccess: any time`,
    'The shower runs cold.\n\nIt did so last year too.',
  ],
  ['below a heading with a rule', `${WHO}\n\nTranscript\n----------\nThe shower runs cold\n\nAccess: any time`, 'The shower runs cold'],
  ['beside the labels', `The boiler has stopped and there is no hot water.\n\n${WHO}`, 'The boiler has stopped and there is no hot water.'],
  [
    'beside a code',
    `The boiler has stopped and there is no hot water.\n\n${WHO}\nFault code: EA 227`,
    'The boiler has stopped and there is no hot water.\nFault code: EA 227',
  ],
  [
    'in what looks like the title',
    `${WHO}\nWhat: All the sockets downstairs are off and the trip switch drops again as soon as she pushes it`,
    'All the sockets downstairs are off and the trip switch drops again as soon as she pushes it',
  ],
])('what is wrong is read where it stands %s', (_, text, problem) => {
  expect(values(text)).toMatchObject({ problem });
});

test('a text message is read though its gateway has two labels only, and advice of a system tells no fault', () => {
  const sms =
    'New SMS to your number 0113 496 0187\n\nFrom: 07400 123456\nReceived: 03/03/2026 06:41\n\nhi the kitchen strip light keeps going off by itself';
  expect(values(sms)).toMatchObject({ phone: '07400 123456', problem: 'hi the kitchen strip light keeps going off by itself' });
  expect(values(`If your boiler has stopped, look at its pressure.\n\n${WHO}`)?.['problem']).toBeUndefined();
  expect(values(`${WHO}\nTenancy: Sole, started 02/06/2025\nRoom: Hall`)).toMatchObject({ address: '4 Fern Walk, Leeds LS6 2AB' });
});
