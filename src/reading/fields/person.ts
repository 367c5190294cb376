/** People's names: titles, forenames and surnames from display names, signatures and sentences. */

import { oneBlank, titleCase } from '../plain.ts';
import { remembered } from '../remembered.ts';

export type Person = { title: string | null; forename: string | null; surname: string | null };

const TITLES: Record<string, string> = {
  mr: 'Mr',
  mrs: 'Mrs',
  ms: 'Ms',
  miss: 'Miss',
  mx: 'Mx',
  dr: 'Dr',
  prof: 'Prof',
  professor: 'Prof',
  rev: 'Rev',
  revd: 'Rev',
  reverend: 'Rev',
  sir: 'Sir',
  dame: 'Dame',
  lady: 'Lady',
  lord: 'Lord',
  mister: 'Mr',
  doctor: 'Dr',
  fr: 'Fr',
};
export const TITLE_WORDS = 'Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Rev|Revd|Sir|Dame';
/** Words that begin a surname of several words. */
const PARTICLES = new Set([
  'van',
  'von',
  'der',
  'den',
  'de',
  'del',
  'della',
  'di',
  'da',
  'dos',
  'du',
  'la',
  'le',
  'el',
  'al',
  'bin',
  'bint',
  'ibn',
  'ben',
  'st',
  'saint',
  'ní',
  'ni',
  'ó',
  'o',
  'mac',
  'mc',
  'nic',
  'uí',
  'te',
  'ter',
  'ten',
  'zu',
  'af',
  'av',
  'ap',
  'san',
  'santa',
  'abu',
  'ould',
]);
const NOT_A_PERSON =
  /\d|@|\b(repairs?|maintenance|lettings?|property|properties|homes?|housing|support|team|office|admin|accounts?|info|enquiries|sales|noreply|no-reply|notifications?|notify|website|services?|portal|desk|ltd|llp|plc|limited|messages?|answer(ing)?|group|house|flat|tenants?|customer|student (house|union)|heating|plumbing|electrical|electrics|roofing|services?|solutions|contractors?|builders|cleaning|drains?|glazing|locksmiths?|boilers?|gas|energy|water|council|association|care|nursing|agency|estates?|rentals?|residential|management|managers?|leads?|enquir(y|ies)|reports?|alerts?|mailer|daemon|system|online|app|cloud|bookings?|billing|finance|hr|reception|helpdesk|help|hello|contact|mail|postmaster|scanner|printer|copier|ops|operations|dispatch|nightdesk|centre|center)\b/i;
const LETTERS_AFTER_NAME = /,?\s+\b(MARLA|FIA|MBE|OBE|CBE|BSc|BA|MA|MSc|PhD|MRICS|FRICS|FCA|ACA|RN|Esq|LLB|JP|QC|KC)\b.*$/;

const TITLE_IN_BRACKETS = new RegExp(`\\(\\s*(${TITLE_WORDS})\\.?\\s*\\)`, 'i');

