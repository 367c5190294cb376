/** The commands under `faultline templates`, on folders and ledgers of their own. */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { TemplateError } from '../../src/adapters/templates/problems.ts';
import { backtest } from '../../src/app/actions/templates/backtest.ts';
import { explainMail } from '../../src/app/actions/templates/explain.ts';
import { linesOf } from '../../src/app/actions/templates/lines.ts';
import { listTemplates } from '../../src/app/actions/templates/list.ts';
import { newTemplate } from '../../src/app/actions/templates/new.ts';
import { testTemplates } from '../../src/app/actions/templates/test.ts';
import { type Config, loadConfig } from '../../src/app/config.ts';
import { openTemplates } from '../../src/app/live-templates.ts';
import { EXAMPLE_CONFIG } from '../../src/app/place.ts';
import { wire } from '../../src/app/wire.ts';
import type { Ledger, LogEvent } from '../../src/pipeline/ports.ts';
import { takeNext } from '../../src/pipeline/take.ts';
import type { Template } from '../../src/reading/template.ts';

const MAIL = [
  'From: Portal <no-reply@portal.example>',
  'To: repairs@brightkeys.example',
  'Subject: New ticket 4711',
  'Date: Tue, 3 Mar 2026 09:15:00 +0000',
  'Message-ID: <4711@portal.example>',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Reporter: Jo Marsh',
  'Ring on: 07400 123111',
  'Where: 4 Sefton Walk, Leeds LS7 4NQ',
  'What is wrong: The kitchen tap drips all day.',
  'Ticket: 4711',
  '',
].join('\r\n');
const TEMPLATE = `name: portal
about: A portal
match: { sender: portal.example, subject: New ticket }
fields:
  TenantName: { label: Reporter }
  TenantPhonePrimary: { label: Ring on }
  PropertyAddress: { label: Where }
  IssueNotes: { label: What is wrong }
examples:
  - mail: one.eml
    expect: { TenantSurname: Marsh, TenantPhonePrimary: "+447400123111", PropertyPostcode: LS7 4NQ }
`;

let folder: string;
let config: Config;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-templates-'));
  config = { ...loadConfig(EXAMPLE_CONFIG, 'ignored'), templates: folder, dataFolder: mkdtempSync(join(tmpdir(), 'faultline-data-')) };
  write('one.eml', MAIL);
  write('portal.yaml', TEMPLATE);
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

describe('test', () => {
  test('all examples are right', async () => {
    const { templates, results } = await testTemplates(config, 'portal');
    expect(templates).toContain('portal');
    expect(results).toEqual([expect.objectContaining({ template: 'portal', example: 'one.eml', misses: [] })]);
  });

  test('a wrong example says what was expected and what was read', async () => {
    write('portal.yaml', TEMPLATE.replace('Marsh', 'March'));
    const { results } = await testTemplates(config, 'portal');
    expect(results[0]?.misses).toEqual([{ field: 'TenantSurname', wanted: 'March', got: 'Marsh' }]);
  });

  test('an example that another template reads says which', async () => {
    write(
      'other.yaml',
      'name: other\nabout: x\npriority: 90\nmatch: { sender: portal.example }\nfields: { IssueFault: { constant: x } }\n',
    );
    const { results } = await testTemplates(config, 'portal');
    expect(results[0]?.misses[0]).toMatchObject({ field: 'template', wanted: 'portal', got: expect.stringContaining('other') });
  });

  test('what is expected may stand beside the mail', async () => {
    write('portal.yaml', TEMPLATE.replace(/ {4}expect.*\n/, ''));
    write('one.expected.json', JSON.stringify({ outcome: 'job', job: { TenantForename: 'Kim' }, replyTo: null, attachments: [] }));
    const { results } = await testTemplates(config, 'portal');
    expect(results[0]?.misses).toEqual([{ field: 'TenantForename', wanted: 'Kim', got: 'Jo' }]);
  });

  test('a sample that is not there is a miss, not a crash', async () => {
    write('portal.yaml', TEMPLATE.replace('one.eml', 'two.eml'));
    expect((await testTemplates(config, 'portal')).results[0]?.misses[0]).toMatchObject({
      field: 'mail',
      got: expect.stringContaining('ENOENT'),
    });
  });

  test('a selector and a label that never find anything are noted with their place', async () => {
    write(
      'portal.yaml',
      TEMPLATE.replace('  IssueNotes', "  IssueFault: { css: 'td.kind' }\n  TenantTitle: { label: Salutation }\n  IssueNotes"),
    );
    const { notes } = await testTemplates(config, 'portal');
    expect(notes).toEqual([
      expect.stringMatching(/portal\.yaml:9:16: label "Salutation" of TenantTitle never finds anything/),
      expect.stringMatching(/portal\.yaml:8:15: css "td\.kind" of IssueFault never finds anything/),
    ]);
  });
});

