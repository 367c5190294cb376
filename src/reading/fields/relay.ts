/** Whom a writer speaks for: the tenant named by a relative, a neighbour, a carer, a landlord, a contractor or the agency's staff. */

import { matchesIn } from '../matches.ts';
import { titleCase } from '../plain.ts';
import { ITEM } from '../words.ts';
import { PROSE, STREET_WORD, SURE_STREET_WORD, TOWN_ONLY } from './address-words.ts';
import { type Person, personIn, TITLE_WORDS } from './person.ts';

export type Named = { person: Person; quote: string };

const PARTICLE = '(?:van|von|der|de|del|della|di|da|dos|du|la|le|al|el|bin|bint|ibn|ben|St|Te|Ní|O|Mac)';
const NAME = `[\\p{Lu}][\\p{L}'’-]+(?: +${PARTICLE}\\b)*(?: +[\\p{Lu}][\\p{L}'’-]+){0,3}`;
const TITLED = `(?:${TITLE_WORDS})\\.?\\s+(?:${PARTICLE}\\s+)*${NAME}`;
const ANYONE = `(?:(?:${TITLE_WORDS})\\.?\\s+(?:${PARTICLE}\\s+)*)?${NAME}`;
const KIN =
  'daughter|son|mother|mum|mam|father|dad|parents|nan|nana|gran|grandma|grandad|grandmother|grandfather|wife|husband|partner|aunt|auntie|uncle|sister|brother|niece|nephew|cousin|neighbour|client|friend|flatmate|housemate|tenant|resident|service user|patient|customer|colleague|ward|employee';
const DEPENDANT = KIN.replace(/\|(?:wife|husband|partner|neighbour|friend|flatmate|housemate|colleague|employee)\b/g, '');
/** After a tenant's name: what only a tenant does. */
const LIVES =
  '(?:,?\\s+(?:who|and (?:he|she|they))\\s+(?:rents?|is (?:the|your|our) tenant|has (?:the|your) (?:flat|house|room))|,?\\s+(?:the|your|our|my) tenants?\\b|\\s*\\((?:the |your |our )?(?:tenant|tnt|caller|occupier|resident)s?\\b)';

