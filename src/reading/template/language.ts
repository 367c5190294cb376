/** The language in which an admin describes a kind of mail: one schema for checks, editors and docs/templates.md. */
import { z } from 'zod';
import { JOB_FIELDS, PRIORITIES } from '../../domain/job.ts';
import { FIELD_NAMES, type FieldName, MOST_PATTERN_CHARACTERS } from './names.ts';

/** What an error tells people to write instead, and what editors and the docs show. */
const wanted = <T extends z.ZodType>(schema: T, write: string, description: string): T => schema.meta({ write, description }) as T;

const MOST_LIST = 100;

const text = (most = 300) => z.string().min(1).max(most);
/** One or several texts. */
const someOf = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1).max(MOST_LIST)]);
const phrase = text(200);
const pattern = wanted(
  text(MOST_PATTERN_CHARACTERS),
  "a pattern in single quotes, such as 'Tel[.:] ?(?<value>[0-9 ]+)'",
  'A regular expression of RE2, without regard to case. In YAML it stands in single quotes.',
);
const words = wanted(
  z.union([phrase, z.array(phrase).min(1).max(MOST_LIST), z.strictObject({ pattern })]),
  'words, a list of which one must occur, or { pattern: … }',
  'Words that occur, without regard to case and line breaks; of a list, one must occur.',
);
const labels = wanted(
  someOf(phrase),
  'what stands before the colon, such as Telephone, or a list: [Telephone, Mobile]',
  'What stands before the value: without the colon, in any case. The first of a list that is found counts.',
);
const selector = wanted(text(), "a CSS selector, such as 'td.phone' or '#details tr:nth-child(2) td'", 'A CSS selector.');
const sender = wanted(
  someOf(phrase),
  'an address (a@b.example), a domain (b.example), or one with stars (*@*.b.example)',
  'The address that wrote it: whole, by its domain (and those below it), or with * for anything.',
);

const conditions = {
  sender: sender.optional(),
  recipient: wanted(sender, 'an address or a domain', 'To whom the mail was sent (To, Cc, Delivered-To).').optional(),
  subject: wanted(words, 'words of the subject', 'Words in the subject.').optional(),
  body: wanted(words, 'words of the text', 'Words in the text.').optional(),
  header: wanted(
    z.union([phrase, z.strictObject({ name: phrase, has: words.optional() })]),
    'the name of a header, or { name: X-Mailer, has: words }',
    'A header that the mail has, and words in it.',
  ).optional(),
  labels: wanted(
    z.union([z.array(phrase).min(1).max(MOST_LIST), z.strictObject({ of: z.array(phrase).min(1).max(MOST_LIST), least: z.int().min(1) })]),
    'a list of labels that all stand in the mail, or { of: [labels], least: 3 }',
    'Labels that stand in the text or in a table: all of the list, or at least so many.',
  ).optional(),
  html: wanted(someOf(selector), 'a CSS selector', 'The HTML has such an element.').optional(),
  forwarded: wanted(z.boolean(), 'true or false', 'Whether somebody forwarded it.').optional(),
};
const Condition = z.strictObject(conditions);
const conditionList = z.array(Condition).min(1).max(50);
/** Conditions of which all must hold, and lists of further ones. */
const Match = z.strictObject({
  ...conditions,
  all: wanted(conditionList, 'a list of conditions', 'All of these hold.').optional(),
  any: wanted(conditionList, 'a list of conditions', 'At least one of these holds.').optional(),
  none: wanted(conditionList, 'a list of conditions', 'None of these holds.').optional(),
});
export type Condition = z.infer<typeof Condition>;
export type Match = z.infer<typeof Match>;
export type Words = z.infer<typeof words>;

/** Steps without an argument. */
export const SIMPLE_STEPS = {
  trim: 'without blanks and punctuation at both ends',
  oneLine: 'all lines as one',
  firstLine: 'its first line',
  lastLine: 'its last line',
  upper: 'IN CAPITALS',
  lower: 'in small letters',
  title: 'Each Word With a Capital',
  sentence: 'with a capital at the start',
  digits: 'only its digits',
  phone: 'the phone number in it',
  postcode: 'the postcode in it',
  address: 'the address lines in it, one a line',
  name: "the person's name in it",
  email: 'the email address in it',
  yesNo: 'yes or no',
} as const;
export type SimpleStep = keyof typeof SIMPLE_STEPS;

