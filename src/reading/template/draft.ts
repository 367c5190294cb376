/** Drafts a template from one sample mail: its labels and tables, each with the field that it seems to tell. */
import type { ReadingContext } from '../context.ts';
import type { Letter } from '../letter.ts';
import { type Meaning, meaningOf } from '../pairs/meaning.ts';
import { bare } from '../plain.ts';
import { netOf } from './choose.ts';
import { convert } from './convert.ts';
import { LABEL_LINE, type LabelFound, labelsInText } from './labels.ts';
import type { FieldName } from './names.ts';
import { rowsOf } from './page.ts';
import { type View, viewOf } from './view.ts';

/** Extractors as YAML, by field; `unused` are labels of which a person must decide. */
export type Draft = {
  name: string;
  about: string;
  match: string[];
  fields: { field: FieldName; yaml: string }[];
  otherwise: 'labels' | 'general';
  unused: LabelFound[];
  letter: Letter;
};

const FIELD_OF: Partial<Record<Meaning, FieldName>> = {
  phone: 'TenantPhonePrimary',
  secondPhone: 'TenantPhoneSecondary',
  name: 'TenantName',
  caller: 'TenantName',
  personTitle: 'TenantTitle',
  forename: 'TenantForename',
  surname: 'TenantSurname',
  email: 'TenantEMailAddress',
  address: 'PropertyAddress',
  part: 'PropertyAddress',
  postcode: 'PropertyPostcode',
  title: 'IssueTitle',
  problem: 'IssueNotes',
  access: 'IssueNotes',
  priority: 'IssuePriority',
  presence: 'TenantPresenceRequested',
};
const ORDER: FieldName[] = [
  'TenantName',
  'TenantTitle',
  'TenantForename',
  'TenantSurname',
  'TenantPhonePrimary',
  'TenantPhoneSecondary',
  'TenantEMailAddress',
  'PropertyAddress',
  'PropertyPostcode',
  'IssueTitle',
  'IssueNotes',
  'IssuePriority',
  'TenantPresenceRequested',
  'ReportedAt',
];
const REPORTED = /\b(reported|received|submitted|raised|created|logged|date|time)\b/i;
/** Mail providers whose domain says nothing about the portal. */
const SHARED = /(^|\.)(gmail|googlemail|outlook|hotmail|live|yahoo|icloud|aol|btinternet|sky|gmx|proton|protonmail)\./i;
const PREFIX = /^\s*(?:(?:re|fwd?|wg|tr|aw)\s*:\s*)+/i;
/** What has so many words describes something. */
const LEAST_WORDS = 6;
/** A label of a number that only names the record. */
const RECORD = /\b(no|nos|ref|reference|id|ticket)\b\.?\W*$/i;
const CATEGORY = /\b(category|type|kind|room|area)\b/i;
const MOST_LABELS = 60;

type Pair = LabelFound & { meaning: Meaning | null; way: 'label' | 'column' };

export function draft(letters: Letter[], context: ReadingContext): Draft {
  const letter = letters.findLast((one) => !one.byStaff) ?? (letters[0] as Letter);
  const view = viewOf(letter, letters);
  const known = new Map(
    Object.entries(netOf(context.templates)?.labels ?? {}).flatMap(([field, words]) =>
      words.map((word) => [bare(word), field as Meaning & string]),
    ),
  );
  const pairs = pairsOf(view, (label) => meaningOf(label, known as never) !== null).map(
    (pair): Pair => ({ ...pair, meaning: meaningOf(pair.label, known as never) }),
  );
  // By its value only where no label says so.
  const said = new Set(pairs.flatMap((pair) => (pair.meaning === null ? [] : (FIELD_OF[pair.meaning] ?? []))));
  const hasName = pairs.some((pair) => pair.meaning === 'name');
  const byField = new Map<FieldName, Pair[]>();
  const unused: LabelFound[] = [];
  for (const pair of pairs) {
    const guess = hasName && pair.meaning === 'caller' ? null : fieldFor(pair, letter, context);
    const field = pair.meaning === null && guess !== null && said.has(guess) ? null : guess;
    const before = field === null ? undefined : byField.get(field);
    const joins = field === 'IssueNotes' || (field === 'PropertyAddress' && pair.meaning === 'part');
    if (field === null || (before !== undefined && !joins)) unused.push(pair);
    else byField.set(field, [...(before ?? []), pair]);
  }
  if (byField.has('TenantName')) for (const part of ['TenantForename', 'TenantSurname'] as const) byField.delete(part);
  const fields = ORDER.flatMap((field) => {
    const found = byField.get(field);
    return found === undefined ? [] : [{ field, yaml: extractorOf(field, found, context) }];
  });
  return { ...matchOf(letter, pairs, context), fields, otherwise: fields.length >= 3 ? 'labels' : 'general', unused, letter };
}

