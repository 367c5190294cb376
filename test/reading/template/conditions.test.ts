import { describe, expect, test } from 'vitest';
import { FROM_PORTAL, portal, readBy, understoodBy } from './read-by.ts';

const mail = {
  ...FROM_PORTAL,
  headers: ['X-Kind: Repair Report', 'Cc: desk@agency.example'],
  text: 'Unit: 4\nRinger: Jo\nAll   good\nthings.',
};

async function isRead(match: string, written: Parameters<typeof readBy>[1] = mail): Promise<boolean> {
  const read = await readBy(`name: own\nabout: x\nmatch: ${match}\nfields: { IssueFault: { constant: Own } }`, written);
  return read['template'] === 'own@1';
}

describe('conditions', () => {
  test.each([
    ['{ sender: no-reply@portal.example }', true],
    ['{ sender: portal.example }', true],
    ['{ sender: "@portal.example" }', true],
    ['{ sender: [other.example, "no-*@*.example"] }', true],
    ['{ sender: tal.example }', false],
    ['{ sender: other@portal.example }', false],
    ['{ recipient: repairs@brightkeys.example }', true],
    ['{ recipient: agency.example }', true],
    ['{ recipient: other.example }', false],
    ['{ subject: NEW REPAIR }', true],
    ['{ subject: { pattern: "repair [0-9]+$" } }', true],
    ['{ subject: [old, new] }', true],
    ['{ subject: old }', false],
    ['{ body: all good things }', true],
    ['{ body: bad }', false],
    ['{ header: X-Kind }', true],
    ['{ header: { name: x-kind, has: report } }', true],
    ['{ header: { name: x-kind, has: reminder } }', false],
    ['{ labels: [Unit, Ringer] }', true],
    ['{ labels: [Unit, Floor] }', false],
    ['{ labels: { of: [Unit, Floor, Ringer], least: 2 } }', true],
    ['{ html: td }', false],
    ['{ forwarded: false }', true],
    ['{ forwarded: true }', false],
    ['{ sender: portal.example, subject: old }', false],
    ['{ all: [{ subject: new }, { body: good }] }', true],
    ['{ any: [{ subject: old }, { body: good }] }', true],
    ['{ any: [{ subject: old }, { body: bad }] }', false],
    ['{ sender: portal.example, none: [{ subject: reminder }] }', true],
    ['{ sender: portal.example, none: [{ subject: repair }] }', false],
  ])('%s: %s', async (match, holds) => {
    expect(await isRead(match)).toBe(holds);
  });

  test('an element of the HTML', async () => {
    const html = { ...FROM_PORTAL, html: '<div class="ticket"><p>Tap drips</p></div>' };
    expect(await isRead('{ html: div.ticket p }', html)).toBe(true);
    expect(await isRead('{ html: [table, ".ticket > span"] }', html)).toBe(false);
  });
});

test('the template with the highest priority reads the mail, whatever the order of the files', async () => {
  const low = 'name: low\nabout: x\npriority: 60\nmatch: { sender: portal.example }\nfields: { IssueFault: { constant: Low } }';
  const high = 'name: high\nabout: x\npriority: 70\nmatch: { subject: repair }\nfields: { IssueFault: { constant: High } }';
  expect((await readBy([low, high], mail))['template']).toBe('high@1');
  expect((await readBy([high, low], mail))['template']).toBe('high@1');
});

test('a template that extends another has its fields, its own instead where it names them, and its own conditions', async () => {
  const base = 'name: base\nabout: x\nfields:\n  IssueFault: { constant: Base }\n  IssueNotes: { label: Unit }\notherwise: nothing';
  const own = 'name: own\nabout: x\nextends: base\nmatch: { sender: portal.example }\nfields: { IssueFault: { constant: Own } }';
  expect(await readBy([base, own], mail)).toMatchObject({ template: 'own@1', IssueFault: 'Own', IssueNotes: '4' });
});

describe('what a template leaves out', () => {
  const written = {
    ...FROM_PORTAL,
    text: 'Meter of the day: 07400 123111\nPhone: 07400 123112\nAddress: 4 Sefton Walk, Leeds LS7 4NQ\nDetails: Tap drips in the bath.',
  };
  const field = '  IssueFault: { constant: Own }';

  test('is read by common labels', async () => {
    expect(await readBy(portal(field), written)).toMatchObject({
      TenantPhonePrimary: '07400 123112',
      PropertyPostcode: 'LS7 4NQ',
      IssueNotes: 'Tap drips in the bath.',
    });
  });

  test('is read like a letter', async () => {
    const read = await readBy(portal(field, 'otherwise: general'), {
      ...FROM_PORTAL,
      text: 'Hello, my tap drips. Ring 07400 123113. Jo Marsh, 4 Sefton Walk, Leeds LS7 4NQ',
    });
    expect(read).toMatchObject({ template: 'own@1', IssueFault: 'Own', TenantPhonePrimary: '07400 123113', PropertyPostcode: 'LS7 4NQ' });
  });

  test('stays empty, but for what every job needs', async () => {
    const read = await readBy(portal(field, 'otherwise: nothing'), written);
    expect(read).toEqual({
      template: 'own@1',
      IssueFault: 'Own',
      IssueTitle: expect.any(String),
      IssuePriority: 'Medium',
      ReportedAt: '2026-03-03T09:15:00Z',
    });
  });

  test('stays empty for one field', async () => {
    const read = await readBy(portal('  TenantPhonePrimary: { label: Mobile, otherwise: nothing }'), written);
    expect(read['TenantPhonePrimary']).toBeUndefined();
    expect(read['PropertyPostcode']).toBe('LS7 4NQ');
  });

  test('is a default', async () => {
    expect((await readBy(portal('  PropertyCountry: { label: Country, default: Wales }'), written))['PropertyCountry']).toBe('Wales');
  });

  test('never mixes with what it found: no line of another address, no name of another person', async () => {
    const body = 'Where: 9 Other Road\nAddress: 4 Sefton Walk, Leeds LS7 4NQ\nCaller: Ann Lee\nTenant: Jo Marsh\nWho: Kim';
    const read = await readBy(portal('  PropertyAddress: { label: Where }\n  TenantForename: { label: Who }'), {
      ...FROM_PORTAL,
      text: body,
    });
    expect(read).toMatchObject({ PropertyAddress1: '9 Other Road', TenantForename: 'Kim' });
    expect(read['PropertyAddress2']).toBeUndefined();
    expect(read['TenantSurname']).toBeUndefined();
  });
});

