/** Reads a message: a value with its evidence for every job field that its letters tell. */
import type { Attachment, Message } from '../domain/message.ts';
import type { Missing, Reading } from '../domain/reading.ts';
import type { ReadingContext } from './context.ts';
import { personIn } from './fields/person.ts';
import { readAddress } from './fill/address.ts';
import { readDate } from './fill/date.ts';
import { readFault, readNotes, readPresence, readPriority, readTitle } from './fill/issue.ts';
import { readLabelled } from './fill/labelled.ts';
import { readPerson } from './fill/person.ts';
import { readPhones } from './fill/phones.ts';
import { collector } from './fill/put.ts';
import { labelledLetter } from './labelled-letter.ts';
import type { Letter } from './letter.ts';
import { labelOf } from './template.ts';
import { isStaff } from './unwrap.ts';
import { rolesOf } from './whose.ts';

export function read(message: Message, letters: Letter[], attachments: Attachment[], context: ReadingContext): Reading {
  const general = context.templates.find((template) => template.name === 'general') ?? context.templates[0];
  if (general === undefined) throw new Error('no parsing template was given');
  const roles = rolesOf(letters);
  const { values, put } = collector();
  const labelled = labelledLetter(letters, context);
  if (labelled !== null) readLabelled(labelled.values, labelled.template, general, context, put, () => values);
  const [answer] = message.replyTo;
  if (labelled !== null && answer && !isStaff(answer, context))
    put('TenantEMailAddress', answer.address, { quote: answer.address, where: 'header', rule: 'Reply-To' });
  readDate(message, roles, context, put);
  if (labelled === null || (values.TenantPhonePrimary === undefined && labelled.values.phone === undefined && hasOwnVoice(labelled.letter)))
    readPhones(roles, letters, context, put);
  if (values.PropertyAddress1 === undefined) readAddress(roles, put, values.PropertyPostcode !== undefined);
  if (labelled === null) {
    readPerson(roles, put);
    readPresence(roles, general, put);
    readPriority(roles, general, put);
    readTitle(roles, message, attachments, put);
    readNotes(roles, put);
  }
  readFault(values, general, put);
  const missing: Missing[] = [];
  if (values.TenantPhonePrimary === undefined) missing.push('phone');
  if (values.PropertyAddress1 === undefined && values.PropertyPostcode === undefined) missing.push('address');
  return {
    template: labelOf(labelled?.template ?? general),
    values,
    attachments: attachments.map((attachment) => attachment.part),
    missing,
  };
}

/** A portal's own numbers stand in its footer; only a letter that a person wrote is searched for others than the labelled ones. */
function hasOwnVoice(letter: Letter): boolean {
  return letter.from !== null && personIn(letter.from.name) !== null && letter.byStaff;
}
