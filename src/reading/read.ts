/** Reads a message: a value with its evidence for every job field that its letters tell. */
import type { Attachment, Message } from '../domain/message.ts';
import type { Missing, Reading } from '../domain/reading.ts';
import type { ReadingContext } from './context.ts';
import { readAddress } from './fill/address.ts';
import { readDate } from './fill/date.ts';
import { readFault, readNotes, readPresence, readPriority, readTitle } from './fill/issue.ts';
import { readLabelledIssue, readLabelledTenant } from './fill/labelled.ts';
import { readPerson } from './fill/person.ts';
import { readPhones } from './fill/phones.ts';
import { collector } from './fill/put.ts';
import { besideLabels, isByPerson, labelledLetter } from './labelled-letter.ts';
import type { Letter } from './letter.ts';
import { labelOf } from './template.ts';
import { isStaff } from './unwrap.ts';
import { rolesOf } from './whose.ts';

/**
 * What labels tell comes first; what they leave out is read from the words beside them, where a person wrote those.
 * @throws Error when there is no template at all
 */
export function read(message: Message, letters: Letter[], attachments: Attachment[], context: ReadingContext): Reading {
  const general = context.templates.find((template) => template.name === 'general') ?? context.templates[0];
  if (general === undefined) throw new Error('no parsing template was given');
  const { values, put } = collector();
  const labelled = labelledLetter(letters, context);
  const byPerson = labelled === null || isByPerson(labelled.letter);
  const roles = rolesOf(labelled === null ? letters : besideLabels(letters, labelled));

  if (labelled !== null) readLabelledTenant(labelled.values, context, put);
  const [answer] = message.replyTo;
  if (!byPerson && answer && !isStaff(answer, context))
    put('TenantEMailAddress', answer.address, { quote: answer.address, where: 'header', rule: 'Reply-To' });
  readDate(message, roles, context, put);
  // A portal's own numbers stand in its footer: only what a person wrote is searched for others than the labelled ones.
  if (byPerson && values.TenantPhonePrimary === undefined) readPhones(roles, letters, context, put);
  if (values.PropertyAddress1 === undefined) readAddress(roles, put, values.PropertyPostcode !== undefined);
  if (byPerson) readPerson(roles, put, values);

  if (labelled !== null) readLabelledIssue(labelled, general, byPerson, roles, put);
  readPresence(roles, general, put);
  readPriority(roles, general, put);
  readTitle(roles, message, attachments, put);
  readNotes(roles, put);
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
