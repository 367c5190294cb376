/** Reads a mail that a test writes down in a few words, with the bundled templates and the agency of the labelled mails. */
import { Readable } from 'node:stream';
import { mime } from '../../src/adapters/mime/parse.ts';
import { loadTemplates } from '../../src/adapters/templates/load.ts';
import { BUNDLED_TEMPLATES } from '../../src/app/place.ts';
import type { ReadingContext } from '../../src/reading/context.ts';
import { type Understanding, understand } from '../../src/reading/understand.ts';

export const CONTEXT: ReadingContext = {
  agency: {
    name: 'Brightkeys Lettings',
    ownAddresses: ['repairs@brightkeys.example'],
    staff: ['brightkeys.example', 'northgate-lettings.example'],
    phones: [],
    outOfHoursPhone: null,
    fallbackPhone: null,
    trustedAuthservIds: [],
    noticesTo: null,
  },
  branch: { shortName: 'brightkeys', branchID: '0042', timeZone: 'Europe/London', country: 'GB', phoneFormat: 'national' },
  templates: loadTemplates([BUNDLED_TEMPLATES]),
  receivedAt: new Date('2026-03-03T10:15:00Z'),
};

export type Written = { from?: string; subject?: string; date?: string | null; headers?: string[]; text?: string; html?: string };

/** The raw mail; what is left out is that of an ordinary mail from Sam Weatherby. */
export function rawOf(written: Written): string {
  const { from = 'Sam Weatherby <sam@mail.example>', subject = 'Repair', date = 'Tue, 3 Mar 2026 09:15:00 +0000', headers = [] } = written;
  return [
    `From: ${from}`,
    'To: repairs@brightkeys.example',
    `Subject: ${subject}`,
    ...(date === null ? [] : [`Date: ${date}`]),
    'Message-ID: <1@mail.example>',
    ...headers,
    'MIME-Version: 1.0',
    ...(headers.some((line) => /^content-type:/i.test(line))
      ? []
      : [`Content-Type: ${written.html === undefined ? 'text/plain' : 'text/html'}; charset=utf-8`]),
    '',
    written.html ?? written.text ?? '',
  ]
    .join('\n')
    .replace(/\r?\n/g, '\r\n');
}

export async function understood(written: Written | string): Promise<Understanding> {
  const raw = typeof written === 'string' ? written : rawOf(written);
  return understand(await mime.parse(Readable.from([Buffer.from(raw)], { objectMode: false })), CONTEXT);
}

/** What was read, in short: `address` is `line | line [postcode]`, `name` is `title / forename / surname`, `phones` both numbers. */
export async function reads(written: Written | string) {
  const { reading, sorting } = await understood(written);
  const value = (field: keyof typeof reading.values) => reading.values[field]?.value;
  const lines = (['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4'] as const).map(value).filter(Boolean);
  return {
    address: `${lines.join(' | ')} [${value('PropertyPostcode') ?? ''}]`.trim(),
    name: [value('TenantTitle'), value('TenantForename'), value('TenantSurname')].map((part) => part ?? '-').join(' / '),
    phones: [value('TenantPhonePrimary'), value('TenantPhoneSecondary')].filter(Boolean).join(' ; '),
    email: value('TenantEMailAddress'),
    priority: value('IssuePriority'),
    title: value('IssueTitle'),
    notes: value('IssueNotes'),
    fault: value('IssueFault'),
    presence: value('TenantPresenceRequested'),
    reportedAt: value('ReportedAt'),
    sorting: sorting.kind === 'set-aside' ? sorting.reason : sorting.kind,
  };
}
