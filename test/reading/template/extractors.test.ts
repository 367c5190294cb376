import { describe, expect, test } from 'vitest';
import { FROM_PORTAL, portal, readBy, understoodBy } from './read-by.ts';

const text = (body: string) => ({ ...FROM_PORTAL, text: body });
const html = (body: string) => ({ ...FROM_PORTAL, html: body });

describe('by label', () => {
  test.each([
    ['behind a colon', 'Rang from: 07400 123111\nProblem: tap'],
    ['behind dots', 'Rang from ........ 07400 123111\nProblem: tap'],
    ['behind a dash', 'Rang from - 07400 123111\nProblem: tap'],
    ['aligned by blanks', 'Rang from      07400 123111\nProblem: tap'],
    ['with a bullet, stars and other case', '* *RANG FROM:* 07400 123111\nProblem: tap'],
    ['on the next line', 'Rang from\n07400 123111\nProblem: tap'],
    ['below a blank line', 'Rang from:\n\n07400 123111\nProblem: tap'],
    ['behind a remark', 'Rang from (mobile): 07400 123111\nProblem: tap'],
  ])('a value is found %s', async (_, body) => {
    const read = await readBy(
      portal('  TenantPhonePrimary: { label: Rang from }\n  IssueNotes: { label: Problem }', 'otherwise: nothing'),
      text(body),
    );
    expect(read).toMatchObject({ template: 'own@1', TenantPhonePrimary: '07400 123111', IssueNotes: 'tap' });
  });

  test.each([
    ['in the next cell', '<table><tr><td><b>Rang from</b></td><td>07400 123111</td></tr></table>'],
    ['in the second pair of a row', '<table><tr><td>Ref</td><td>5</td><td>Rang from</td><td>07400 123111</td></tr></table>'],
    ['below a heading', '<table><tr><th>Ref</th><th>Rang from</th></tr><tr><td>5</td><td>07400 123111</td></tr></table>'],
    ['in a definition list', '<dl><dt>Rang from</dt><dd>07400 123111</dd></dl>'],
    ['in the row below, where each row has one cell', '<table><tr><td>Rang from</td></tr><tr><td>07400 123111</td></tr></table>'],
    ['in a table inside a table', '<table><tr><td><table><tr><td>Rang from:</td><td>07400 123111</td></tr></table></td></tr></table>'],
    ['without a table', '<p><strong>Rang from:</strong> 07400 123111</p>'],
  ])('a value is found %s of the HTML', async (_, body) => {
    const read = await readBy(portal('  TenantPhonePrimary: { label: Rang from }', 'otherwise: nothing'), html(`<p>Hello</p>${body}`));
    expect(read).toMatchObject({ TenantPhonePrimary: '07400 123111' });
  });

  test('a value of several lines ends at a blank line or another label, and a section goes on to the next label that is named', async () => {
    const body = 'What:\nTap drips.\nSink is full.\n\nIt is getting worse.\n\nWhen: today\nWho: Jo Marsh';
    const lines = await readBy(portal('  IssueNotes: { label: What }\n  TenantName: { label: Who }', 'otherwise: nothing'), text(body));
    const section = await readBy(
      portal('  IssueNotes: { label: What, take: section }\n  TenantName: { label: [Who, When] }', 'otherwise: nothing'),
      text(body),
    );
    const line = await readBy(portal('  IssueNotes: { label: What, take: line }', 'otherwise: nothing'), text(body));
    expect(lines['IssueNotes']).toBe('Tap drips.\nSink is full.');
    expect(section['IssueNotes']).toBe('Tap drips.\nSink is full.\n\nIt is getting worse.');
    expect(line['IssueNotes']).toBe('Tap drips.');
  });

  test('labels are tried in order, and what says that nothing was given is no value', async () => {
    const read = await readBy(
      portal('  TenantPhonePrimary: { label: [Mobile, Landline] }', 'otherwise: nothing'),
      text('Landline: 0113 496 0123\nMobile: not provided'),
    );
    expect(read['TenantPhonePrimary']).toBe('0113 496 0123');
  });

  test('the second of several equal labels, and the last one', async () => {
    const body = text('Name: Portal Ltd\nName: Jo Marsh\nName: Kim Lee');
    expect(await readBy(portal('  TenantName: { label: Name, nth: 2 }'), body)).toMatchObject({
      TenantForename: 'Jo',
      TenantSurname: 'Marsh',
    });
    expect(await readBy(portal('  TenantName: { label: Name, nth: -1 }'), body)).toMatchObject({ TenantForename: 'Kim' });
  });
});

