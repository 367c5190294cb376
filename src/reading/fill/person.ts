/** TenantTitle, TenantForename, TenantSurname and TenantEMailAddress: the person who reports, or whom they speak for. */
import type { Evidence, Place, Values } from '../../domain/reading.ts';
import { introducedIn, introducedInSmall, merged, type Person, personIn } from '../fields/person.ts';
import { lastWordsOf, surnameBehind, tenantIn } from '../fields/relay.ts';
import { type Letter, textOf } from '../letter.ts';
import { matchesIn } from '../matches.ts';
import { bare } from '../plain.ts';
import { isSignOff } from '../section.ts';
import { nameWords } from '../unwrap.ts';
import { isMachine, type Roles } from '../whose.ts';
import { ITEM, SYMPTOM } from '../words.ts';
import type { Put } from './put.ts';

/**
 * The person by whom, or on whose behalf, the report was written; the e-mail address only where it is that person's own.
 * @param known what labels told already: a name from a label is never mixed with another's
 */
export function readPerson(roles: Roles, put: Put, known: Values): void {
  const labelled = known.TenantForename?.value ?? known.TenantSurname?.value ?? null;
  if (labelled !== null) {
    if (!roles.typedByStaff && nameWords(roles.main.from).includes(bare(labelled))) putEmail(roles, put);
    return;
  }
  const { main } = roles;
  const body = textOf(main, 'body');
  if (roles.typedByStaff) {
    const introduced = introducedIn(body);
    const inside = inChat(body, nameWords(main.from));
    // `Sana Mirza: Hi, it's Sana`
    const isSame = introduced?.person.surname === null && inside !== null && inside.person.forename === introduced.person.forename;
    const tenant = tenantIn(body) ?? (isSame ? inside : introduced) ?? inside;
    if (tenant) putPerson(put, tenant.person, { quote: tenant.quote, where: 'note', rule: 'a person named by staff' });
    return;
  }
  const other = roles.speaksFor;
  if (other) {
    const where: Place = main.by === 'sender' ? 'body' : 'forwarded body';
    putPerson(put, other.person, { quote: other.quote, where, rule: 'written on behalf of somebody' });
    const theirs = THEIR_EMAIL.exec(body) ?? EMAIL_BESIDE.exec(body.slice(body.indexOf(other.quote) + other.quote.length));
    if (theirs && theirs[1] !== main.from?.address)
      put('TenantEMailAddress', theirs[1], { quote: theirs[0], where, rule: "the tenant's own address, as somebody else gives it" });
    return;
  }
  const shown = main.from === null || isMachine(main.from.address) ? null : personIn(main.from.name);
  const latin = shown !== null && /\p{Script=Latin}/u.test(main.from?.name ?? '');
  const words = nameWords(main.from);
  const signed = roles.own.map((letter) => signedName(letter, latin ? shown : null, words)).find((one) => one !== null) ?? null;
  const said =
    introducedIn(body) ??
    (signed !== null
      ? null
      : shown === null
        ? lastWordsOf(body)
        : shown.surname === null
          ? surnameBehind(body, shown.forename ?? '')
          : null);
  const isNickname = signed !== null && isNicknameOf(shown, signed.person);
  const isOther = signed !== null && isSecondOf(main.from?.name ?? '', signed.person);
  const isAlias = shown?.surname === null && !!said?.person.surname && said.person.forename !== shown.forename;
  const told = (latin && !isNickname && !isOther && !isAlias) || (signed === null && said === null) ? shown : null;
  const person = merged(merged(told, signed?.person ?? null), said?.person ?? null);
  if (person) {
    const evidence: Evidence = told
      ? { quote: main.from?.name ?? '', where: main.by === 'sender' ? 'header' : 'forwarded header', rule: 'From' }
      : { quote: signed?.quote ?? said?.quote ?? '', where: signed ? 'signature' : 'body', rule: signed ? 'signature' : 'introduction' };
    const from =
      signed && told && signed.person.title && !told.title
        ? { quote: signed.quote, where: 'signature' as Place, rule: 'signature' }
        : evidence;
    put('TenantTitle', person.title, from);
    putPerson(put, person, evidence);
    const noted = person.surname === null ? null : titleInNotes(roles, person.surname);
    if (noted) put('TenantTitle', noted.title, { quote: noted.quote, where: 'note', rule: 'how staff call the tenant' });
  }
  putEmail(roles, put);
}

/** The name by which somebody introduces himself in what a machine passes on. */
export function readIntroduced({ main }: Roles, put: Put): void {
  const text = textOf(main, 'body');
  const said = introducedIn(text) ?? introducedInSmall(text);
  if (said) putPerson(put, said.person, { quote: said.quote, where: 'body', rule: 'introduction' });
}

function putEmail({ main }: Roles, put: Put): void {
  // "Jo Marsh via Repairs" is written by a list or a portal.
  if (main.from?.address && !isMachine(main.from.address) && !/\svia\s/i.test(main.from.name))
    put('TenantEMailAddress', main.from.address, {
      quote: main.from.address,
      where: main.by === 'sender' ? 'header' : 'forwarded header',
      rule: 'From',
    });
}

