/** TenantPhonePrimary and TenantPhoneSecondary, from all that the tenant and, for the tenant, the agency wrote. */
import type { Evidence } from '../../domain/reading.ts';
import type { ReadingContext } from '../context.ts';
import { normalised, type PhoneFound, phonesIn, written } from '../fields/phone.ts';
import { type Letter, textOf } from '../letter.ts';
import { bare } from '../plain.ts';
import { type Source, sourcesOf } from '../sources.ts';
import { nameWords } from '../unwrap.ts';
import { isBusiness, isFirm, isMachine, type Roles } from '../whose.ts';
import type { Put } from './put.ts';

/** Staff who say that the number below is dead, and give another. */
const NUMBER_CHANGED =
  /\b(number|mobile|phone|tel|no\.?)\b[^.!?\n]{0,60}\b(cut off|changed|no longer|out of date|old|wrong|dead|disconnected|does ?n[o'’]t work|not in use|lost|stolen)\b|\b(new|correct|right|current) (number|mobile|phone|one)\b|\b(changed|lost|broke|got rid of) (his|her|their) (number|mobile|phone|sim)\b|\bnot (on |the )+(one|number|mobile)\b[^.!?\n]{0,30}\b(below|mail|e-?mail|message|signature|gave|gives|wrote)\b/i;

/** Who is at work all day and wants to be rung there. */
const DESK_FIRST =
  /\b(reach|ring|call|get|try|phone|contact|catch)\b[^.!?\n]{0,24}\b(at|on) (my|the) (desk|work|office|direct line|work (line|number|phone))\b|\b(direct line|desk( phone)?|(office|work) (line|number|phone))\b[^.!?\n]{0,24}\b(is |works )?(best|first|preferred|better)\b/i;

/** Who is to be rung on the landline, and not only when the mobile is not answered. */
const LANDLINE_FIRST =
  /(?<!\bif [^.!?\n]{0,60})\b(?:ring|call|use|phone|prefer|try)\b[^.!?\n\d]{0,24}\blandline\b(?!.{0,20}(?:rarely|broken))|\blandline\b[^.!?\n]{0,30}\b(?:best|to ring|to call|preferred|rather than)/i;

/** The best two of all numbers that may be the tenant's: never the agency's, a contractor's or one quoted from somebody in between. */
export function readPhones(roles: Roles, letters: Letter[], context: ReadingContext, put: Put): void {
  const staffNumbers = new Set(
    letters
      .filter((letter) => letter.byStaff)
      .flatMap((letter) => phonesIn(textOf(letter, 'signature', 'footer'), 'tenant').map((phone) => phone.number)),
  );
  const otherNumbers = new Set(
    roles.others.flatMap((letter) => phonesIn(textOf(letter, 'body', 'signature'), 'tenant').map((phone) => phone.number)),
  );
  const body = textOf(roles.main, 'body', 'signature');
  const landlineFirst = /landline/i.test(body) && LANDLINE_FIRST.test(body);
  const deskFirst = DESK_FIRST.test(body);
  const mobileOnly = /\bmobile only\b|\bnot the (office|work) (line|number|phone)\b/i.test(body);
  const found: { phone: PhoneFound; source: Source }[] = [];
  for (const source of sourcesOf(roles)) {
    if (roles.others.includes(source.letter)) continue;
    const isRelay = (roles.speaksFor !== null || isFirm(roles)) && roles.own.includes(source.letter);
    const isSignature = source.where.includes('signature');
    if (isRelay && isSignature && (isBusiness(source.text) || !isClose(body))) continue;
    // The letter that a system of a firm writes is signed by the firm.
    if (isSignature && isMachine(source.letter.from?.address ?? '') && (isBusiness(source.text) || /\bmanagement\b/i.test(source.text)))
      continue;
    for (const phone of phonesIn(source.text, isRelay ? 'relay' : source.voice)) {
      if (isRelay && isSignature) phone.owner = 'family';
      if (!isRelay && isSignature && source.voice === 'tenant' && isDesk(source.text, phone)) {
        if (deskFirst) Object.assign(phone, { owner: 'own', use: 'preferred' });
        else if (phone.owner === 'foreign') phone.owner = 'family';
      }
      if (source.voice === 'staff' && endsInName(source.text.slice(0, phone.index), source.letter)) phone.owner = 'foreign';
      const taken = found.some((one) => one.phone.number === phone.number);
      const barred =
        phone.owner === 'foreign' ||
        isAgencyNumber(phone.number, context) ||
        otherNumbers.has(phone.number) ||
        (staffNumbers.has(phone.number) && source.voice === 'staff');
      if (!taken && !barred && !(mobileOnly && !phone.isMobile)) found.push({ phone, source });
    }
  }
  const given = found.filter(({ source }) => source.voice === 'staff' && source.where === 'note');
  if (given.length > 0 && roles.notes.some((letter) => NUMBER_CHANGED.test(textOf(letter, 'body'))))
    found.splice(0, found.length, ...given);
  const rank = ({ phone, source }: (typeof found)[number]) =>
    (phone.owner === 'family' ? 8 : 0) +
    { preferred: -3, plain: 0, last: 4 }[phone.use] +
    (phone.isMobile === landlineFirst ? 2 : 0) +
    (source.where.includes('signature') && !phone.labelled ? 1 : 0);
  const ranked = found.map((one, index) => ({ ...one, index })).toSorted((a, b) => rank(a) - rank(b) || a.index - b.index);
  const evidence = ({ phone, source }: (typeof found)[number]): Evidence => ({
    quote: around(source.text, phone.index, phone.quote.length),
    where: source.where,
    rule: phone.labelled ? 'labelled phone number' : `phone number, ${phone.owner}`,
  });
  const [first, second] = ranked;
  if (first) put('TenantPhonePrimary', written(first.phone.number, context.branch.phoneFormat), evidence(first));
  if (second) put('TenantPhoneSecondary', written(second.phone.number, context.branch.phoneFormat), evidence(second));
}

/** `… so urgent please. Kofi 07…`: staff sign a short note in the same line. */
function endsInName(before: string, letter: Letter): boolean {
  const last = /(\p{L}[\p{L}'’-]*)[\s,:–-]*$/u.exec(before.slice(-30))?.[1];
  return last !== undefined && last.length > 1 && nameWords(letter.from).includes(bare(last));
}

/** The number of the tenant's own desk: in a signature it is a second way to reach the tenant. */
function isDesk(signature: string, { index, isMobile }: PhoneFound): boolean {
  const line = signature.slice(signature.lastIndexOf('\n', index) + 1, index);
  return !isMobile && /\b(office|work|ddi|direct|desk|surgery|school)\b\W*(?:line|no|number|tel)?\W*$/i.test(line);
}

/** Whether who writes for the tenant is near enough to be rung instead. */
function isClose(body: string): boolean {
  return /\bmy (?:\w+ )?(?:mum|mam|mother|dad|father|parents|son|daughter|nan\w?|gran\w*|aunt\w*|uncle|wife|husband|partner|sister|brother|niece|nephew|friend|client|flatmate|housemate)\b|\b(?:carer|care for|look after|neighbour|support(?:ing)?|guardian|next of kin)\b/i.test(
    body,
  );
}

const agencyNumbers = new WeakMap<ReadingContext['agency'], Set<string | null>>();

/** @param number E.164 */
export function isAgencyNumber(number: string, { agency }: ReadingContext): boolean {
  let known = agencyNumbers.get(agency);
  if (known === undefined) {
    known = new Set([...agency.phones, agency.outOfHoursPhone ?? ''].map(normalised));
    agencyNumbers.set(agency, known);
  }
  return known.has(number);
}

/** The words around a find, so that a person recognises the place. */
function around(text: string, index: number, length: number): string {
  const start = Math.max(text.lastIndexOf('\n', index) + 1, index - 40);
  return text.slice(start, Math.min(text.length, index + length)).trim();
}