test('by pattern: the group named value, else the first group, in the text or in the subject', async () => {
  const read = await readBy(
    portal(`  IssueFault: { pattern: 'about (?:the )?(?<value>\\w+) of' }\n  IssueTitle: { pattern: '^New repair (\\d+)$', in: subject }`),
    text('This is about the boiler of the flat.'),
  );
  expect(read).toMatchObject({ IssueFault: 'boiler', IssueTitle: '4711' });
});

test('patterns with groups named like fields fill several fields at once', async () => {
  const read = await readBy(
    portal(
      '  IssueFault: { constant: Alarm }',
      `patterns: ['(?<TenantName>[A-Z]\\w+ [A-Z]\\w+) of (?<PropertyAddress>[^.]+) reports: (?<IssueNotes>.+)']`,
    ),
    text('Mira Lund of 4 Sefton Walk, Leeds LS7 4NQ reports: no hot water since Monday.'),
  );
  expect(read).toMatchObject({
    TenantForename: 'Mira',
    TenantSurname: 'Lund',
    PropertyAddress1: '4 Sefton Walk',
    PropertyAddress2: 'Leeds',
    PropertyPostcode: 'LS7 4NQ',
    IssueNotes: 'no hot water since Monday.',
    IssuePriority: 'High',
  });
});

test('between two markers, up to the end where the second is missing', async () => {
  const body = text('Hello\n=== Tenant wrote ===\nThe tap drips.\n\nAll day.\n=== End ===\nSigned by the portal');
  const fields = (end: string) => portal(`  IssueNotes: { between: { start: Tenant wrote${end} } }`);
  expect((await readBy(fields(', end: "=== End"'), body))['IssueNotes']).toBe('The tap drips.\n\nAll day.');
  expect((await readBy(fields(''), body))['IssueNotes']).toContain('Signed by the portal');
});

test('by CSS selector, its text or an attribute; a tbody that only browsers see does not hinder', async () => {
  const body = html(
    '<table id="d"><tr><td>Tenant</td><td class="who big">Jo Marsh</td></tr><tr><td>Ring</td><td><a href="tel:07400123111">ring</a></td></tr></table>',
  );
  const read = await readBy(
    portal(
      `  TenantName: { css: td.who }\n  TenantPhonePrimary: { css: '#d a[href^="tel:"]', attribute: href }\n  IssueFault: { css: '#d > tbody > tr:nth-child(2) > td:first-child' }`,
    ),
    body,
  );
  expect(read).toMatchObject({ TenantForename: 'Jo', TenantPhonePrimary: '07400 123111', IssueFault: 'Ring' });
});

test('by place: the line from the beginning, from the end, and below a heading', async () => {
  const body = text('Ticket\n\nTap drips\nTenant details\nJo Marsh\nLeeds');
  const read = await readBy(
    portal('  IssueTitle: { line: 2 }\n  PropertyAddress2: { line: -1 }\n  TenantName: { line: 1, below: Tenant details }'),
    body,
  );
  expect(read).toMatchObject({ IssueTitle: 'Tap drips', PropertyAddress2: 'Leeds', TenantSurname: 'Marsh' });
});