describe('explain', () => {
  test('says which condition did not hold and what stands there, and what every way would give', async () => {
    write('two.eml', MAIL.replace('New ticket', 'Reminder for'));
    const { checks, winner, why, tried } = await explainMail(config, 'portal', join(folder, 'two.eml'));
    expect(checks).toEqual([
      { condition: 'sender "portal.example"', holds: true, seen: 'no-reply@portal.example' },
      { condition: 'subject "New ticket"', holds: false, seen: 'Reminder for 4711' },
    ]);
    expect(winner).toBe('labelled');
    expect(why).toContain('conditions do not hold');
    expect(tried).toContainEqual({ field: 'TenantPhonePrimary', extractor: 'label "Ring on"', value: '07400 123111', why: '' });
  });

  test('says which template came first, and what a value could not be', async () => {
    write(
      'other.yaml',
      'name: other\nabout: x\npriority: 90\nmatch: { sender: portal.example }\nfields: { TenantPhonePrimary: { label: Ticket } }\n',
    );
    const portal = await explainMail(config, 'portal', join(folder, 'one.eml'));
    expect(portal.why).toContain('other comes first: priority 90 against 50');
    const other = await explainMail(config, 'other', join(folder, 'one.eml'));
    expect(other.tried[0]).toMatchObject({ value: null, why: '“4711”: it has no valid phone number' });
  });
});

test('lines: the mail as templates see it', async () => {
  const [letter] = await linesOf(config, join(folder, 'one.eml'));
  expect(letter?.lines.slice(0, 2)).toEqual(['Reporter: Jo Marsh', 'Ring on: 07400 123111']);
  expect(letter).toMatchObject({ from: 'Portal <no-reply@portal.example>', cells: [] });
});

describe('new', () => {
  test('the draft passes on its mail, and names what it did not use', async () => {
    const out = join(folder, 'drafted.yaml');
    const { name, text, result, unused } = await newTemplate({ ...config, templates: undefined as never }, join(folder, 'one.eml'), out);
    expect(name).toBe('portal');
    expect(text).toContain('TenantPhonePrimary: { label: Ring on }');
    expect(text).toContain('subject: New ticket');
    expect(result).toMatchObject({ misses: [] });
    expect(unused).toEqual(['Ticket: 4711']);
    expect(readFileSync(out, 'utf8')).toBe(text);
    await expect(newTemplate(config, join(folder, 'one.eml'), out)).rejects.toThrow('is there already');
  });

  test('a table with headings is drafted by its columns, and a mail without labels by what is read of it like a letter', async () => {
    const html =
      '<table><tr><td>No.</td><td>Tenant</td><td>Phone</td><td>Address</td><td>Problem</td></tr><tr><td>7</td><td>Dr Kim Tan</td><td>07400 123112</td><td>5 Harbour Steps, Hull HU1 2AA</td><td>Light buzzes</td></tr></table>';
    write(
      'table.eml',
      MAIL.replace(/\r\n\r\n[\s\S]*$/, `\r\n\r\n${html}`)
        .replace('text/plain', 'text/html')
        .replaceAll('portal.example', 'board.example'),
    );
    const table = await newTemplate(config, join(folder, 'table.eml'), null);
    expect(table.text).toContain('TenantPhonePrimary: { column: Phone }');
    expect(table.text).toContain('IssueNotes: { column: Problem }');
    expect(table.result?.misses).toEqual([]);
    write(
      'prose.eml',
      MAIL.replace(/\r\n\r\n[\s\S]*$/, '\r\n\r\nThe kitchen tap drips at 4 Sefton Walk, Leeds LS7 4NQ. Ring 07400 123111.').replaceAll(
        'portal.example',
        'desk.example',
      ),
    );
    const prose = await newTemplate(config, join(folder, 'prose.eml'), null);
    expect(prose.text).toContain('otherwise: general');
    expect(prose.text).toContain('PropertyPostcode: LS7 4NQ');
    expect(prose.result?.misses).toEqual([]);
  });

  test('a draft wins over the templates that read the mail already', async () => {
    const { text, result } = await newTemplate(config, join(folder, 'one.eml'), null);
    expect(text).toContain('name: portal-2');
    expect(text).toMatch(/^priority: 60$/m);
    expect(result?.misses).toEqual([]);
  });
});