describe('priority', () => {
  const fields = '  IssuePriority: { label: Urgency, as: { map: { P1: High, P2: Low, "*": Medium } } }\n  IssueNotes: { label: What }';
  const body = (urgency: string, what: string) => ({ ...FROM_PORTAL, text: `Urgency: ${urgency}\nWhat: ${what}` });

  test('is what the map says, and * stands for anything else', async () => {
    expect((await readBy(portal(fields), body('p1', 'Tap drips')))['IssuePriority']).toBe('High');
    expect((await readBy(portal(fields), body('P9', 'Tap drips')))['IssuePriority']).toBe('Medium');
  });

  test('words that tell of danger are believed before a tenant’s click', async () => {
    expect((await readBy(portal(fields), body('P2', 'Strong smell of gas in the kitchen')))['IssuePriority']).toBe('Emergency');
  });

  test('a forced one stays, whatever the mail says', async () => {
    expect((await readBy(portal(fields, 'forcePriority: Low'), body('P1', 'Smell of gas')))['IssuePriority']).toBe('Low');
  });
});

describe('what becomes of the mail', () => {
  const newsletter = {
    ...FROM_PORTAL,
    headers: ['List-Unsubscribe: <https://portal.example/u>', 'Auto-Submitted: auto-generated'],
    text: 'Where: 4 Sefton Walk',
  };

  test('a mail that a template with fields reads is a report, although it is automatic', async () => {
    expect((await understoodBy(portal('  PropertyAddress: { label: Where }'), newsletter)).sorting.kind).toBe('opens');
  });

  test('one that the template says reports no fault is set aside', async () => {
    const { sorting } = await understoodBy('name: own\nabout: x\nmatch: { sender: portal.example }\nreport: never', {
      ...FROM_PORTAL,
      text: 'Phone: 1\nDetails: tap drips',
    });
    expect(sorting).toMatchObject({ kind: 'set-aside', reason: 'not-a-fault' });
  });

  test('nobody is answered where the template says so', async () => {
    const mail = { from: 'Jo <jo@portal.example>', subject: 'x', text: 'Where: 4 Sefton Walk' };
    expect((await understoodBy(portal('  PropertyAddress: { label: Where }'), mail)).replyTo.address).toBe('jo@portal.example');
    expect((await understoodBy(portal('  PropertyAddress: { label: Where }', 'answer: nobody'), mail)).replyTo.address).toBeNull();
  });

  test('the branch is a constant, or found in the mail', async () => {
    const mail = { ...FROM_PORTAL, text: 'Office: Leeds North\nWhere: 4 Sefton Walk' };
    const branch = async (more: string) => (await understoodBy(portal('  PropertyAddress: { label: Where }', more), mail)).reading.branch;
    expect(await branch('branch: york')).toBe('york');
    expect(await branch('branch: { label: Office, as: { map: { "Leeds*": leeds } } }')).toBe('leeds');
    expect(await branch('')).toBeUndefined();
  });
});

test('attachments: none, only those named, or all but those named', async () => {
  const file = (name: string) =>
    `--b\nContent-Type: image/png; name="${name}"\nContent-Disposition: attachment; filename="${name}"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(`\u0089PNG ${name}`).toString('base64')}\n`;
  const mail = {
    ...FROM_PORTAL,
    headers: ['Content-Type: multipart/mixed; boundary=b'],
    text: `--b\nContent-Type: text/plain\n\nWhere: 4 Sefton Walk\n${file('photo-1.png')}${file('portal.png')}${file('PHOTO-2.png')}--b--`,
  };
  const names = async (more: string) =>
    (await understoodBy(portal('  PropertyAddress: { label: Where }', more), mail)).attachments.map((one) => one.name);
  expect(await names('')).toEqual(['photo-1.png', 'portal.png', 'PHOTO-2.png']);
  expect(await names('attachments: none')).toEqual([]);
  expect(await names('attachments: { only: ["photo*"] }')).toEqual(['photo-1.png', 'PHOTO-2.png']);
  expect(await names('attachments: { except: [portal.png] }')).toEqual(['photo-1.png', 'PHOTO-2.png']);
});