test('by the heading of a column', async () => {
  const body = html(
    '<table><tr><td>Unit</td><td>Resident</td><td>Tel</td></tr><tr><td>1</td><td>Jo Marsh</td><td>07400 123111</td></tr><tr><td>2</td><td>Kim Lee</td><td>07400 123112</td></tr></table>',
  );
  expect(await readBy(portal('  TenantName: { column: Resident }\n  TenantPhonePrimary: { column: Tel, row: 2 }'), body)).toMatchObject({
    TenantForename: 'Jo',
    TenantPhonePrimary: '07400 123112',
  });
});

test('from the sender, the reply address, a header, and a constant', async () => {
  const read = await readBy(
    'name: own\nabout: A test\nmatch: { subject: repair }\nfields:\n  TenantName: { sender: name }\n  TenantEMailAddress: { replyTo: address }\n  IssueFault: { header: X-Kind }\n  PropertyCountry: { constant: United Kingdom }',
    { from: 'Mira Lund <m@portal.example>', subject: 'Repair', headers: ['Reply-To: mira@mail.example', 'X-Kind: Heating'], text: 'Cold.' },
  );
  expect(read).toMatchObject({
    TenantForename: 'Mira',
    TenantEMailAddress: 'mira@mail.example',
    IssueFault: 'Heating',
    PropertyCountry: 'United Kingdom',
  });
});

test('from the one who wrote the forwarded mail, and by the innermost letter that fits', async () => {
  const forwarded = {
    from: 'Ann Staff <ann@brightkeys.example>',
    subject: 'Fwd: Ticket',
    text: 'Please see below.\n\n---------- Forwarded message ---------\nFrom: Mira Lund <m@portal.example>\nDate: Mon, 2 Mar 2026 at 08:00\nSubject: Ticket\nTo: <repairs@brightkeys.example>\n\nWhere it is: 4 Sefton Walk, LS7 4NQ\n',
  };
  const read = await readBy(portal('  TenantName: { forwarded: name }\n  PropertyAddress: { label: Where it is }'), forwarded);
  expect(read).toMatchObject({
    template: 'own@1',
    TenantForename: 'Mira',
    PropertyAddress1: '4 Sefton Walk',
    ReportedAt: '2026-03-02T08:00:00+00:00',
  });
});

test('several values joined, each with its label or without', async () => {
  const read = await readBy(
    portal('  IssueNotes:\n    join: [{ label: Problem }, { label: Access, keepLabel: true }, { label: Pets, keepLabel: true }]'),
    text('Problem: Tap drips\nAccess: ring first\nPets: none given'),
  );
  expect(read['IssueNotes']).toBe('Tap drips\nAccess: ring first');
});

test('every value says where it comes from', async () => {
  const { reading } = await understoodBy(
    portal('  TenantPhonePrimary: { label: Ring }\n  PropertyCountry: { constant: UK }'),
    text('Ring: 07400 123111'),
  );
  expect(reading.values.TenantPhonePrimary?.evidence).toEqual({ quote: 'Ring: 07400 123111', where: 'body', rule: 'label "Ring"' });
  expect(reading.values.PropertyCountry?.evidence).toEqual({ quote: 'UK', where: 'template', rule: 'constant' });
});

test('a line that is the marker counts before one that only contains it', async () => {
  const body = text(
    'Opened by a household member.\n>> HOUSEHOLD\nJo Marsh\n>> HOME\n4 Sefton Walk\nLeeds LS7 4NQ\n>> STORY\nTap drips at home.',
  );
  const read = await readBy(
    portal(
      '  TenantName: { line: 1, below: HOUSEHOLD }\n  PropertyAddress: { between: { start: HOME, end: STORY } }\n  IssueNotes: { between: { start: STORY } }',
    ),
    body,
  );
  expect(read).toMatchObject({
    TenantForename: 'Jo',
    PropertyAddress1: '4 Sefton Walk',
    PropertyPostcode: 'LS7 4NQ',
    IssueNotes: 'Tap drips at home.',
  });
});