const simpleStep = z.enum(Object.keys(SIMPLE_STEPS) as [SimpleStep, ...SimpleStep[]]);
const complexStep = z.strictObject({
  map: wanted(
    z.record(z.string(), z.string()),
    'a list of word: value, such as { P1: Emergency, "*": Medium }',
    'Other words for the value; * stands for anything.',
  ).optional(),
  date: wanted(
    text(80),
    'how the date is written, such as dd/MM/yyyy HH:mm',
    'A date written like this: d, dd, M, MM, MMM (Mar), MMMM (March), yy, yyyy, H, HH, h, hh, mm, ss, a (AM or PM), ZZ (+01:00).',
  ).optional(),
  zone: wanted(text(60), 'an IANA time zone, such as Europe/London or UTC', "The date's zone; else the branch's.").optional(),
  split: wanted(text(20), 'what stands between the parts, such as " - "', 'Cut into parts at this text.').optional(),
  part: wanted(z.int().min(-20).max(20), 'a whole number: 1 is the first part, -1 the last', 'Which part.').optional(),
  before: wanted(phrase, 'the words before which the value ends', 'What stands before these words.').optional(),
  after: wanted(phrase, 'the words after which the value begins', 'What stands after these words.').optional(),
  remove: wanted(someOf(phrase), 'words to leave out', 'Without these words.').optional(),
  replace: wanted(pattern, 'a pattern', 'Each place that fits this pattern is replaced …').optional(),
  with: wanted(z.string().max(200), 'a text, may be empty', '… by this text.').optional(),
});
const step = z.union([simpleStep, complexStep]);
export type Step = z.infer<typeof step>;
const steps = wanted(
  z.union([step, z.array(step).max(20)]),
  `one of ${Object.keys(SIMPLE_STEPS).join(', ')}, or { map: … }, { date: … }, { split: …, part: … }, { before: … }, { after: … }, { remove: … }, { replace: …, with: … }`,
  'What to do with the value, one step after the other.',
);

const person = z.enum(['name', 'address', 'both']);
const ways = {
  label: labels.optional(),
  column: wanted(labels, 'the heading of a column', 'The heading of a table’s column; the value stands below it.').optional(),
  pattern: wanted(
    pattern,
    "a pattern in single quotes with the value as a named group: 'Ref (?<value>[0-9]+)'",
    'A pattern; the value is its group named value, else its first group, else all that fits.',
  ).optional(),
  between: wanted(
    z.strictObject({
      start: wanted(someOf(phrase), 'words that stand right before the value', 'Words that stand before it.'),
      end: wanted(someOf(phrase), 'words that stand right after it', 'Words that stand after it; without them, up to the end.').optional(),
    }),
    '{ start: words before it, end: words after it }',
    'All that stands between two markers.',
  ).optional(),
  css: wanted(selector, 'a CSS selector', 'The text of the HTML element that this CSS selector finds.').optional(),
  line: wanted(
    z.int().min(-1000).max(1000),
    'a whole number: 1 is the first line, -1 the last',
    'The line at this place, blank lines not counted; with below, counted from there.',
  ).optional(),
  sender: wanted(person, 'name, address or both', 'Who wrote the mail.').optional(),
  forwarded: wanted(person, 'name, address or both', 'Who wrote the innermost forwarded mail.').optional(),
  replyTo: wanted(person, 'name, address or both', 'To whom an answer goes.').optional(),
  header: wanted(phrase, 'the name of a header, such as Subject', 'A header of the mail.').optional(),
  constant: wanted(z.union([z.string().max(2000), z.boolean()]), 'a text, true or false', 'Always this value.').optional(),
};
const options = {
  take: wanted(
    z.enum(['line', 'lines', 'section']),
    'line, lines or section',
    'How much belongs to a label: line (its line, or the next one), lines (also those below it, up to a blank line or the next label), section (also further paragraphs, up to the next label).',
  ).optional(),
  keepLabel: wanted(z.boolean(), 'true or false', 'The value begins with its label: “Access: ring first”.').optional(),
  in: wanted(z.enum(['text', 'subject', 'html']), 'text, subject or html', 'Where a pattern is looked for.').optional(),
  nth: wanted(z.int().min(-100).max(100), 'a whole number: 1 is the first, -1 the last', 'Which one, where there are several.').optional(),
  row: wanted(z.int().min(-1000).max(1000), 'a whole number: 1 is the row below the heading', 'Which row of a column.').optional(),
  below: wanted(phrase, 'words of the line above', 'Lines are counted below the line with these words.').optional(),
  attribute: wanted(phrase, 'the name of an attribute, such as href', 'This attribute of the HTML element instead of its text.').optional(),
  with: wanted(
    z.string().max(50),
    'what stands between the values',
    'What stands between joined values; else each has a line of its own.',
  ).optional(),
  as: steps.optional(),
};
const Simple = z.strictObject({ ...ways, ...options });
export type SimpleExtractor = z.infer<typeof Simple>;
const join = wanted(
  z.array(Simple).min(1).max(20),
  'a list of extractors',
  'Several values, one below the other; those that are not found are left out.',
).optional();
const Extractor = z.strictObject({ ...ways, join, ...options });
export type Extractor = z.infer<typeof Extractor>;

