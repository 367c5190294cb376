/**
 * Finds the report that a message belongs to. Each report has marks, keys of its mails; each message has clues, keys by which to look.
 *
 *   id:     a Message-ID                          words:  a hash of the writer and of the writer's very words
 *   index:  Outlook's conversation (Thread-Index) topic:  the writer and the subject without "Re:"; a clue only for a mail that answers
 *   ref:    the reference of the report           case:   the number that a portal gave the case
 *   from:   the writer                            says:   what a portal's form says: the tenant and the fault
 *   place:  the property
 */
import { createHash } from 'node:crypto';
import { header, type Message } from '../domain/message.ts';
import type { Reading } from '../domain/reading.ts';
import { referencesIn } from '../domain/reference.ts';
import type { Stage } from '../domain/report.ts';
import type { Sorting } from '../domain/sorting.ts';
import { type Letter, textOf } from './letter.ts';
import { matchesIn } from './matches.ts';
import { bare } from './plain.ts';
import { remembered } from './remembered.ts';
import type { Said } from './said.ts';
import { thingsIn } from './things.ts';
import { rolesOf } from './whose.ts';

/** Shorter texts ("any news?") are written by many people, many times. */
const LEAST_WORDS = 8;
/** The same words after a longer time are a new fault: a portal's form says "boiler pressure low" every winter. */
const SAME_WORDS_MS = 30 * 86_400_000;
/** So long a mail with the same subject answers the old one, and a mail with a number answers a question. */
const SAME_TOPIC_MS = 60 * 86_400_000;
/** After so long another fault in an old thread needs no "also": nobody thinks of the old one. */
const OLD_THREAD_MS = 14 * 86_400_000;
const PREFIX = /^\s*(?:(?:re|aw|sv|antw|odp|r|fwd?|wg|tr|pd|automatic reply)\s*(?:\[\d+\])?\s*:\s*|\[(?:external|ext|[\w -]{2,30})\]\s*)/i;
const CASE =
  /\b(?:job|case|ticket|request|issue|report|incident|repair|work ?order|maintenance request|call|log)\s*(?:ref(?:erence)?|no|number|id)?\s*[.:#]{0,2}\s*#?((?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{3,19})\b/gi;

/** A report as far as its threads go. */
export type Known = { reference: string; stage: Stage; createdAt: Date; reading: Reading; matched: string[] };

/** Keys under which the report of this message is found again. */
export function marksOf(message: Message, letters: Letter[], reading: Reading): string[] {
  return unique([
    ...ids(message),
    ...words(letters),
    ...conversation(message),
    ...topic(message, letters),
    ...cases(message, letters),
    ...form(reading),
    ...writer(letters).map((address) => `from:${address}`),
    ...placesOf(reading),
  ]);
}

/** Keys by which to look for the report that this message belongs to. */
export function cluesOf(message: Message, letters: Letter[], reading: Reading, said: Said): string[] {
  const answered = [...message.inReplyTo, ...message.references].map((id) => `id:${id}`);
  const inSubject = referencesIn(message.subject);
  // A text that names several, such as an answer to a notice about them, says of none that it belongs there.
  const inText = referencesIn(letters.flatMap((letter) => letter.sections.map((section) => section.text)).join('\n'));
  return unique([
    ...ids(message),
    ...answered,
    ...words(letters),
    ...conversation(message),
    ...(said.isReply ? topic(message, letters) : []),
    ...cases(message, letters),
    ...form(reading),
    ...(inSubject.length > 0 ? inSubject : inText.length === 1 ? inText : []).map((reference) => `ref:${reference}`),
  ]);
}

/** Whether it answers a notice to the agency's people. */
export function answersNotice(clues: string[]): boolean {
  return clues.some((clue) => clue.startsWith('id:<faultline.notice.'));
}

/** Keys by which to look for a question of ours that is out: the writer's. */
export function writerClues(marks: string[]): string[] {
  return marks.filter((mark) => mark.startsWith('from:'));
}

/** Keys by which to look for other reports of the same property. */
export function placeClues(marks: string[]): string[] {
  return marks.filter((mark) => mark.startsWith('place:'));
}

type Understood = { sorting: Sorting; reading: Reading; marks: string[]; said: Said };

/**
 * Where a message belongs, given the reports that its clues found and those of the same writer whose question is out, the newest first.
 * @param at when the message came
 */
export function belong(understood: Understood, found: Known[], asked: Known[], at: Date): Sorting {
  const { said, reading, marks } = understood;
  const hasPhone = said.phones.length > 0 || reading.values.TenantPhonePrimary !== undefined;
  const near = found.filter((one) => !isOnly(one, /^(words|says):/) || ageOf(one, at) <= SAME_WORDS_MS);
  const thread = near.filter((one) => !isOnly(one, /^topic:/) || ageOf(one, at) <= SAME_TOPIC_MS);
  const waiting = thread.find(awaits);
  if (waiting && hasPhone) return adds('answer', waiting, 'it answers our question');
  const same = thread.find((one) =>
    one.matched.some((key) => /^(words|says):/.test(key) || (key.startsWith('id:') && marks.includes(key))),
  );
  if (same) return adds('duplicate', same, 'the same words came before');
  if (thread.length > 0) return inThread(understood, thread, at);
  const mine = asked.filter((one) => awaits(one) && ageOf(one, at) <= SAME_TOPIC_MS);
  const answered = hasPhone ? mine.find((one) => isAbout(said, one) || said.faults.length === 0) : undefined;
  return answered ? adds('answer', answered, 'its writer was asked for this') : understood.sorting;
}

/**
 * A mail in a known thread: about one of its faults, or about a new one, for which an old mail was answered because it was at hand.
 * It is new for sure when something else is said to be broken and either the words say that it is another matter, or the thread is old
 * and nothing in the mail is about it. Where only the thing is another, people decide.
 */
function inThread({ sorting, said }: Understood, thread: Known[], at: Date): Sorting {
  const known = thread.find((one) => isAbout(said, one)) ?? (thread[0] as Known);
  const others = otherFaults(said, thread);
  if (others.length === 0) return adds('follow-up', known, 'it belongs to the same thread');
  const isSure =
    others.some((thing) => said.novel.includes(thing)) || thread.every((one) => ageOf(one, at) > OLD_THREAD_MS && !isAbout(said, one));
  if (isSure && sorting.kind === 'opens') return { kind: 'opens', thread: known.reference };
  return adds('follow-up', known, `it belongs to the same thread, but it may report something new: ${others.join(', ')}`);
}

/** The kinds of things that are said to be broken and that no report of the thread speaks of; none where a report names no thing at all. */
function otherFaults(said: Said, thread: Known[]): string[] {
  const old = thread.map(thingsOf);
  return old.some((things) => things.length === 0) ? [] : said.faults.filter((thing) => !old.flat().includes(thing));
}

function isAbout(said: Said, known: Known): boolean {
  const old = thingsOf(known);
  return said.things.some((thing) => old.includes(thing));
}

/** Whether two reports of one property are about the same kind of thing. */
export function isAlike(reading: Reading, known: Pick<Known, 'reading'>): boolean {
  const [mine, theirs] = [thingsOf({ reading }), thingsOf(known)];
  if (mine.some((thing) => theirs.includes(thing))) return true;
  const fault = reading.values.IssueFault?.value;
  return fault !== undefined && fault === known.reading.values.IssueFault?.value;
}

function thingsOf({ reading }: Pick<Known, 'reading'>): string[] {
  const { IssueTitle, IssueFault, IssueNotes } = reading.values;
  return thingsIn([IssueTitle?.value, IssueFault?.value, IssueNotes?.value].filter(Boolean).join('\n'));
}

/** Whether its phone number is missing and V3 has not got it yet. */
function awaits({ stage, reading }: Known): boolean {
  return (stage === 'read' || stage === 'asking' || stage === 'held') && reading.values.TenantPhonePrimary === undefined;
}

function isOnly({ matched }: Known, kind: RegExp): boolean {
  return matched.every((key) => kind.test(key));
}

function ageOf({ createdAt }: Known, at: Date): number {
  return at.getTime() - createdAt.getTime();
}

function adds(as: 'answer' | 'follow-up' | 'duplicate', to: Known, why: string): Sorting {
  return { kind: 'adds', as, to: to.reference, why };
}

function ids(message: Message): string[] {
  return [message.messageId, ...message.attached.map((inner) => inner.message.messageId)]
    .filter((id) => id !== null)
    .map((id) => `id:${id}`);
}

function words(letters: Letter[]): string[] {
  const { main } = rolesOf(letters);
  const text = bare(textOf(main, 'body'));
  if (text.split(' ').length < LEAST_WORDS) return [];
  return [`words:${hash(main.from?.address ?? '', text)}`];
}

/** The first 22 bytes of Thread-Index are the same in a whole conversation ([MS-OXOMSG] §2.2.1.3). */
function conversation(message: Message): string[] {
  const bytes = Buffer.from(header(message, 'thread-index')?.trim() ?? '', 'base64');
  return bytes.length < 22 ? [] : [`index:${bytes.subarray(0, 22).toString('hex')}`];
}

/** Not for what staff typed themselves: "Repairs" is the subject of many. */
function topic(message: Message, letters: Letter[]): string[] {
  const { main } = rolesOf(letters);
  const subject = bare(withoutPrefixes(main.subject || message.subject));
  return main.byStaff || subject.length < 3 ? [] : writer(letters).map((address) => `topic:${hash(address, subject)}`);
}

function withoutPrefixes(subject: string): string {
  let rest = subject;
  for (let count = 0; count < 8 && PREFIX.test(rest); count += 1) rest = rest.replace(PREFIX, '');
  return rest;
}

function cases(message: Message, letters: Letter[]): string[] {
  const from = rolesOf(letters).main.from?.address.toLowerCase() ?? '';
  const text = [message.subject, ...letters.map((letter) => textOf(letter, 'body'))].join('\n').slice(0, 20_000);
  return from === ''
    ? []
    : matchesIn(text, CASE)
        .slice(0, 10)
        .map((match) => `case:${from}/${(match[1] ?? '').toUpperCase()}`);
}

/** What a form says is made of its fields, since a reminder comes in another frame. The general template reads people's own words. */
function form({ template, values }: Reading): string[] {
  const fault = bare(values.IssueNotes?.value ?? values.IssueTitle?.value ?? '');
  const who = values.TenantPhonePrimary?.value ?? values.TenantEMailAddress?.value ?? values.PropertyPostcode?.value;
  const isForm = !template.startsWith('general@') && who !== undefined && fault.split(' ').length >= 3;
  return isForm ? [`says:${hash(bare(who), fault)}`] : [];
}

/** The address of whoever reports the fault; nobody where staff typed it up. */
function writer(letters: Letter[]): string[] {
  const { main } = rolesOf(letters);
  const address = main.from?.address.toLowerCase() ?? '';
  return main.byStaff || address === '' ? [] : [address];
}

/** The property, by postcode and by its first line: either is enough. A flat's number counts, wherever it stands. */
export function placesOf({ values }: Reading): string[] {
  const lines = [values.PropertyAddress1, values.PropertyAddress2].map((line) => bare(line?.value ?? ''));
  const numbers = (lines.join(' ').match(/\b\d+[a-z]?\b/g) ?? []).toSorted().join('-');
  const postcode = values.PropertyPostcode?.value.replace(/\s/g, '').toUpperCase();
  const [first = ''] = lines;
  return [
    ...(postcode && numbers !== '' ? [`place:${postcode}/${numbers}`] : []),
    ...(/\d/.test(first) && first.length > 6 ? [`place:${first}`] : []),
  ];
}

function hash(...parts: string[]): string {
  return hashOf(parts.join('\0'));
}

const hashOf = remembered((text) => createHash('sha256').update(text).digest('hex').slice(0, 32));

function unique(keys: string[]): string[] {
  return [...new Set(keys)];
}