/** Words without which a pattern cannot fit: they are looked for first, since nearly all mails are the tenant's own and have none of them. */
const SIGNS = {
  kin: new RegExp(`(?:${KIN})[, ]+\\p{Lu}`, 'u'),
  behalf: /on behalf of/,
  for: /for (?:[\p{L}]+[, ]+){0,6}\p{Lu}/u,
  forMy: /for my /,
  cares: /(?:I|[Ww]e|who) (?:support|care|look|visit|am (?:the )?carer|work)/,
  lives: /(?:who|that) (?:rent|live)/,
  role: /(?:carer|worker|officer|representative|solicitor|advocate|guardian|deputy|attorney|kin|mum|mother|father|dad|daughter|son|wife|husband|partner|sister|brother|parent) (?:for|of|to) /,
  of: new RegExp(`['’]s (?:${KIN}|carer|support|social|guardian)`),
  tenant: /[Tt]enant|assignee|transferee|occupier|resident|leaseholder|occupant|householder/,
  reached: / on (?:\+|\(?0)\d/,
  does: /rent|tenant|tnt|caller|occupier|resident|\bhas (?:the|your) /,
  from: / from /,
  oneOf: /\b[Oo]ne of /,
  tells: /tells|told|report|complain|has asked|called|rang|rung|phoned/,
};

/** Each is tried in turn; the first group is the name. */
const BEHALF = (
  [
    [
      'kin',
      `\\b(?:[Mm]y|[Oo]ur) (?:elderly |old |poorly )?(?:${DEPENDANT})[, ]+(${ANYONE})[, ]+(?:who |and )?(?:rents?|lives?|is (?:at|in|your|the tenant)|has (?:no|a|her|his|the)|at (?:flat|number|no|\\d))`,
    ],
    ['behalf', `\\bon behalf of (?:my |our |the |your )?(?:[\\p{L}-]+,? ){0,2}?(?:tenant |client )?(?:,\\s*)?(${ANYONE})`],
    [
      'for',
      `\\b(?:[Ww]rit(?:e|ing)|[Rr]eport(?:ing)?|[Ee]-?mail(?:ing)?|[Rr]inging|[Cc]alling|[Cc]ontact(?:ing)? you|[Tt]his is|sent|speak(?:ing)?|act(?:ing)?) (?:this |to you |you |in )?for (?:my |our |the |your )?(?:elderly |old |late |poorly )?(?:(?:${KIN})[, ]+)?(${ANYONE})`,
    ],
    ['forMy', `\\bfor my (?:elderly |old |poorly )?(?:${KIN})[, ]+(${ANYONE})`],
    ['forMy', `\\bfor my (?:elderly |old |poorly )?(?:${KIN})\\b[^.!?\\n]{0,60}?\\b(${TITLED})`],
    [
      'cares',
      `\\b(?:I|[Ww]e|who) (?:support|care for|look after|visit|am the carer for|am carer for|work with)s? (?:your tenant |a tenant |my (?:${KIN})[, ]+)?(${ANYONE})`,
    ],
    ['lives', `\\b(?:who|that) (?:rents?|lives?)(?: it| there| here| in it| next door)? is (?:called )?(${ANYONE})`],
    [
      'tenant',
      `\\b[Mm]y tenant\\b[^@]{0,400}?\\b(?:[Ss]he|[Hh]e|[Hh]er name|[Hh]is name|[Tt]heir name|[Tt]he name) is (?:called )?(${ANYONE})`,
    ],
    [
      'role',
      `\\b(?:carer|support worker|social worker|(?:housing|support|welfare|tenancy) officer|representative|solicitor|key ?worker|advocate|guardian|deputy|power of attorney|attorney|next of kin|mum|mother|father|dad|daughter|son|wife|husband|partner|sister|brother|parent) (?:for|of|to) (?:your tenant |the tenant |my (?:${KIN})[, ]+)?(${ANYONE})`,
    ],
    ['of', `\\b(?:I am|I['’]?m|[Tt]his is|it['’]?s) (${ANYONE})['’]s (?:${KIN}|carer|support worker|social worker|guardian)\\b`],
    [
      'tenant',
      `\\b(?:[Tt]he|[Yy]our|[Oo]ur|[Mm]y) (?:tenants?|occupiers?|residents?|leaseholders?|occupants?|householders?|assignees?|transferees?)(?: (?:there|here|in (?:the )?(?:flat|house|property)|at [^,.\\n]{3,40}))?(?:,| is| was|:| -| –| called| named)?\\s+(${ANYONE})`,
    ],
    ['tenant', `\\b(?:[Tt]he|[Yy]our|[Oo]ur|[Mm]y) (?:tenants?|occupiers?|residents?) (?:at|in|of) [^.!?\\n]{5,90}?,\\s+(${TITLED})`],
    ['tenant', `(?:^|\\n)\\s*(?:The )?[Tt]enant(?:['’]?s? name)?\\s*[:=–-]?\\s*(${ANYONE})`],
    ['oneOf', `\\b[Oo]ne of (?:our|my|your|the) (?:students?|tenants?|residents?|clients?|employees?|guests?|staff),? (${ANYONE})`],
    ['does', `(${ANYONE})${LIVES}`],
    [
      'reached',
      `(${ANYONE})(?=(?:['’]s (?:number|mobile|phone|tel))?,? (?:is|can be (?:reached|contacted|rung|called)) on (?:\\+|\\(?0)\\d)`,
    ],
    [
      'from',
      `\\b(?:text|call|message|e-?mail|voicemail|whats ?app|note|ring|word|complaint|report)(?: this (?:morning|afternoon|evening))? from (?:the tenant |my tenant |our tenant |your tenant )?(${TITLED})(?=,? (?:at|in|of|from) (?:the )?(?:flat|number|no\\b|apartment|\\d|\\p{Lu}))`,
    ],
    [
      'tells',
      `(${TITLED}) (?:rang|called|phoned|telephoned)(?: [^.!?\\n]{0,50})?(?:\\.\\d\\d)?[^.!?\\n]{0,30}[.,;] ?(?:She|He|They) (?:rents?|lives?|is (?:your|a|the) tenant|says?|reports?|would like)\\b`,
    ],
    [
      'tells',
      `(${TITLED}),? (?:at|of|in|from) [^.!?\\n]{3,80}? (?:tells|told|reports|reported|complains|complained|called|rang|phoned|telephoned|has (?:told|reported|complained|asked|called|rung|phoned))\\b`,
    ],
  ] satisfies [sign: keyof typeof SIGNS, source: string][]
).map(([sign, source]) => ({ pattern: new RegExp(source, 'gu'), sign, isReached: sign === 'reached' }));

const NOT_THE_TENANT =
  /\b(previous|former|old|last|next|new|other|landlord|agent|manager|plumber|engineer|electrician|contractor|neighbour|husband|wife|partner|flatmate|housemate|friend|boss|colleague|caretaker|concierge|porter|cleaner)\b[^.\n]{0,14}$/i;

/** Who speaks of the own kitchen is the tenant; who else is reached on a number is somebody else. */
const OWN_HOME =
  /\b(my|our) (?:\w+ )?(flat|house|home|room|kitchen|bathroom|bedroom|lounge|living room|hall|boiler|heating|toilet|loo|shower|bath|sink|oven|fridge|door|window|ceiling|landlord|tenancy|radiators?|washing machine)\b/i;

/** `The concierge gave me the number of the tenant, Mr Roe`, of whoever writes of the own flat below. */
const OF_ANOTHER_FLAT =
  /\b(?:upstairs|above|below|downstairs|next door|number of|(?:gave|given|got) me (?:the|his|her|their) (?:number|name|details))\b[^.!?\n]{0,30}$/i;
const LIVES_HERE = /\bI (?:live|rent) (?:in|at)\b|\bI['’]?m (?:the tenant|your tenant|a tenant|in flat|at flat)\b/i;

/** Whom a writer who is no tenant speaks for: `on behalf of my daughter Freya Lindqvist`, `the tenant, Mr Roe`. */
export function spokenFor(text: string, isWriter: (person: Person) => boolean): Named | null {
  const signs: { [Sign in keyof typeof SIGNS]?: boolean } = {};
  for (const { pattern, sign, isReached } of BEHALF) {
    signs[sign] ??= SIGNS[sign].test(text);
    if (!signs[sign]) continue;
    for (const match of matchesIn(text, pattern)) {
      const person = personIn(match[1] ?? '');
      if (person === null || isWriter(person) || isNoName(match[1] ?? '')) continue;
      if (/^\d/.test(text.slice(match.index + match[0].length))) continue; // half of a postcode
      const before = text.slice(Math.max(0, match.index - 60), match.index);
      if (OF_ANOTHER_FLAT.test(before) && LIVES_HERE.test(text)) continue;
      if (isReached && OWN_HOME.test(text) && !/\btenants?\b/i.test(text)) continue;
      if (NOT_THE_TENANT.test(text.slice(Math.max(0, match.index - 20), match.index))) continue;
      return { person, quote: match[0] };
    }
  }
  return null;
}

const TENANT = [
  `\\b(${TITLED})\\s*\\((?:the )?tenant`,
  `\\b(?:[Tt]enants?|TENANT|tnt|TNT|[Cc]aller)(?:['’]s name)?(?: is| named| called|,|:| -| –)?\\s+(${ANYONE})`,
  `\\b(${TITLED})\\b`,
  `\\b(${ANYONE})\\s*\\((?:the )?tenant`,
  `\\b(${NAME}) (?:has |just )?(?:rang|rung|called|phoned|emailed|texted|reports?|reported|came in|popped in|says|said|at (?:flat|number|\\d))`,
].map((source) => new RegExp(source, 'gu'));

/** The tenant as the agency's staff name one. */
export function tenantIn(text: string): Named | null {
  for (const pattern of TENANT) {
    for (const match of matchesIn(text, pattern)) {
      const person = personIn(match[1] ?? '');
      if (person === null || isNoName(match[1] ?? '')) continue;
      if (NOT_THE_TENANT.test(text.slice(Math.max(0, match.index - 20), match.index))) continue;
      return { person, quote: match[0] };
    }
  }
  return null;
}

const IN_CAPITALS = "\\p{Lu}(?:[\\p{L}'’-]+|\\.)?(?:\\s+\\p{Lu}[\\p{L}'’-]+)";
/** `… BS1 1AA. Regards, Pete Henderson` and `… NG7 3AB. Tom Ashby 07400 123002`, in one line with all else. */
const LAST_WORDS = [
  new RegExp(
    `\\b(?:regards|thanks|thank you|cheers|wishes|thx|ta|yours \\w+|sincerely)[\\s,.!–-]+((?:(?:${TITLE_WORDS})\\.?\\s+)?${IN_CAPITALS}{0,3})[\\s.!x]*$`,
    'iu',
  ),
  new RegExp(`(?:^|[.!?,;–-]\\s+)((?:(?:${TITLE_WORDS})\\.?\\s+)?${IN_CAPITALS}{1,3})[\\s,:–-]*\\(?(?:\\+|0)[\\d ()-]{8,16}\\W*$`, 'u'),
];

/** No thing, and no street: `Kitchen Tap`, `Oak Road Leeds`. */
function isPlausible(name: string): boolean {
  const [, ...rest] = name.split(/\s+/);
  return /^\p{Lu}/u.test(name) && !isNoName(name) && !ITEM.test(name) && !rest.some((word) => SURE_STREET_WORD.test(word));
}

/** The name with which a mail without a signature ends. */
export function lastWordsOf(text: string): Named | null {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  for (const pattern of LAST_WORDS) {
    const [quote = '', name = ''] = pattern.exec(line.slice(-160)) ?? [];
    const person = isPlausible(name) ? personIn(name) : null;
    if (person !== null) return { person, quote: quote.trim() };
  }
  return null;
}

/** `amara sesay, flat 2, …` in a message of Amara's, whom her telephone knows by that name alone. */
export function surnameBehind(text: string, forename: string): Named | null {
  if (!/^\p{L}{3,}$/u.test(forename)) return null;
  const match = new RegExp(
    `(?<![\\p{L}'’-])${forename} ([\\p{L}'’-]{3,})(?=\\s*(?:,|\\n|$|\\d|(?:from|at|flat|apartment|room)\\b))`,
    'iu',
  ).exec(text);
  const [quote = '', surname = ''] = match ?? [];
  const name = titleCase(`${forename} ${surname}`.toLowerCase());
  const person = quote === '' || PROSE.test(surname) || isNoName(name) || ITEM.test(name) ? null : personIn(name);
  return person?.surname ? { person, quote } : null;
}

/** Capital words that begin a sentence or name a thing, a day or a place, not a person. */
const COMMON =
  /^(?:The|This|That|These|Those|There|They|We|He|She|It|I|You|If|And|But|So|Please|Thanks?|Hi|Hello|Dear|Not|No|Yes|Just|Also|Has|Have|Had|Is|Was|Can|Could|Would|Will|When|What|Where|Which|Who|Why|How|Our|My|Your|His|Her|Their|Flat|Room|Apartment|Unit|House|Gas|Boiler|Heating|Water|Electric\w*|\w+day|British|Brightkeys|Repairs?|Urgent|Emergency|Access|Tel|Mob|Mobile|Phone|Landline|Call|Ring|Text|Contact|Home|Work|Postcode|Kitchen|Bathroom|Bedroom|Email|Number|Address|Name|Reported|Report|Issue|Fault|Problem|Property|Lettings|Landlord|Agent|Maintenance)$/;
const MONTH = /^(?:January|February|March|April|May|June|July|August|September|October|November|December)$/;

function isNoName(name: string): boolean {
  const words = name.split(/\s+/);
  return (
    words.some((word) => COMMON.test(word)) ||
    (words.length > 1 && STREET_WORD.test(words.at(-1) ?? '')) ||
    TOWN_ONLY.test(name) ||
    (words.length === 1 && MONTH.test(words[0] ?? ''))
  );
}