const defaultValue = wanted(z.union([z.string().max(2000), z.boolean()]), 'a text, true or false', 'The value where nothing was found.');
const Field = z.strictObject({
  ...ways,
  join,
  ...options,
  from: wanted(z.array(Extractor).min(1).max(20), 'a list of extractors', 'Several ways, tried in order.').optional(),
  default: defaultValue.optional(),
  otherwise: wanted(z.literal('nothing'), 'nothing', 'nothing: when it is not found here, it stays empty.').optional(),
});
export type Field = z.infer<typeof Field>;
const fieldOrList = z.union([Field, z.array(Extractor).min(1).max(20)]);
export type FieldSpec = z.infer<typeof fieldOrList>;

const ABOUT_FIELD: Record<FieldName, string> = {
  TenantName: 'The whole name; fills TenantTitle, TenantForename and TenantSurname.',
  PropertyAddress: 'The whole address; fills PropertyAddress1 to 4 and PropertyPostcode.',
  ReportedAt: 'When the tenant reported it; else when the mail was sent.',
  IssueTitle: 'One short line that says what is wrong.',
  IssueFault: 'The category; else by the list of the general template.',
  IssueNotes: 'All that the contractor needs to know.',
  IssuePriority: 'Low, Medium, High or Emergency.',
  TenantPresenceRequested: 'Whether the tenant wants to be there: yes or no.',
  TenantPhonePrimary: 'The number to ring. V3 wants one.',
  TenantPhoneSecondary: 'A second number.',
  TenantTitle: 'Mr, Mrs, Dr …',
  TenantForename: 'First name.',
  TenantSurname: 'Family name.',
  TenantEMailAddress: 'The tenant’s own address.',
  PropertyAddress1: 'First line of the address.',
  PropertyAddress2: 'Second line.',
  PropertyAddress3: 'Third line.',
  PropertyAddress4: 'Fourth line.',
  PropertyPostcode: 'The postcode.',
  PropertyCountry: 'The country.',
};
const Fields = z.strictObject(
  Object.fromEntries(
    FIELD_NAMES.map((name) => [
      name,
      wanted(fieldOrList, '{ label: words before the colon }, another way, or a list of ways', ABOUT_FIELD[name]).optional(),
    ]),
  ) as Record<FieldName, z.ZodOptional<typeof fieldOrList>>,
);