describe('list and backtest', () => {
  async function served() {
    const { flow, close } = await wire(config, () => undefined);
    const { ledger, raws } = flow;
    const mails = [
      MAIL,
      MAIL.replaceAll('4711', '4712').replace('tap', 'door'),
      MAIL.replaceAll('4711', '4713').replace('kitchen tap drips', 'bedroom window rattles'),
    ];
    for (const [index, mail] of mails.entries()) {
      const { key, identity, bytes } = await raws.keep(Readable.from([Buffer.from(mail)], { objectMode: false }));
      const now = flow.clock.now();
      await ledger.store(
        'repairs',
        'INBOX',
        '1',
        [{ uid: index + 1, identity, rawKey: key, bytes, tooLarge: false, receivedAt: now }],
        now,
      );
    }
    while (await takeNext(flow));
    return { ledger, raws, close };
  }

  test('a template tells how many mails it read and which field they lacked', async () => {
    write('portal.yaml', TEMPLATE.replace('  IssueNotes', '  TenantTitle: { label: Salutation }\n  IssueNotes'));
    const { ledger, close } = await served();
    const listed = await listTemplates(config, ledger, new Date());
    expect(listed.find((one) => one.name === 'portal')).toMatchObject({ mails: 3, missed: 1, worst: 'TenantTitle', warning: null });
    await close();
  });

  test('a back test tells what would differ, field by field, and nothing where nothing changed', async () => {
    const { ledger, raws, close } = await served();
    const since = new Date(Date.now() - 86_400_000);
    expect(await backtest(config, ledger, raws, since)).toEqual({ mails: 3, same: 3, gone: 0, changed: [] });
    write('portal.yaml', TEMPLATE.replace('  IssueNotes', '  IssueFault: { constant: Taps }\n  IssueNotes'));
    const { same, changed } = await backtest(config, ledger, raws, since);
    expect(same).toBe(0);
    expect(changed[0]).toMatchObject({
      before: 'portal@1',
      after: 'portal@1',
      differences: [{ field: 'IssueFault', before: 'Plumbing and drainage', after: 'Taps' }],
    });
    write('portal.yaml', `${TEMPLATE.replace(/examples:[\s\S]*$/, '')}report: never\n`);
    const never = await backtest(config, ledger, raws, since);
    expect(never.changed[0]?.differences[0]).toEqual({ field: 'outcome', before: 'a report', after: 'set aside (not-a-fault)' });
    await close();
  });
});

