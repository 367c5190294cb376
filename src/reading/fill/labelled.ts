/** The fields of a labelled mail: each from the value behind its label. */
import type { Evidence } from '../../domain/reading.ts';
import type { ReadingContext } from '../context.ts';
import { addressOfValue } from '../fields/address.ts';
import { wordsOf } from '../fields/notes.ts';
import { personIn } from '../fields/person.ts';
import { phonesIn, written } from '../fields/phone.ts';
import { postcodesIn } from '../fields/postcode.ts';
import { titleOf } from '../fields/title.ts';
import { type LabelledValue, type LabelledValues, LET_IN } from '../labelled.ts';
import type { LabelledLetter } from '../labelled-letter.ts';
import { textOf } from '../letter.ts';
import { sentencesOf } from '../plain.ts';
import { priorityNamed } from '../priority-words.ts';
import { firstPriority, firstRule } from '../rules.ts';
import type { Roles } from '../whose.ts';
import { ITEM, SYMPTOM } from '../words.ts';
import { putAddress } from './address.ts';
import type { Rules } from './by-template.ts';
import { putPerson } from './person.ts';
import { isAgencyNumber } from './phones.ts';
import type { Put } from './put.ts';

const evidenceOf = ({ label, value }: LabelledValue): Evidence => ({
  quote: `${label}: ${value}`,
  where: 'body',
  rule: `label "${label}"`,
});

/** Who the tenant is, where the property is, and the numbers, as far as labels tell. */
export function readLabelledTenant(found: LabelledValues, context: ReadingContext, put: Put): void {
  const numbers = [found.phone, found.secondPhone].flatMap((what) =>
    what ? phonesIn(`tel ${what.value}`, 'tenant').map((phone) => ({ phone, what })) : [],
  );
  const own = numbers.filter(({ phone }) => phone.owner !== 'foreign' && !isAgencyNumber(phone.number, context));
  const [first, second] = own;
  if (first) put('TenantPhonePrimary', written(first.phone.number, context.branch.phoneFormat), evidenceOf(first.what));
  if (second) put('TenantPhoneSecondary', written(second.phone.number, context.branch.phoneFormat), evidenceOf(second.what));

  const name = found.name ?? found.caller;
  const person = name ? personIn(name.value) : null;
  if (found.personTitle) put('TenantTitle', personIn(`${found.personTitle.value} Smith`)?.title, evidenceOf(found.personTitle));
  if (found.forename) put('TenantForename', personIn(found.forename.value)?.forename ?? found.forename.value, evidenceOf(found.forename));
  if (found.surname) put('TenantSurname', found.surname.value, evidenceOf(found.surname));
  if (name && person) putPerson(put, person, evidenceOf(name));
  if (found.email) put('TenantEMailAddress', /[^\s<>()]+@[^\s<>()]+\.[^\s<>()]+/.exec(found.email.value)?.[0], evidenceOf(found.email));

  if (found.address) {
    const { lines, postcode } = addressOfValue(found.address.value);
    putAddress(put, lines, postcode, evidenceOf(found.address));
  }
  if (found.postcode) put('PropertyPostcode', postcodesIn(found.postcode.value)[0]?.postcode, evidenceOf(found.postcode));
}

/**
 * What is wrong, as far as labels tell; sentences of the description decide on priority and presence where no label does.
 * @param byPerson whether the words beside the labels are a person's, and so belong to the notes
 */
export function readLabelledIssue(labelled: LabelledLetter, general: Rules, byPerson: boolean, roles: Roles, put: Put): void {
  const { problem, title, access, priority, presence } = labelled.values;
  const beside = byPerson ? [...roles.own, ...(roles.typedByStaff ? [roles.main] : [])] : [];
  const prose = [...new Set(beside)].map((letter) => wordsOf(textOf(letter, 'body'))).filter((text) => text.split(' ').length > 3);
  const staffNotes = roles.notes.map((letter) => wordsOf(textOf(letter, 'body'))).filter((text) => text !== '');

  if (problem) {
    const head = title && !/\b(other|general|repair|n\/a)\b/i.test(title.value) ? title.value : null;
    const way = access ? `${access.label}: ${access.value}` : null;
    const wish = presence && presence.value.split(/\s+/).length > 3 ? `${presence.label}: ${presence.value}` : null;
    const notes = [head, problem.value, way, wish, ...prose, ...staffNotes.map((note) => `Agency's note: ${note}`)].filter((part) => part);
    put('IssueNotes', notes.join('\n'), evidenceOf(problem));
  }
  const told = title ?? problem;
  // "Type of issue: Heating & hot water" says less than what is described.
  const kind = /\b(?:type|category|trade)\b/i.test(title?.label ?? '') ? ITEM.exec(title?.value ?? '')?.[0].toLowerCase() : undefined;
  const isVague =
    kind !== undefined &&
    !(problem?.value.toLowerCase().includes(kind) ?? true) &&
    sentencesOf(problem?.value ?? '').some((one) => ITEM.test(one) && SYMPTOM.test(one));
  const found = told ? titleOf(isVague ? '' : (title?.value ?? ''), problem?.value ?? '') : null;
  if (found && told) put('IssueTitle', found.title, evidenceOf(found.from === 'body' && problem ? problem : told));

  if (presence) {
    const isYes = /^\W*(yes|true|y|required|agreed|granted|allowed|ok|okay|given|please do|sure|fine)\b/i.test(presence.value);
    put('TenantPresenceRequested', LET_IN.test(presence.label) ? !isYes : isYes, evidenceOf(presence));
  }
  const sentences = sentencesOf([problem?.value, access?.value].join('\n'));
  const present = firstRule(general.presence, sentences);
  if (present) put('TenantPresenceRequested', present.rule.value, { quote: present.sentence, where: 'body', rule: present.rule.name });

  const named = priority ? priorityNamed(labelled.template.priorityWords, priority.value, priority.label) : null;
  const seen = firstPriority(general, sentencesOf(problem?.value ?? ''));
  if (priority && named && seen?.rule.priority !== 'Emergency') put('IssuePriority', named, evidenceOf(priority));
  else if (seen) put('IssuePriority', seen.rule.priority, { quote: seen.sentence, where: 'body', rule: seen.rule.name });
}
