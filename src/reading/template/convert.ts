/** Makes the fields of V3 from a text that a template found: what a field cannot hold is not taken. */

import { DateTime } from 'luxon';
import { type JobField, PRIORITIES, type Priority } from '../../domain/job.ts';
import type { Values } from '../../domain/reading.ts';
import type { ReadingContext } from '../context.ts';
import { addressOfValue } from '../fields/address.ts';
import { forwardedDate, headerDate, iso, isSensible } from '../fields/date.ts';
import { personIn } from '../fields/person.ts';
import { normalised, phonesIn, written } from '../fields/phone.ts';
import { postcodesIn } from '../fields/postcode.ts';
import { isAgencyNumber } from '../fill/phones.ts';
import { titleCase } from '../plain.ts';
import { priorityNamed } from '../priority-words.ts';
import type { Template } from '../template.ts';
import type { FieldName } from './names.ts';
import { emailIn, yesNo } from './steps.ts';

type Converted = { [F in JobField]?: NonNullable<Values[F]>['value'] };
/** `why`: what is wrong with the text, for `explain`. */
export type Conversion = { values: Converted } | { why: string };

const MOST_TITLE = 120;

/** @param net the template whose words for priorities are known */
export function convert(field: FieldName, text: string, context: ReadingContext, net: Template | undefined): Conversion {
  const value = text.trim();
  const oneLine = value.replace(/\s+/g, ' ');
  switch (field) {
    case 'TenantPhonePrimary':
    case 'TenantPhoneSecondary':
      return phone(field, value, context);
    case 'PropertyPostcode': {
      const [found] = postcodesIn(value);
      return found ? { values: { PropertyPostcode: found.postcode } } : { why: 'it has no postcode' };
    }
    case 'PropertyAddress': {
      const { lines, postcode } = addressOfValue(value);
      if (lines.length === 0 && postcode === null) return { why: 'it has no address' };
      const [first, second, third, fourth] = lines;
      return {
        values: {
          ...(first && { PropertyAddress1: first }),
          ...(second && { PropertyAddress2: second }),
          ...(third && { PropertyAddress3: third }),
          ...(fourth && { PropertyAddress4: fourth }),
          ...(postcode && { PropertyPostcode: postcode }),
        },
      };
    }
    case 'TenantName': {
      const person = personIn(oneLine.replace(/\([^)]*\)|<[^>]*>/g, ' ').trim());
      if (person === null) return { why: 'it does not look like a name' };
      return {
        values: {
          ...(person.title && { TenantTitle: person.title }),
          ...(person.forename && { TenantForename: person.forename }),
          ...(person.surname && { TenantSurname: person.surname }),
        },
      };
    }
    case 'TenantTitle': {
      const title = personIn(`${oneLine} Smith`)?.title;
      return title ? { values: { TenantTitle: title } } : { why: 'it is no title such as Mr or Dr' };
    }
    case 'TenantForename':
    case 'TenantSurname':
      return { values: { [field]: titleCase(oneLine) } };
    case 'TenantEMailAddress': {
      const email = emailIn(value);
      return email ? { values: { TenantEMailAddress: email } } : { why: 'it has no email address' };
    }
    case 'ReportedAt':
      return reportedAt(oneLine, context);
    case 'IssuePriority': {
      const priority = priorityOf(oneLine, net);
      return priority ? { values: { IssuePriority: priority } } : { why: `it says none of ${PRIORITIES.join(', ')}: use as: { map: … }` };
    }
    case 'TenantPresenceRequested': {
      const said = yesNo(oneLine);
      return said === null ? { why: 'it says neither yes nor no: use as: { map: … }' } : { values: { TenantPresenceRequested: said } };
    }
    case 'IssueTitle':
      return { values: { IssueTitle: oneLine.length > MOST_TITLE ? `${oneLine.slice(0, MOST_TITLE - 1).trimEnd()}…` : oneLine } };
    case 'IssueNotes':
      return { values: { IssueNotes: value.replace(/\n{3,}/g, '\n\n') } };
    default:
      return { values: { [field]: oneLine } };
  }
}

/** A second number beside the primary one is the secondary. */
function phone(field: 'TenantPhonePrimary' | 'TenantPhoneSecondary', value: string, context: ReadingContext): Conversion {
  const found = phonesIn(value, 'tenant').map((one) => one.number);
  const number = found.length > 0 ? found : [normalised(value)].filter((one) => one !== null);
  const own = number.filter((one) => !isAgencyNumber(one, context));
  const [first, second] = own;
  if (first === undefined) return { why: number.length > 0 ? 'it is a number of the agency' : 'it has no valid phone number' };
  const format = (one: string) => written(one, context.branch.phoneFormat);
  if (field === 'TenantPhoneSecondary') return { values: { TenantPhoneSecondary: format(first) } };
  return { values: { TenantPhonePrimary: format(first), ...(second && { TenantPhoneSecondary: format(second) }) } };
}

function reportedAt(value: string, context: ReadingContext): Conversion {
  const exact = DateTime.fromISO(value, { setZone: true, zone: context.branch.timeZone });
  const date = exact.isValid ? exact : (headerDate(value) ?? forwardedDate(value, context.branch.timeZone));
  if (date === null) return { why: 'it is no date that is known: use as: { date: dd/MM/yyyy HH:mm }' };
  return isSensible(date, context.receivedAt)
    ? { values: { ReportedAt: iso(date) } }
    : { why: 'this date cannot be: it is before 2000 or in the future' };
}

function priorityOf(value: string, net: Template | undefined): Priority | null {
  const named = PRIORITIES.find((priority) => priority.toLowerCase() === value.toLowerCase());
  if (named) return named;
  return priorityNamed(net?.priorityWords, value);
}