describe('list marks a template whose sender seems to have changed', () => {
  const NOW = new Date('2026-03-31T12:00:00Z');
  const evidence = { quote: 'x', where: 'body', rule: 'x' };

  /** Only what listTemplates asks for: reports of the template, so many days old, each with or without a phone number. */
  function ledgerOf(reports: { days: number; hasPhone: boolean }[]): Ledger {
    const rows = reports.map(({ days, hasPhone }) => ({
      createdAt: new Date(NOW.getTime() - days * 86_400_000),
      reading: {
        template: 'portal@1',
        values: { TenantForename: { value: 'Jo', evidence }, ...(hasPhone && { TenantPhonePrimary: { value: '1', evidence } }) },
      },
    }));
    return { reports: async ({ offset = 0 }: { offset?: number }) => rows.slice(offset, offset + 500) } as unknown as Ledger;
  }
  const many = (count: number, from: number, hasPhone: boolean) =>
    Array.from({ length: count }, (_, index) => ({ days: from + (index % 5), hasPhone }));
  const warningOf = async (reports: { days: number; hasPhone: boolean }[]) =>
    (await listTemplates(config, ledgerOf(reports), NOW)).find((one) => one.name === 'portal')?.warning;

  test('when fields that used to be found are missing lately', async () => {
    expect(await warningOf([...many(600, 10, true), ...many(8, 1, false)])).toContain('has the sender changed its layout?');
    expect(await warningOf([...many(600, 10, true), ...many(8, 1, true)])).toBeNull();
    expect(await warningOf([...many(600, 10, true), ...many(2, 1, false)])).toBeNull();
  });

  test('when mails that used to come are read no more', async () => {
    expect(await warningOf(many(60, 10, true))).toContain('does its match still hold?');
    expect(await warningOf(many(3, 10, true))).toBeNull();
  });
});

describe('the running service', () => {
  const noted: LogEvent[] = [];
  const log = { write: (event: LogEvent) => void noted.push(event) };

  async function until(holds: () => boolean): Promise<void> {
    for (let tries = 0; tries < 1_500 && !holds(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(holds()).toBe(true);
  }

  test('takes a changed set as a whole, refuses an invalid one and one with a failing example, and goes on with what worked after a restart', async () => {
    noted.length = 0;
    let inUse: Template[] = [];
    const swap = (templates: Template[]) => {
      inUse = templates;
    };
    const live = await openTemplates(config, log, swap, 20);
    inUse = live.templates;
    const version = () => inUse.find((one) => one.name === 'portal')?.version;
    try {
      write('portal.yaml', TEMPLATE.replace('about:', 'version: 2\nabout:'));
      await until(() => version() === 2);
      expect(noted.at(-1)).toMatchObject({ event: 'templates-taken' });

      write('portal.yaml', TEMPLATE.replace('about:', 'version: 3\nabout:').replace('label: Where', 'lable: Where'));
      await until(() => noted.at(-1)?.event === 'templates-refused');
      expect(noted.at(-1)).toMatchObject({ problems: 1, file: 'portal.yaml', line: 8, column: 22 });
      expect(version()).toBe(2);

      write('portal.yaml', TEMPLATE.replace('about:', 'version: 4\nabout:').replace('Marsh', 'March'));
      await until(() => noted.length === 3);
      expect(noted.at(-1)).toMatchObject({ event: 'templates-refused', file: 'portal.yaml' });
      expect(JSON.stringify(noted)).not.toContain('Marsh');
      expect(version()).toBe(2);
    } finally {
      live.close();
    }
    const again = await openTemplates(config, log, swap, 20);
    again.close();
    expect(again.templates.find((one) => one.name === 'portal')?.version).toBe(2);
    expect(noted.at(-1)).toMatchObject({ event: 'templates-refused' });

    copyFileSync(join(folder, 'one.eml'), join(folder, 'copy.eml'));
    write('portal.yaml', TEMPLATE.replace('about:', 'version: 5\nabout:'));
    const mended = await openTemplates(config, log, swap, 20);
    mended.close();
    expect(mended.templates.find((one) => one.name === 'portal')?.version).toBe(5);
  });

  test('does not start with a broken set where none was ever taken', async () => {
    write('portal.yaml', 'name: portal\n');
    await expect(openTemplates(config, log, () => undefined)).rejects.toThrow(TemplateError);
  });
});
