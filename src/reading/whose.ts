/** Whose letters they are: the report's own writer, the agency's staff, and people in between such as a landlord. */
import { type Address, domainOf } from '../domain/message.ts';
import { personIn } from './fields/person.ts';
import { type Named, spokenFor } from './fields/relay.ts';
import { type Letter, textOf } from './letter.ts';
import { bare } from './plain.ts';

export type Roles = {
  /** The letter that reports the fault: the innermost that staff did not write. */
  main: Letter;
  /** All letters of the same person, oldest first. */
  own: Letter[];
  /** What staff wrote above all letters of that person; what they wrote in between was written to that person. */
  notes: Letter[];
  /** Others between the two: a landlord who passed it on. */
  others: Letter[];
  /** Staff report themselves, for somebody who rang. */
  typedByStaff: boolean;
  /** The tenant for whom somebody else wrote the report: a relative, a carer, a neighbour, a landlord, a contractor. */
  speaksFor: Named | null;
};

function speaksFor(main: Letter): Named | null {
  const writer = personIn(main.from?.name ?? '');
  return spokenFor(textOf(main, 'body'), (person) =>
    person.forename === null
      ? bare(person.surname ?? '') === bare(writer?.surname ?? '?')
      : bare(person.forename).split(' ')[0] === bare(writer?.forename ?? '?').split(' ')[0],
  );
}

const known = new WeakMap<Letter[], Roles>();

/** The same for the same letters: sorting, reading and threads ask one after the other. */
export function rolesOf(letters: Letter[]): Roles {
  let roles = known.get(letters);
  if (roles === undefined) {
    roles = findRoles(letters);
    known.set(letters, roles);
  }
  return roles;
}

function findRoles(letters: Letter[]): Roles {
  const first = letters[0] as Letter;
  const main =
    letters.findLast((letter) => !letter.byStaff && letter.sections.length + letter.attachments.length > 0) ??
    letters.findLast((letter) => !letter.byStaff) ??
    first;
  const isOwn = (letter: Letter) =>
    letter === main ||
    (!letter.byStaff && letter.from !== null && letter.from.address !== '' && letter.from.address === main.from?.address);
  return {
    main,
    own: letters.filter(isOwn).toReversed(),
    notes: letters.slice(0, letters.findIndex(isOwn)).filter((letter) => letter.byStaff),
    others: letters.filter((letter) => !letter.byStaff && !isOwn(letter)),
    typedByStaff: main.byStaff,
    speaksFor: main.byStaff ? null : speaksFor(main),
  };
}

/** A firm that reports what it saw, and speaks for no tenant by name: a monitoring station, a caretaking company. */
export function isFirm({ main, typedByStaff }: Roles): boolean {
  const name = main.from?.name ?? '';
  return (
    !typedByStaff &&
    name !== '' &&
    personIn(name) === null &&
    !/\b(flat|house|room|tenants?|apartment|family|home)\b|\p{Script=Han}|\p{Script=Arabic}|\p{Script=Cyrillic}/iu.test(name) &&
    isBusiness(`${name}\n${textOf(main, 'signature')}`)
  );
}

/** The signature of a firm or a landlord's business: its numbers are not for reaching the tenant. */
export function isBusiness(signature: string): boolean {
  return /\b(ltd|limited|llp|plc|cic|lettings|estates|services|manager|director|landlord|heating|plumbing|electrical|roofing|roofers|drainage|joinery|glazing|locksmiths?|scaffolding|builders|contractors|gas safe|reg(istered)?\b|van|office|desk|recorded|switchboard|monitoring|remote|security|control|station)\b/i.test(
    signature,
  );
}

/** Called like its site, as `FixIt <jobs@fixit.example>` is: a company or its system, and no person. */
export function isNamedAfterSite({ name, address }: Address): boolean {
  const [site = ''] = domainOf(address).split('.');
  const plain = (text: string) => bare(text).replaceAll(' ', '');
  return name !== '' && plain(name) === plain(site);
}

/** An address that no person writes from: what it is called is no name. */
export function isMachine(address: string): boolean {
  return /^(?:no-?_?reply|do-?not-?reply|notifications?|notify|alerts?|mailer|system|robot|bot|bounces?|wordpress|wp|submissions?|slips|website|web|(?:web|contact|enquiry|online)-?forms?|forms?|reminders?|leads|portal|www|apache|nobody|httpd|updates?|automated?|messages?|scanner|scan|copier|printer|mfp|web-?hooks?|transcripts?|receipts?|voice-?mail)\b|[-_.]no-?reply@/i.test(
    address,
  );
}