const STYLED = /\b(?:[Mm]rs?|MRS?|[Mm]s|MS|[Mm]iss|MISS|[Mm]x|[Dd]r)\b\.?(?: \p{Lu}[\p{L}'’-]+){1,3}/gu;

/** Who else speaks in a chat that staff pasted: `[21/07/2026, 18:42:10] Lynne Shackleton: Hiya`. */
function inChat(body: string, staff: readonly string[]): { person: Person; quote: string } | null {
  for (const [, name = ''] of matchesIn(body, CHAT_LINE)) {
    const person = personIn(name);
    if (
      person !== null &&
      !bare(name)
        .split(' ')
        .some((word) => word.length > 1 && staff.includes(word))
    )
      return { person, quote: name };
  }
  return null;
}

const CHAT_LINE =
  /^\W?\d{1,2}[./]\d{1,2}[./]\d{2,4},? (?:at )?\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[ap]m)?\W{1,4}(\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+){0,2}): /gimu;

/** `Mr Achterberg has changed his phone`, above what Desmond Achterberg wrote. */
function titleInNotes({ notes }: Roles, surname: string): { title: string; quote: string } | null {
  for (const letter of notes) {
    for (const [quote] of matchesIn(textOf(letter, 'body'), STYLED)) {
      const person = personIn(quote);
      const isTheirs = bare(quote).split(' ').includes(bare(surname));
      if (person?.title && isTheirs) return { title: person.title, quote };
    }
  }
  return null;
}

/** `her email tuuli@…`, `the tenant's email is …` */
const THEIR_EMAIL =
  /\b(?:(?:her|his|their|tenants?['’]?s?)\b[^.!?\n@]{0,30}\be-?mail\b[^@\n]{0,20}?|(?:call|ring|reach|contact|text|phone|e-?mail) (?:her|him|them)\b[^.!?\n@]{0,50}?\b(?:write to|e-?mail(?: (?:her|him|them))?(?: (?:at|on|to))?|at|on) )([^\s<>()@,;:]+@[^\s<>()@,;:]+\.[a-z]{2,})/i;

/** `Ms Adaeze Okonjo, 07…, adaeze@…`: right behind the name. */
const EMAIL_BESIDE = /^[\s,;:/|()+\d-]{0,40}([^\s<>()@,;:]+@[^\s<>()@,;:]+\.[a-z]{2,})/i;

/** Sets the parts of the name that are known. */
export function putPerson(put: Put, person: Person, evidence: Evidence): void {
  put('TenantTitle', person.title, evidence);
  put('TenantForename', person.forename, evidence);
  put('TenantSurname', person.surname, evidence);
}

/** `Shaz` in From, and `Sharon Dunkley` below what she wrote. */
function isNicknameOf(shown: Person | null, signed: Person): boolean {
  const short = bare(shown?.forename ?? '');
  const long = bare(signed.forename ?? '');
  return shown?.surname === null && signed.surname !== null && short.length > 1 && long !== short && long.slice(0, 2) === short.slice(0, 2);
}

/** `Ken & Maureen Pilbeam` in From, and `Maureen Pilbeam` below what she wrote. */
function isSecondOf(name: string, { forename }: Person): boolean {
  const second = /^\S+ *(?:&|\+|\band\b) *(\p{L}[\p{L}'’-]+)/iu.exec(name)?.[1];
  return second !== undefined && forename !== null && bare(second) === bare(forename);
}

/** `Kev` below `Regards`, where From has no name. */
function isFirstName(text: string, above = ''): boolean {
  return /^\p{Lu}\p{Ll}{1,11}$/u.test(text.trim()) && isSignOff(above) && !isSignOff(text);
}

/** `boiler broken`, in the last lines of a mail without a name. */
function saysSomething(text: string): boolean {
  return text === text.toLowerCase() ? ITEM.test(text) || SYMPTOM.test(text) : ITEM.test(text) && SYMPTOM.test(text);
}

/** The line of a signature that names its writer; brackets may hold the fuller name: `Rowan (Mx Rowan Ashdown, they/them)`. */
function signedName(letter: Letter, shown: Person | null, words: readonly string[]): { person: Person; quote: string } | null {
  const lines = [...textOf(letter, 'signature').split('\n'), ...textOf(letter, 'body').split('\n').slice(-3)];
  let best: { person: Person; quote: string } | null = null;
  for (const line of lines.map((one) => one.trim()).filter((one) => one !== '' && one.length <= 90)) {
    const inner = /\(([^)]{4,60})\)?/.exec(line)?.[1]?.split(',')[0] ?? '';
    for (const text of [line.split(/[,|]/)[0] ?? '', inner]) {
      const person = personIn(text);
      if (!person) continue;
      const known =
        bare(text)
          .split(' ')
          .some((word) => word.length > 1 && words.includes(word)) ||
        (shown === null && (person.surname !== null || isFirstName(text, lines[0])) && !saysSomething(text)) ||
        (line === lines.at(-1)?.trim() && isNicknameOf(shown, person));
      const full = (one: Person) => Number(one.title !== null) + Number(one.surname !== null) + Number(one.forename !== null);
      if (known && (best === null || full(person) > full(best.person))) best = { person, quote: line };
    }
  }
  return best;
}