/** @returns null where the text names no person. */
export const personIn: (text: string) => Person | null = remembered((text) => {
  const inBrackets = text.includes('(') ? TITLE_IN_BRACKETS.exec(text)?.[1] : undefined;
  let name = oneBlank(
    text
      .replace(/\([^)]*\)?/g, ' ')
      .replace(/\[[^\]]*\]?/g, ' ')
      .replace(/\p{Extended_Pictographic}|\u{fe0f}|\u{200d}/gu, ' ')
      .replace(LETTERS_AFTER_NAME, '')
      .replace(/["“”*_]/g, '')
      .replace(/\s*\|.*$/, '')
      .replace(/(?<=\S)\s+via\s.*$/i, '')
      .replace(/\b(x{1,4}|xo)$/i, ''),
  )
    .trim()
    .replace(/[.,;:!-]+$/, '');
  name = inLatin(name);
  if (name === '' || name.length > 70 || NOT_A_PERSON.test(name) || /^the\s/i.test(name)) return null;
  const swapped = /^([^,]+),\s*([^,]+)$/.exec(name);
  if (swapped) name = `${swapped[2]} ${swapped[1]}`;
  name = name.replace(/^(\S+)\s*(?:&|and\b)\s*\S+\s+/i, '$1 ');
  let words = titleCase(name).split(' ');
  if (words.some((word) => /^\p{Ll}/u.test(word) && !PARTICLES.has(word.toLowerCase()))) return null;
  let title = inBrackets ? (TITLES[inBrackets.toLowerCase()] ?? null) : null;
  while (words.length > 0 && TITLES[(words[0] ?? '').replace(/\.$/, '').toLowerCase()]) {
    title ??= TITLES[(words[0] ?? '').replace(/\.$/, '').toLowerCase()] ?? null;
    words = words.slice(1);
  }
  if (words.length === 0 || words.length > 6 || words.some((word) => !/^[\p{L}\p{M}'’.-]+$/u.test(word))) return null;
  const { forename, surname } = split(words, title !== null && !inBrackets);
  return { title, forename, surname };
});

/** `Wei Chen 陈伟` says the same name twice. */
function inLatin(name: string): string {
  if (/^[\u0000-\u024f’]*$/.test(name)) return name;
  const words = name.split(' ');
  const latin = words.filter((word) => /\p{Script=Latin}/u.test(word) || !/\p{L}/u.test(word));
  return latin.length >= 2 ? latin.join(' ') : name;
}

/** Where people have two surnames, the first of them is often one of these. */
const IBERIAN = new Set(
  'garcia lopez martinez rodriguez fernandez gonzalez sanchez perez gomez diaz ruiz moreno munoz alvarez romero torres navarro dominguez vazquez serrano ramos blanco suarez molina ortega delgado castro ortiz rubio marin nunez iglesias medina garrido cortes castillo santos silva ferreira pereira oliveira costa carvalho almeida ribeiro sousa souza rodrigues martins goncalves gomes lopes marques alves pinto teixeira moreira correia mendes nunes soares vieira monteiro cardoso rocha neves coelho cruz cunha pires reis simoes antunes matos fonseca tavares barbosa dias freitas borges barros machado'.split(
    ' ',
  ),
);

/** `Guimarães Neto`: whose grandson he or she is belongs to the surname. */
const GENERATION = /^(?:neto|neta|filho|filha|júnior|junior|jr\.?|sobrinho|ii|iii)$/i;

function split(words: string[], titled: boolean): { forename: string | null; surname: string | null } {
  const [only] = words;
  if (words.length === 1) return titled ? { forename: null, surname: only ?? null } : { forename: only ?? null, surname: null };
  const particle = words.findIndex(
    (word, index) => index < words.length - 1 && PARTICLES.has(word.toLowerCase().replace(/\.$/, '')) && (index > 0 || titled),
  );
  const family = words.length >= 3 && GENERATION.test(words.at(-1) ?? '') ? words.length - 2 : words.length - 1;
  const [, middle = ''] = words;
  if (words.length === 3 && IBERIAN.has(middle.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()))
    return { forename: only ?? null, surname: words.slice(1).join(' ') };
  // María del Carmen is one forename.
  const marian =
    /^mar[ií]a$/i.test(words[0] ?? '') && particle === 1 && words.length >= 4 ? 2 + Number(/^l[ao]s?$/i.test(words[2] ?? '')) : 0;
  const at = marian > 0 ? marian + 1 : particle >= 0 ? particle : words.length >= 4 ? Math.ceil(words.length / 2) : family;
  return { forename: words.slice(0, at).join(' ') || null, surname: words.slice(at).join(' ') };
}

/** The fuller of two ways in which the same person is named; the first is the more trusted. */
export function merged(first: Person | null, second: Person | null): Person | null {
  if (first === null || second === null) return first ?? second;
  const same = (a: string | null, b: string | null) =>
    a !== null && b !== null && a.normalize('NFKD').toLowerCase().slice(0, 1) === b.normalize('NFKD').toLowerCase().slice(0, 1);
  const agrees =
    same(first.forename, second.forename) ||
    (first.surname !== null && first.surname.toLowerCase() === second.surname?.toLowerCase()) ||
    first.forename === null;
  if (!agrees) return first;
  return {
    title: first.title ?? second.title,
    forename: longer(first.forename, second.forename),
    surname: same(first.surname, second.surname) ? longer(first.surname, second.surname) : (first.surname ?? second.surname),
  };
}

/** An initial gives way to a name. */
function longer(first: string | null, second: string | null): string | null {
  if (first === null) return second;
  const isInitials = /^\p{Lu}\.?(?:[ -]?\p{Lu}\.?){0,2}$/u.test(first);
  return isInitials && second !== null && second.length > first.length ? second : first;
}

const NAME = "[\\p{Lu}][\\p{L}'’-]+(?:\\s+(?:van|von|der|de|al|el|bin|St|Te|Ní|O)\\b)*(?:\\s+[\\p{Lu}][\\p{L}'’-]+){0,3}";
const INTRO = new RegExp(
  `\\b(?:[Tt]his is|[Ii]t['’]?s|I am|i am|[Ii]['’]?m|[Mm]y name is|[Nn]ame['’]?s)\\s+((?:(?:${TITLE_WORDS})\\.?\\s+)?${NAME})(?=\\s+(?:from|at|in|of|here|and|your|the tenant|flat|apartment|room)\\b|\\s+\\d|[.,!])`,
  'u',
);
const SMALL_INTRO =
  /\b(?:this is|it['’]?s|i am|i['’]?m|my name is)\s+(?!(?:a|an|the|about|just|not|so|very|my|your|our|been|still|really|now|only|all|to|no|in|at|on|from|that|this|there|here|for|got|getting|still)\b)([a-z][a-z'-]{2,}\s+[a-z][a-z'-]{2,})(?=\s+(?:from|at|here|flat|apartment|room|number|no)\b|,?\s+\d)/i;
/** The same in a text message, where nobody writes capitals: `its imran sheikh 43 bulwell garth`. */
export function introducedInSmall(text: string): { person: Person; quote: string } | null {
  const match = SMALL_INTRO.exec(text);
  const person = match === null ? null : personIn(match[1] ?? '');
  return match === null || person === null ? null : { person, quote: match[0] };
}

/** `this is Kev from flat 9`, `my name is Ana Silva.` */
export function introducedIn(text: string): { person: Person; quote: string } | null {
  const match = INTRO.exec(text);
  if (!match || !/^\p{Lu}/u.test(match[1] ?? '')) return null;
  const person = personIn(match[1] ?? '');
  return person === null ? null : { person, quote: match[0] };
}
