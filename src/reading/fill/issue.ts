/** What is wrong: IssueTitle, IssueNotes, IssueFault, IssuePriority, and whether the tenant wants to be there. */
import type { Priority } from '../../domain/job.ts';
import type { Attachment, Message } from '../../domain/message.ts';
import type { Values } from '../../domain/reading.ts';
import { isBareNote, wordsOf } from '../fields/notes.ts';
import { cleanSubject, plainSubject, titleOf } from '../fields/title.ts';
import { textOf } from '../letter.ts';
import { bare, sentencesOf } from '../plain.ts';
import { firstFitting, firstPriority, firstRule } from '../rules.ts';
import type { Roles } from '../whose.ts';
import { ITEM, SYMPTOM } from '../words.ts';
import type { Rules } from './by-template.ts';
import type { Put } from './put.ts';

const PRIORITY_ORDER: Record<Priority, number> = { Low: 0, Medium: 1, High: 2, Emergency: 3 };

/** Sets TenantPresenceRequested only where somebody said so. */
export function readPresence(roles: Roles, general: Rules, put: Put): void {
  const own = ownSentences(roles);
  const notes = noteSentences(roles);
  const found = firstRule(general.presence, notes.length === 0 ? own : [...own, ...notes]);
  if (found) put('TenantPresenceRequested', found.rule.value, { quote: found.sentence, where: 'body', rule: found.rule.name });
}

/** The graver of what the tenant's and the agent's words say; an agent who says "not urgent" is believed unless it is an emergency. */
export function readPriority(roles: Roles, general: Rules, put: Put): void {
  const own = firstPriority(general, ownSentences(roles));
  const note = firstPriority(general, noteSentences(roles));
  const weigh = (one: typeof own) => (one === null ? -1 : PRIORITY_ORDER[one.rule.priority]);
  const calmed = note?.rule.priority === 'Low' && own?.rule.priority !== 'Emergency';
  const chosen = calmed ? note : weigh(note) > weigh(own) ? note : own;
  if (chosen)
    put('IssuePriority', chosen.rule.priority, { quote: chosen.sentence, where: chosen === own ? 'body' : 'note', rule: chosen.rule.name });
  else if (general.defaultPriority)
    put('IssuePriority', general.defaultPriority, { quote: '', where: 'template', rule: 'defaultPriority' });
}

/** Always sets IssueTitle, since V3 wants one. */
export function readTitle(roles: Roles, message: Message, attachments: Attachment[], put: Put): void {
  const own = roles.typedByStaff ? [roles.main] : [roles.main, ...roles.own.filter((letter) => letter !== roles.main)];
  const body = own.map((letter) => wordsOf(textOf(letter, 'body'))).join('\n');
  const subject = own.map((letter) => letter.subject).find((one) => one.trim() !== '') ?? message.subject;
  const title = titleOf(subject, body || wordsOf(textOf(roles.main, 'signature')));
  if (title && title.title !== '')
    put('IssueTitle', title.title, {
      quote: title.quote,
      where: title.from === 'subject' ? 'subject' : 'body',
      rule: title.from === 'subject' ? 'subject' : 'the sentence that says what is wrong',
    });
  else if (attachments.length > 0)
    put('IssueTitle', 'Fault shown in the attached photo', {
      quote: attachments.map((one) => one.name).join(', '),
      where: 'attachment name',
      rule: 'no words, only files',
    });
  else
    put('IssueTitle', 'Fault reported by email', {
      quote: message.subject,
      where: 'template',
      rule: 'nothing in the mail says what is wrong',
    });
}

/** The words of the tenant, then what others passed on, then the agency's note. */
export function readNotes(roles: Roles, put: Put): void {
  const own = roles.typedByStaff ? [roles.main] : roles.own;
  const words = own.map((letter) => wordsOf(textOf(letter, 'body'))).filter((text) => text !== '');
  const subject = own.map((letter) => letter.subject).find((text) => text.trim() !== '');
  const body = words.join('\n');
  const adds = subject !== undefined && addsTo(subject, body);
  const parts = words.length === 0 ? (subject ? [subject] : []) : adds ? [plainSubject(subject), ...words] : words;
  const notes = roles.notes.map((letter) => wordsOf(textOf(letter, 'body'))).filter((text) => text !== '' && !isBareNote(text));
  const others = roles.others.map((letter) => wordsOf(textOf(letter, 'body'))).filter(isWorthPassing);
  const text = [...parts, ...others.map((one) => `Passed on: ${one}`), ...notes.map((one) => `Agency's note: ${one}`)].join('\n\n');
  if (text !== '')
    put('IssueNotes', text, {
      quote: parts[0] ?? text,
      where: roles.main.by === 'sender' ? 'body' : 'forwarded body',
      rule: "the person's own words",
    });
}

/** Whether somebody in between says anything of the fault, of getting in, or of whom to ring. */
function isWorthPassing(text: string): boolean {
  return (
    text !== '' &&
    (ITEM.test(text) ||
      SYMPTOM.test(text) ||
      /\b(keys?|access|alarm|code|appointment|insurance|warranty|ring|call|phone|number)\b|\d{5}/i.test(text))
  );
}

/** Whether a subject says of the fault what the body does not. */
function addsTo(subject: string, body: string): boolean {
  const said = bare(body);
  const told = [ITEM, SYMPTOM].flatMap((pattern) => bare(pattern.exec(cleanSubject(subject))?.[0] ?? '')).filter((word) => word !== '');
  return told.some((word) => !said.includes(word.replace(/s$/, '')));
}

/** The first category of the list that the title, or else the notes, name. */
export function readFault(values: Values, general: Rules, put: Put): void {
  for (const value of [values.IssueTitle, values.IssueNotes]) {
    const found = firstFitting(general.faults, value?.value ?? '');
    if (found && value)
      return void put('IssueFault', found.fault, { quote: value.value, where: value.evidence.where, rule: 'list of faults' });
  }
}

const sentences = new WeakMap<Roles, readonly string[]>();

function ownSentences(roles: Roles): readonly string[] {
  let known = sentences.get(roles);
  if (known === undefined) {
    const own = roles.typedByStaff ? [roles.main] : roles.own;
    known = own.flatMap((letter) => [...sentencesOf(letter.subject), ...sentencesOf(wordsOf(textOf(letter, 'body')))]);
    sentences.set(roles, known);
  }
  return known;
}

function noteSentences(roles: Roles): readonly string[] {
  return [...roles.notes, ...roles.others].flatMap((letter) => sentencesOf(textOf(letter, 'body')));
}
