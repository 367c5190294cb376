/** Reads structured mails that no template was written for: what their labels mean, and which values fit what the labels promise. */
import { addressOfValue } from './fields/address.ts';
import { personIn } from './fields/person.ts';
import { phonesIn } from './fields/phone.ts';
import { postcodesIn } from './fields/postcode.ts';
import { type Meaning, meaningOf, tellsWhen } from './pairs/meaning.ts';
import { type Extent, type Pair, pairsIn } from './pairs/pairs.ts';
import { bare } from './plain.ts';
import { LABELLED, type Labelled } from './template/names.ts';
import type { Template } from './template.ts';
import { ITEM, SYMPTOM } from './words.ts';

/** A yes to these says that nobody need be there. */
export const LET_IN =
  /\b(let ((our|your|them|him|her)sel(f|ves)|us|them) in|use (a |the |our |your )?(spare |office )?keys?|(enter|entry|access) (without|(if|when|while) (you are |tenant is |they are |you['’]re )?(out|away|absent))|(collect|pick up|using|use) (a |the |our |your |spare |management |office )*keys?|key access|keys? (be |to be )+used|permission to enter|consent to enter|(enter|come in|go in|access) (with|using) (a |the |our |your )?(own |spare |office |management )*keys?)\b/i;

export type LabelledValue = { label: string; value: string };
export type LabelledValues = Partial<Record<Labelled, LabelledValue>>;
/**
 * `taken`: the lines that are a label or its value; what is left was written beside them. `told`: what may say when the report was made, as
 * a date, a time, or both.
 */
export type LabelledText = { values: LabelledValues; taken: Set<string>; told: LabelledValue[] };

const EMPTY =
  /^\W*(not (provided|given|known|supplied|stated|specified|applicable|recorded)|none( (given|provided|supplied))?|n\/?a|unknown|nil|no|null|undefined|no (number|email|phone|answer)( given)?|not in (the |your )?(address book|contacts|phone book)|tbc|-+|—|\.+)?\W*$/i;
/** Whether a value says nothing: a long one is not matched, since a row of a thousand dashes would take seconds. */
function isEmpty(value: string): boolean {
  return value.length <= 80 ? EMPTY.test(value) : !/[\p{L}\p{N}]/u.test(value);
}
const YES_OR_NO =
  /^\W*(yes|no|true|false|y|n|required|not required|agreed|granted|refused|allowed|not allowed|ok|okay|not given|given|please do|sure|on|off)\b/i;
const EXTENTS: Partial<Record<Meaning, Extent>> = { problem: 'paragraphs', address: 'lines', access: 'lines' };

/** The values by what they are; null when the text is not of this kind: fewer than three known labels, or none that a report needs. */
export function labelledIn(text: string, template: Template): LabelledText | null {
  const { found, count, seen, taken, told } = labelledValues(text, template);
  const useful =
    (found.phone || found.secondPhone ? 1 : 0) +
    (found.address || found.postcode ? 1 : 0) +
    (found.problem ? 1 : 0) +
    (found.name || found.caller || found.surname ? 1 : 0);
  // A gateway tells who rang, when, and what was said, which may stand below all labels.
  const isKnownByNumber = seen >= (GATEWAY.test(text.slice(0, GATEWAY_WITHIN)) ? 2 : 3) && WHO_RANG.test(found.phone?.label ?? '');
  if (isKnownByNumber && /^\W*(?:your|our|to)\b/i.test(found.secondPhone?.label ?? '')) delete found.secondPhone;
  const beside = text.split(/\n\s*\n/).filter((part) => part.split('\n').every((line) => !taken.has(line)));
  if (isKnownByNumber && !found.problem) {
    const parts = beside.filter((part) => part.split(/\s+/).length >= 8);
    const said = parts.find((part) => !(GATEWAY.test(part) && text.trimStart().startsWith(part))) ?? parts[0];
    if (said !== undefined) found.problem = { label: 'message', value: said.trim().replace(/^\[?\d{1,2}:\d{2}\]?\s+/gm, '') };
  }
  const prose = count >= 3 && (!found.problem || CODE.test(found.problem.label)) ? beside.find(tellsFault)?.trim() : undefined;
  if (prose !== undefined)
    found.problem = found.problem
      ? { label: found.problem.label, value: `${prose}\n${found.problem.label}: ${found.problem.value}` }
      : { label: 'message', value: prose };
  const isCall = isKnownByNumber && (found.problem?.value.split(/\s+/).length ?? 0) >= 8;
  return isCall || (count >= 3 && useful >= 2) ? { values: found, taken, told } : null;
}

/** What stands beside the labels as prose, and is no advice of the system's own. */
function tellsFault(part: string): boolean {
  return ITEM.test(part) && SYMPTOM.test(part) && /[.!]\s*$/.test(part) && !/^\W*(?:if|in an|please|remember|do not)\b/i.test(part);
}

/** All values behind labels whose words are known. `count`: the labels that tell something; `seen`: with those of no use. */
export function labelledValues(
  text: string,
  template: Template,
): { found: LabelledValues; count: number; seen: number } & Pick<LabelledText, 'taken' | 'told'> {
  const known = knownLabels(template);
  const meanings = new Map<string, Meaning | null>();
  const meaning = (label: string): Meaning | null => {
    let found = meanings.get(label);
    if (found === undefined) {
      found = meaningOf(label, known);
      meanings.set(label, found);
    }
    return found;
  };
  const found: LabelledValues = {};
  const parts: LabelledValue[] = [];
  const unknown: Pair[] = [];
  const told: LabelledValue[] = [];
  const taken = new Set<string>();
  let count = 0;
  let useless = 0;
  let logged: LabelledValue | null = null;
  const extentOf = (label: string) => EXTENTS[meaning(label) ?? 'other'] ?? 'line';
  const pairs = pairsIn(text, (label) => meaning(label) !== null, extentOf);
  const others = ofOthers(pairs);
  for (const written of pairs) {
    const pair = { ...written, value: inEnglish(written.value) };
    const means = meaning(pair.label);
    if (means === null) {
      unknown.push(pair);
      continue;
    }
    for (const line of pair.lines) taken.add(line);
    // `Report a problem - Brightkeys Bristol` above the form itself.
    const isHeading =
      HEADING.test(pair.label) && pairs.some((one) => one !== written && meaning(one.label) === 'problem' && !isEmpty(one.value));
    // `Started: 27 May 2026, 15:20` of a chat, and not `Started: on Sunday evening`.
    const isWhen = /\d/.test(pair.value) && (means === 'other' || (means === 'access' && CLOCK.test(pair.value))) && tellsWhen(pair.label);
    if (means === 'other' || isWhen || isHeading || (others.has(written) && OF_PERSONS.has(means))) {
      useless += 1;
      if (isWhen) told.push({ label: pair.label, value: pair.value });
      if (means === 'access') count += 1;
      if (LOGGED_BY.test(pair.label) && personIn(pair.value)?.title) logged = { label: pair.label, value: pair.value };
      continue;
    }
    if (means === 'part') {
      // `Room: Hall` is where in the home the fault is.
      const isInside = /^\W*room\W*$/i.test(pair.label) && /^\p{L}{3,}$/u.test(pair.value);
      if (!isEmpty(pair.value) && !isInside) parts.push(pair);
      count += 1;
      continue;
    }
    const field = fieldOf(means, pair, found);
    if (field === null) continue;
    count += 1;
    if (!isEmpty(pair.value) || (field === 'presence' && YES_OR_NO.test(pair.value))) add(found, field, pair);
  }
  addParts(found, parts);
  if (logged !== null && !found.name && !found.caller && !found.surname && !found.forename) found.caller = logged;
  if (count >= 3) addUnknown(found, unknown, taken);
  if (pairs.some(({ label, value }) => PREFERS.test(label) && /^\W*mobile\b/i.test(value))) putMobileFirst(found);
  return { found, count, seen: count + useless, taken, told };
}

/** `Na / No`, in a form of two languages. */
function inEnglish(value: string): string {
  return /^\p{L}{1,6} ?\/ ?((?:yes|no)\b.*)$/iu.exec(value)?.[1] ?? value;
}

/** `PREFERS: MOBILE` */
const PREFERS =
  /^\W*(?:prefers?|preferred(?: contact)?(?: method| number| phone)?|best (?:contact )?(?:number|method)|contact (?:by|via|method)|ring(?: on)?)\W*$/i;
const MOBILE = /^\D*(?:44)?\D*0?7\d/;

function putMobileFirst(found: LabelledValues): void {
  const { phone, secondPhone } = found;
  if (phone && secondPhone && !MOBILE.test(phone.value) && MOBILE.test(secondPhone.value))
    Object.assign(found, { phone: secondPhone, secondPhone: phone });
}

const CLOCK = /\d{4}\b.*\b\d{1,2}:\d{2}|\b\d{1,2}:\d{2}\b.*\d{4}/;
const CODE = /\bcodes?\W*$/i;
/** What a gateway says of itself, at the beginning. */
const GATEWAY = /\b(?:sms|text message|whats ?app|voice ?mail|voice message)\b/i;
const GATEWAY_WITHIN = 120;

const HEADING = /^\W*report (?:an?|the) (?:new )?(?:problem|fault|repair|issue)\W*$/i;

const OF_PERSONS = new Set<Meaning>(['name', 'caller', 'phone', 'secondPhone', 'email', 'personTitle', 'forename', 'surname']);
const ABOUT_TENANT = /^\W*(?:the )?(?:tenant|occupier|occupant|resident|leaseholder|householder|customer|client|service user)s?\b/i;
const ABOUT_OTHER =
  /^\W*(?:the )?(?:reporter|reported by|referr(?:er|ed by)|raised by|logged by|submitted by|agent|landlord|owner|contractor|housing officer|officer|partner|organisation|managing agent|caller|informant)\b/i;

/** The pairs below a heading that names another than the tenant, where a heading of the same mail names the tenant. */
function ofOthers(pairs: Pair[]): Set<Pair> {
  const others = new Set<Pair>();
  const isHeading = ({ loose, value }: Pair) => loose && value === '';
  if (!pairs.some((pair) => isHeading(pair) && ABOUT_TENANT.test(pair.label))) return others;
  let isOther = false;
  for (const pair of pairs) {
    if (isHeading(pair)) isOther = ABOUT_OTHER.test(pair.label);
    else if (isOther) others.add(pair);
  }
  return others;
}

const knownByTemplate = new WeakMap<Template, Map<string, Labelled>>();

function knownLabels(template: Template): Map<string, Labelled> {
  let known = knownByTemplate.get(template);
  if (known === undefined) {
    known = new Map();
    for (const field of LABELLED) for (const label of template.labels[field] ?? []) known.set(bare(label), field);
    knownByTemplate.set(template, known);
  }
  return known;
}

/** Staff mostly, but a tenant where nobody else is named. */
const LOGGED_BY = /^\W*(?:logged|raised|created|submitted) by\W*$/i;

const NUMBER = /^[\d\s()+.-]{10,20}$/;
/** A gateway knows whoever rang or wrote by their number alone. */
const WHO_RANG = /^\W*(?:from|caller|caller id|originator|contact|sender|number|(?:whatsapp|contact) (?:no|number|phone))\W*$/i;

/** What the value makes of the label: `Title: Mr` names a person, `Title: Broken tap` the fault. Null where the value is of another kind. */
function fieldOf(means: Labelled, { label, value, loose }: Pair, found: LabelledValues): Labelled | null {
  const isAnswer = YES_OR_NO.test(value) && (means === 'presence' || (means === 'access' && LET_IN.test(label)));
  if (isEmpty(value) && !isAnswer) return loose ? null : means;
  switch (means) {
    case 'phone':
    case 'secondPhone':
      if (!loose && /^\W*(?:withheld|private|unknown|declined|refused|would not give|not given)\b/i.test(value)) return means;
      return phonesIn(`tel ${value}`, 'tenant').length > 0 ? means : null;
    case 'email':
      return value.includes('@') ? means : null;
    case 'forename':
      // `What should we call you?`
      return /\bcall you\b/i.test(label) && personIn(value)?.surname ? 'name' : means;
    case 'postcode':
      return postcodesIn(value).length > 0 ? means : null;
    case 'personTitle':
      return /^(mr|mrs|ms|miss|mx|dr|prof|rev)\b\.?\s*$/i.test(value) ? means : 'title';
    case 'access':
      return LET_IN.test(label) && YES_OR_NO.test(value) ? 'presence' : means;
    case 'presence':
      return YES_OR_NO.test(value) ? means : 'access';
    case 'name':
    case 'caller':
      // A header of an earlier mail: `From: Lee Roe <lee@…>`.
      if (/<[^>]*@/.test(value) && /^\W*(?:from|sender)\W*$/i.test(label)) return null;
      if (/^\S+@\S+$/.test(value)) return 'email';
      if (WHO_RANG.test(label) && NUMBER.test(value) && phonesIn(`tel ${value}`, 'tenant').length > 0) return 'phone';
      if (
        (/\n|@/.test(value) || (/^[\d+(]/.test(value) && /\bcontact\b/i.test(label))) &&
        phonesIn(`tel ${value}`, 'tenant').length > 0 &&
        personIn(withoutRest(value)) === null
      )
        return 'phone';
      if (value.length > 120 || personIn(withoutRest(value)) === null) return null;
      return means === 'name' && found.name ? 'caller' : means;
    case 'title':
      // `What: All the sockets are off, …` tells more than a title has room for.
      if (/^\W*re\W*$/i.test(label) && postcodesIn(value).length > 0) return 'address';
      if (/^(?:image|text|video|audio|document|new|open)$/i.test(value)) return null;
      return value.split(/\s+/).length > MOST_IN_TITLE && !found.problem ? 'problem' : means;
    case 'problem':
      if (CODE.test(label)) return value.length <= 60 ? means : null;
      if (/^[\w-]+(?:\.[\w-]+)+$/.test(value)) return null; // `event: message.inbound`
      return /\p{L}{3}/u.test(value.replace(/https?:\S+/g, '')) &&
        !(value.split(/\s+/).length <= 14 && phonesIn(value, 'tenant').length > 0)
        ? means
        : null;
    case 'address':
      if (!/\p{L}{3}/u.test(value.replace(/\(.*/, '')) && phonesIn(`tel ${value}`, 'tenant').length > 0) return 'phone';
      if (/^\W*(?:number |no\.? )?(?:withheld|unknown|private)\b/i.test(value)) return null;
      // `Tenancy: Sole, started 02/06/2025`
      if (/^\W*tenancy\W*$/i.test(label) && postcodesIn(value).length === 0) return null;
      if (/^\W*[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\W*$/i.test(value)) return 'postcode';
      return isAddress(value, loose) ? means : null;
    default:
      return means;
  }
}

const MOST_IN_TITLE = 14;
/** `Site: Brightkeys Lettings`, for whom a call was taken. */
const AGENCY = /\b(?:lettings?|estate agents?|property (?:management|services))\W*$/i;

function isAddress(value: string, loose: boolean): boolean {
  if (
    value.length > 300 ||
    (!/\d/.test(value) && AGENCY.test(value)) ||
    (!/\d/.test(value) && /\b[\w-]+\.(?:com|co|org|net|uk|example)\b/i.test(value))
  )
    return false;
  return loose ? /\d/.test(value) && addressOfValue(value).lines.length > 0 : /\p{L}{2}/u.test(value) && !value.includes('@');
}

/** A name without what stands behind it: `MISS IJEOMA BALOGUN   (TENANT)`, `Amara (housemate), 07400 123319`. */
function withoutRest(value: string): string {
  return value.split(BEHIND_NAME)[0]?.trim() ?? value;
}

const BEHIND_NAME =
  /\n|\s*<|\s{2,}|\s\(|,\s*(?=[\d+(]|(?:(?:the|your|our|a|is|who is) )?(?:tenants?|tnt|occupier|resident|lodger|leaseholder|calling|flat|apartment|room|unit)\b)|\s[-–—/|]\s|\btel\b|(?<=\p{L})\s(?=\+?\d)/iu;

function add(found: LabelledValues, field: Labelled, { label, value }: LabelledValue): void {
  const plain =
    field === 'problem'
      ? value.replace(/(?<![.!?:\s])\n(?=\p{Ll})/gu, ' ') // wrapped, and narrower than a mail program wraps
      : field === 'address'
        ? value
        : field === 'phone' || field === 'secondPhone'
          ? value.replace(/^\s*- /gm, '').replace(/\s*\n\s*/g, ', ')
          : value.replace(/\s*\n\s*/g, ' ');
  const isPerson = field === 'name' || field === 'caller';
  const shown = { label, value: isPerson ? withoutRest(value) : plain };
  const before = found[field];
  // "Category: Doors" above, "Summary: Letterbox broken" below it.
  const isPlainer =
    field === 'title' && /\b(?:category|type)\b/i.test(before?.label ?? '') && /\b(?:summary|subject|headline)\b/i.test(label);
  if (before === undefined || isPlainer) found[field] = shown;
  else if (field === 'access' || field === 'problem') found[field] = { label: before.label, value: `${before.value}\n${shown.value}` };
  else if (field === 'phone') found.secondPhone ??= shown;
  if ((field === 'phone' || isPerson) && plain.includes('@')) found.email ??= { label, value: plain };
  if (isPerson && phonesIn(plain, 'tenant').length > 0) found.phone ??= { label, value: plain };
}

/** Values whose labels say nothing to us, but which are plainly what is still missing: a name with its title, a postcode, a number, a fault. */
function addUnknown(found: LabelledValues, unknown: Pair[], taken: Set<string>): void {
  const take = (field: Labelled, isIt: (value: string) => boolean) => {
    if (found[field] !== undefined) return;
    const pair = unknown.find((one) => one.value !== '' && !one.lines.some((line) => taken.has(line)) && isIt(one.value));
    if (pair === undefined) return;
    add(found, field, pair);
    for (const line of pair.lines) taken.add(line);
  };
  if (!found.caller && !found.surname && !found.forename)
    take('name', (value) => /^(mr|mrs|ms|miss|mx|dr|prof|rev)\b/i.test(value) && personIn(withoutRest(value)) !== null);
  if (!found.postcode) take('address', (value) => postcodesIn(value).length > 0 && addressOfValue(value).lines.length > 0);
  for (const field of ['phone', 'secondPhone'] as const)
    take(field, (value) => NUMBER.test(value.replace(/\s*\([^\d()]*\)$/, '')) && phonesIn(`tel ${value}`, 'tenant').length > 0);
  take('problem', (value) => value.split(/\s+/).length >= 4 && ITEM.test(value) && SYMPTOM.test(value));
}

/** Lines of an address that have labels of their own, in the order in which they stand. */
function addParts(found: LabelledValues, parts: LabelledValue[]): void {
  if (parts.length === 0) return;
  const before = found.address;
  const fresh = parts.filter(({ value }) => !bare(before?.value ?? '').includes(bare(value)));
  const lines = fresh.map(({ label, value }) =>
    /^\d{1,4}[a-z]?$/i.test(value) && /\b(flat|unit|apartment|room)\b/i.test(label)
      ? `${label.match(/flat|unit|apartment|room/i)?.[0]} ${value}`
      : value,
  );
  found.address = {
    label: before?.label ?? parts[0]?.label ?? '',
    value: joinedNumber([...(before ? [before.value] : []), ...lines]).join('\n'),
  };
}

/** A house number in a field of its own belongs before the street. */
function joinedNumber(lines: string[]): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const before = out.at(-1);
    if (before !== undefined && /^\d{1,4}[a-z]?$/i.test(before)) out[out.length - 1] = `${before} ${line}`;
    else out.push(line);
  }
  return out;
}
