/** Reads a message: a value with its evidence for every job field that its letters tell. */
import type { Address, Attachment, Message } from '../domain/message.ts';
import type { Missing, Reading, Values } from '../domain/reading.ts';
import type { ReadingContext } from './context.ts';
import { personIn } from './fields/person.ts';
import { postcodesIn } from './fields/postcode.ts';
import { readAddress } from './fill/address.ts';
import { fillByTemplate, fillFromNotes, isElsewhere, rulesOf as rulesFor } from './fill/by-template.ts';
import { readChatDate, readDate, readToldDate } from './fill/date.ts';
import { readFault, readNotes, readPresence, readPriority, readTitle } from './fill/issue.ts';
import { readLabelledIssue, readLabelledTenant } from './fill/labelled.ts';
import { putPerson, readIntroduced, readPerson } from './fill/person.ts';
import { readPhones } from './fill/phones.ts';
import { collector, type Put } from './fill/put.ts';
import { besideLabels, insideProblem, isByPerson, type LabelledLetter } from './labelled-letter.ts';
import { layoutOf } from './layout.ts';
import { type Letter, textOf } from './letter.ts';
import { bare } from './plain.ts';
import { labelOf } from './template/names.ts';
import { isStaff, nameWords } from './unwrap.ts';
import { isMachine, rolesOf } from './whose.ts';

/**
 * What labels tell comes first; what they leave out is read from the words beside them, where a person wrote those.
 * @throws Error when there is no template at all
 */
export function read(message: Message, letters: Letter[], attachments: Attachment[], context: ReadingContext): Reading {
  const general = context.templates.find((template) => template.name === 'general') ?? context.templates[0];
  if (general === undefined) throw new Error('no parsing template was given');
  const { values, put: fill } = collector();
  const { template, applied, labelled, otherwise } = layoutOf(letters, context);
  const put = applied === null ? fill : fillByTemplate(applied, values, fill);
  const rules = rulesFor(template, general);
  const byPerson = applied === null ? labelled === null || isByPerson(labelled.letter) : otherwise === 'general';
  const roles = rolesOf(labelled === null ? letters : besideLabels(letters, labelled));

  const told = labelled === null ? null : insideProblem(letters, labelled);
  const inside = told === null ? null : rolesOf(told);
  if (labelled !== null) {
    // Whom a gateway knows as "Anjali D" says the whole name.
    if (inside !== null && !hasSurname(labelled)) readIntroduced(inside, put);
    readLabelledTenant(labelled.values, context, put);
  }
  if (inside !== null && !byPerson && values.PropertyAddress1 === undefined)
    readAddress(inside, put, values.PropertyPostcode !== undefined);
  if (labelled !== null && values.PropertyAddress1 !== undefined && values.PropertyPostcode === undefined)
    readLonePostcode(labelled.letter, put);
  const [answer] = message.replyTo;
  if (
    !byPerson &&
    otherwise !== 'nothing' &&
    answer &&
    !isStaff(answer, context) &&
    !isMachine(answer.address) &&
    !RELAYS.test(answer.address) &&
    (answer.name === '' || personIn(answer.name) !== null) &&
    (applied === null || isElsewhere(answer, message.from))
  )
    put('TenantEMailAddress', answer.address, { quote: answer.address, where: 'header', rule: 'Reply-To' });
  if (!byPerson && otherwise !== 'nothing' && message.from && isTheirOwn(message.from, values, context))
    put('TenantEMailAddress', message.from.address, { quote: message.from.address, where: 'header', rule: 'From' });
  if (labelled !== null) readToldDate(labelled, context, put);
  readChatDate(roles, context, put);
  readDate(message, roles, context, put);
  // A portal's own numbers stand in its footer: only what a person wrote is searched for others than the labelled ones.
  if (inside !== null && told !== null && values.TenantPhonePrimary === undefined) readPhones(inside, told, context, put);
  if (byPerson && values.TenantPhonePrimary === undefined) readPhones(roles, letters, context, put);
  if (otherwise !== 'nothing' && values.PropertyAddress1 === undefined) readAddress(roles, put, values.PropertyPostcode !== undefined);
  if (byPerson && inside !== null && values.PropertyAddress1 === undefined && values.PropertyPostcode === undefined)
    readAddress(inside, put, false);
  if (byPerson) readPerson(roles, put, values);
  else if (roles.speaksFor !== null && values.TenantForename === undefined && values.TenantSurname === undefined)
    putPerson(put, roles.speaksFor.person, { quote: roles.speaksFor.quote, where: 'body', rule: 'a person named beside the labels' });

  if (applied !== null && otherwise !== 'general') fillFromNotes(values, rules, put);
  if (labelled !== null) readLabelledIssue(labelled, rules, byPerson, roles, put);
  if (otherwise !== 'nothing') {
    readPresence(roles, rules, put);
    // Of what a machine wrote beside the labels, nothing is said of this fault: "Smell gas? Ring …".
    if (byPerson || values.IssueNotes === undefined) readPriority(roles, rules, put);
    readNotes(roles, put);
  }
  readTitle(roles, message, attachments, put);
  if (rules.defaultPriority) put('IssuePriority', rules.defaultPriority, { quote: '', where: 'template', rule: 'defaultPriority' });
  readFault(values, rules, put);
  const missing: Missing[] = [];
  if (values.TenantPhonePrimary === undefined) missing.push('phone');
  if (values.PropertyAddress1 === undefined && values.PropertyPostcode === undefined) missing.push('address');
  return {
    template: labelOf(template ?? general),
    values,
    attachments: attachments.map((attachment) => attachment.part),
    missing,
    ...(applied?.branch && { branch: applied.branch }),
  };
}

/** Of a system that takes answers in: nobody's own address. */
const RELAYS = /@(?:reply|replies|inbound|incoming|parse)\./i;

function hasSurname({ values: { name, caller, surname } }: LabelledLetter): boolean {
  const told = surname?.value ?? personIn((name ?? caller)?.value ?? '')?.surname ?? '';
  return told.length > 1;
}

/** A postcode that is all of a line, where labels gave only the rest of the address. */
function readLonePostcode(letter: Letter, put: Put): void {
  const line = textOf(letter, 'body')
    .split('\n')
    .find((one) => postcodesIn(one)[0]?.quote === one.trim());
  if (line !== undefined)
    put('PropertyPostcode', postcodesIn(line)[0]?.postcode, { quote: line.trim(), where: 'body', rule: 'a line of its own' });
}

/** A form that sends in the name of whoever filled it in. */
function isTheirOwn(from: Address, { TenantForename, TenantSurname }: Values, context: ReadingContext): boolean {
  const names = nameWords(from);
  const told = [TenantForename?.value, TenantSurname?.value].map((name) => bare(name ?? ''));
  return !isStaff(from, context) && !isMachine(from.address) && told.every((name) => name !== '' && names.includes(name));
}