type Placed = LabelFound & { way: 'label' | 'column' };

/** Headings with their column, then tables, then lines of text, each label once. */
function pairsOf(view: View, isLabel: (text: string) => boolean): Placed[] {
  const page = view.page();
  const columns = page === null ? [] : headedTable(rowsOf(page), isLabel);
  if (columns.length > 0) return columns;
  const inTables = [...view.pageLabels().values()]
    .flatMap(([first]) => (first ? [first] : []))
    .filter((one) => one.label.length <= 48 && one.value !== '');
  const labels = view.labelled.lines.flatMap((line) => LABEL_LINE.exec(line.trim())?.[1]?.trim() ?? []);
  const inText = [...new Set(labels)]
    .slice(0, MOST_LABELS)
    .flatMap((label) => labelsInText(view.labelled, label, 'lines', new Map()).slice(0, 1));
  const seen = new Set<string>();
  return [...inTables, ...inText]
    .map((pair): Placed => ({ ...pair, way: 'label' }))
    .filter((pair) => {
      const key = bare(pair.label);
      if (key === '' || pair.value.trim() === '' || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

/** A row of three or more headings over a row of as many values: half of the headings are known, and none of the values is one. */
function headedTable(rows: ReturnType<typeof rowsOf>, isLabel: (text: string) => boolean): Placed[] {
  for (const [index, { table, cells }] of rows.entries()) {
    const below = rows[index + 1];
    if (cells.length < 3 || below?.table !== table || below.cells.length !== cells.length) continue;
    const known = cells.filter((cell) => isLabel(cell.text)).length;
    if (known * 2 < cells.length || cells.some((cell) => /\d{3}/.test(cell.text) || cell.text.length > 40)) continue;
    if (below.cells.filter((cell) => isLabel(cell.text) && cell.text.length < 30).length * 2 >= cells.length) continue;
    return cells.map((cell, at): Placed => ({ label: cell.text, value: below.cells[at]?.text ?? '', way: 'column' }));
  }
  return [];
}

/** The field that a label's words mean, if its value fits there; a time at which it was reported by its label and value. */
function fieldFor(pair: Pair, letter: Letter, context: ReadingContext): FieldName | null {
  if (RECORD.test(pair.label)) return null;
  if (pair.meaning === 'title') {
    if (bare(letter.subject).includes(bare(pair.value))) return null;
    return CATEGORY.test(pair.label) ? 'IssueNotes' : 'IssueTitle';
  }
  const field = pair.meaning === null ? null : (FIELD_OF[pair.meaning] ?? null);
  if (field === 'PropertyAddress' && pair.meaning === 'part') return field;
  if (field === 'IssuePriority') return field;
  if (field !== null && 'values' in convert(field, pair.value, context, netOf(context.templates))) return field;
  const fits = (one: FieldName) => 'values' in convert(one, pair.value, context, undefined);
  if (pair.meaning === null && pair.value.length <= 40 && fits('TenantPhonePrimary')) return 'TenantPhonePrimary';
  if (pair.meaning === null && !/\d/.test(pair.label) && bare(pair.value).split(' ').length >= LEAST_WORDS) return 'IssueNotes';
  if (REPORTED.test(pair.label) && 'values' in convert('ReportedAt', pair.value, context, undefined)) return 'ReportedAt';
  return null;
}

function extractorOf(field: FieldName, pairs: Pair[], context: ReadingContext): string {
  const [first] = pairs;
  if (first === undefined) return '{}';
  const label = (pair: Pair) => `${pair.way}: ${quoted(pair.label)}`;
  if (field === 'PropertyAddress' && first.meaning === 'part' && pairs.length > 1)
    return `{ join: [${pairs.map((pair) => `{ ${label(pair)} }`).join(', ')}], with: ", " }`;
  if (field === 'IssueNotes' && pairs.length > 1)
    return `{ join: [${pairs.map((pair) => `{ ${label(pair)}${pair.meaning === 'problem' || pair.way === 'column' ? '' : ', keepLabel: true'} }`).join(', ')}] }`;
  if (field === 'IssuePriority' && !('values' in convert(field, first.value, context, netOf(context.templates))))
    return `{ ${label(first)}, as: { map: { ${quoted(first.value.split('\n')[0] ?? '')}: Medium, "*": Medium } } }`;
  return `{ ${label(first)} }`;
}

/** By the sender's domain and the words of the subject that are the same in every mail; else by labels. */
function matchOf(letter: Letter, pairs: Pair[], context: ReadingContext): Pick<Draft, 'name' | 'about' | 'match'> {
  const address = letter.from?.address ?? '';
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const isOwn = domain !== '' && !SHARED.test(domain);
  const isAgency = letter.byStaff || context.agency.staff.some((one) => one.toLowerCase() === domain);
  const labels = pairs
    .filter((pair) => pair.meaning !== null)
    .slice(0, 3)
    .map((pair) => pair.label);
  const subject = steadyWords(letter.subject, pairs);
  const match = [
    ...(isOwn ? [`sender: ${quoted(isAgency ? address : domain)}`] : []),
    ...(subject === '' ? [] : [`subject: ${quoted(subject)}`]),
    ...(labels.length > 1 && (!isOwn || isAgency || subject === '') ? [`labels: [${labels.map(quoted).join(', ')}]`] : []),
  ];
  const parts = domain
    .split('.')
    .filter((part) => !/^(co|com|org|net|uk|io|app|example|www|mail|email|notify|notifications?|mailer|send)$/i.test(part));
  const name =
    bare(isOwn && !isAgency ? (parts.at(-1) ?? domain) : subject || 'new template')
      .replace(/\s+/g, '-')
      .slice(0, 40) || 'new-template';
  return {
    name,
    about: `${letter.from?.name || domain || 'A sender'}: ${subject || 'reports of faults'}`,
    match: match.length > 0 ? match : ['body: "…"'],
  };
}

/** The subject up to the first word with a digit in it, or one that belongs to this report. */
function steadyWords(subject: string, pairs: Pair[]): string {
  const values = new Set(pairs.flatMap((pair) => bare(pair.value).split(' ')).filter((word) => word.length > 2));
  const words = subject.replace(PREFIX, '').split(/\s+/);
  const end = words.findIndex((word) => /\d/.test(word) || (bare(word).length > 2 && values.has(bare(word))));
  const steady = (end < 0 ? words : words.slice(0, end))
    .join(' ')
    .replace(/[\s#:–—|([,-]+$/, '')
    .trim();
  return bare(steady).length >= 5 ? steady : '';
}

/** A text as YAML that cannot be taken for anything else. */
export function quoted(text: string): string {
  const isPlain =
    /^[A-Za-z][A-Za-z0-9 ./'’_-]*$/.test(text) && !/^(yes|no|true|false|null|on|off|y|n)$/i.test(text) && text === text.trim();
  return isPlain ? text : JSON.stringify(text);
}

export function written(found: Draft, examples: string): string {
  const unused = found.unused.map(({ label, value }) => `  # not used: ${label}: ${value.replace(/\s+/g, ' ').slice(0, 60)}`);
  return `${[
    `name: ${found.name}`,
    'version: 1',
    `about: ${quoted(found.about)}`,
    'match:',
    ...found.match.map((line) => `  ${line}`),
    found.fields.length > 0 ? 'fields:' : 'fields: {} # no labels were found: docs/templates.md shows patterns, sections and places',
    ...found.fields.map(({ field, yaml }) => `  ${field}: ${yaml}`),
    ...unused,
    ...(found.otherwise === 'general' ? ['otherwise: general'] : []),
    examples,
  ].join('\n')}\n`;
}