const matcher = z.union([
  z.string().max(5000),
  z.boolean(),
  z.null(),
  z.strictObject({
    includes: z.array(phrase).optional(),
    excludes: z.array(phrase).optional(),
    oneOf: z.array(phrase).optional(),
    phone: phrase.optional(),
    instant: phrase.optional(),
  }),
]);
export type Matcher = z.infer<typeof matcher>;
/** What an example expects: V3 fields, and the address lines as one. */
export const EXPECTED_NAMES = [...JOB_FIELDS, 'PropertyAddress'] as const;
export const Expected = z.strictObject(
  Object.fromEntries(EXPECTED_NAMES.map((name) => [name, matcher.optional()])) as Record<
    (typeof EXPECTED_NAMES)[number],
    z.ZodOptional<typeof matcher>
  >,
);
const Example = z.strictObject({
  mail: wanted(text(), 'the path of an .eml file, from the folder of this file', 'A sample mail, as a file.').optional(),
  raw: wanted(text(100_000), 'the mail as text: headers, a blank line, the body', 'A sample mail, written here.').optional(),
  expect: wanted(
    Expected,
    'fields and values, such as { PropertyPostcode: LS7 4NQ }',
    'What is read from it: a text (upper and lower case do not matter), true or false, null for empty, { includes: […] }, { excludes: […] } or { oneOf: […] }. Without it, NAME.expected.json beside the mail.',
  ).optional(),
  replyTo: wanted(z.union([z.string(), z.null()]), 'an address, or null', 'Whom the reply goes to; null: nobody.').optional(),
  attachments: wanted(z.array(z.string()), 'a list of file names', 'The attachments that count, in order.').optional(),
});
export type Example = z.infer<typeof Example>;

/** What the language adds to a template's rules. Keys in the order in which people write them. */
export const LANGUAGE = {
  priority: wanted(
    z.int().min(0).max(1000),
    'a whole number from 0 to 1000',
    'When several templates fit a mail, the highest priority reads it. Your own usually have 50 or more, the bundled ones less.',
  ).default(50),
  extends: wanted(text(60), 'the name of another template', 'Everything that this template leaves out is as in that one.').optional(),
  match: wanted(Match, 'conditions such as { sender: portal.example, subject: New repair }', 'Which mails it reads.').optional(),
  fields: wanted(Fields, 'V3 fields, each with the way to find it', 'How each field is found.').default({}),
  patterns: wanted(
    z.array(pattern).max(50),
    "a list of patterns with groups named like fields: '(?<TenantName>.+) at (?<PropertyAddress>.+) reports'",
    'Patterns that fill several fields at once: each group named like a field gives that field.',
  ).default([]),
  otherwise: wanted(
    z.enum(['labels', 'general', 'nothing']),
    'labels, general or nothing',
    'What becomes of fields that are not found: labels (common labels such as “Phone:” are tried), general (the text is read like a letter), nothing (they stay empty).',
  ).default('labels'),
  report: wanted(
    z.enum(['always', 'maybe', 'never']),
    'always, maybe or never',
    'Whether such a mail reports a fault: always, never (it is set aside), or maybe (as for any mail: it depends on its words).',
  ).optional(),
  answer: wanted(
    z.enum(['sender', 'tenant', 'nobody']),
    'sender, tenant or nobody',
    'Who may be answered: the sender; the tenant whose address the mail names (only where the mail proves by DMARC that it comes from its sender); nobody.',
  ).default('sender'),
  attachments: wanted(
    z.union([
      z.literal('none'),
      z.strictObject({
        only: wanted(z.array(phrase).min(1).max(50), 'a list of file names, * for anything', 'Only these.').optional(),
        except: wanted(z.array(phrase).min(1).max(50), 'a list of file names, * for anything', 'Not these.').optional(),
      }),
    ]),
    'none, { only: ["photo*"] } or { except: ["*.pdf"] }',
    'Which attachments go into the job; else all that look like photos or documents of the fault.',
  ).optional(),
  branch: wanted(
    z.union([text(60), z.strictObject({ ...ways, ...options })]),
    'the name of a branch of the configuration, or a way to find it: { label: Office, as: { map: { Leeds: leeds } } }',
    'Whose job it becomes; else the branch of the mailbox.',
  ).optional(),
  forcePriority: wanted(z.enum(PRIORITIES), PRIORITIES.join(', '), 'Always this priority, whatever the mail says.').optional(),
  examples: wanted(
    z.array(Example).max(100),
    'a list of { mail: sample.eml, expect: { … } }',
    'Sample mails with what must be read from them. The template is not taken into use unless all are right.',
  ).default([]),
};
