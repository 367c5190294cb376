/** Addresses without a postcode: from a flat, a house number or a building's name forwards. */

import { matchesIn } from '../matches.ts';
import { type AddressFound, START, WHOLE_UNIT, whoseAt } from './address.ts';
import { arranged, splitParts } from './address-parts.ts';
import { NAMED, ONE_WORD_STREET, PROSE, STREET_WORD, SURE_STREET_WORD, TOWN_ONLY, TOWN_START, TOWNS, UNIT } from './address-words.ts';
import { postcodesIn } from './postcode.ts';

const ONE_TOWN = new RegExp(TOWNS.source, 'i');
const SPOKEN_BEFORE =
  /\b(?:live at|living at|living in|reside at|we are at|we['’]re at|i am at|i['’]?m at|address(?: is|:)?|property(?: is| at|:)|tenants? (?:of|at|in)|rent(?:ing)?|flat is|house is|number|report for|repair (?:at|for)|^|from|at)\s*(?:no\.?\s*|number\s*)?$/i;

/** `Maisonette over the bakery` on the line above the street. */
function unitAbove(text: string, index: number): string | null {
  const lines = text.slice(0, index).split('\n');
  const above = (lines.at(-2) ?? '').trim().replace(/,$/, '');
  if (lines.at(-1)?.trim() !== '' || above.length > 45 || /[.!?:@]$/.test(above)) return null;
  const isDwelling =
    /^(?:the\s+)?(?:[\p{L}-]+\s){0,2}(?:flat|maisonette|apartment|studio|rooms?|annexe?|bedsit|loft|basement|floor|unit)\b/iu.test(above);
  return isDwelling || NAMED.test(above) ? above : null;
}

/** The town on the line below the street, or on the one below its district. */
function linesBelow(text: string, index: number): string[] {
  const [rest = '', ...below] = text
    .slice(index, index + 80)
    .split('\n')
    .map((line) => line.trim().replace(/[.,]$/, ''));
  if (rest !== '') return [];
  const [first = '', second = ''] = below;
  if (TOWN_ONLY.test(first)) return [first];
  return /^\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+)?$/u.test(first) && !PROSE.test(first) && TOWN_ONLY.test(second) ? [first, second] : [];
}

/** A house with a name and no number, where the words before it say that it is a place. */
const BUILDING =
  /\b(?:at|in|of|from|rent|renting|[Rr]e:?|[Rr]egarding|[Pp]roperty:?|[Aa]ddress(?:\s+is|:))\s+((?:[Tt]he\s+)?(?:\p{Lu}[\p{L}'’]+\s+){1,3}(?:House|Cottage|Lodge|Farm|Farmhouse|Barn|Hall|Mill|Court|Bungalow|Rectory|Vicarage|Manor|Villa|Mews|Lofts|Heights|Grange|Stables|Forge))\b((?:,\s*|\s+in\s+)\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+){0,2}(?:,\s*\p{Lu}[\p{L}'’-]+)?)?/gu;

/** The first address without a postcode: `flat 12 calder wharf`, `19 Huskar Crescent, Liverpool`. */
export function looseAddressIn(text: string): AddressFound | null {
  let other: AddressFound | null = null;
  for (const found of looseAddressesIn(text)) {
    if (found.whose !== 'other') return found;
    other ??= found;
  }
  return other;
}

/** All addresses without a postcode, in the order of the text; some belong to a whole address that has one. */
export function* looseAddressesIn(text: string): Generator<AddressFound> {
  const plain = corrected(text);
  let next = 0;
  for (const match of matchesIn(plain, START)) {
    if (match.index < next) continue;
    const isUnit = /^[a-z]|^\d+\s?\/|^\d(st|nd|rd|th)/i.test(match[0]);
    const line = plain.slice(match.index, match.index + 130).split('\n');
    const words =
      isUnit && WHOLE_UNIT.test((line[0] ?? '').trim().replace(/,$/, '')) && line[1] ? `${line[0]}, ${line[1]}` : (line[0] ?? '');
    const taken = takeAddress(words.slice(0, 120), isUnit, plain.slice(Math.max(0, match.index - 50), match.index));
    if (taken === null) continue;
    next = match.index + taken.length;
    const above = isUnit ? null : unitAbove(plain, match.index);
    const below = linesBelow(plain, match.index + taken.length);
    const parts = [...(above === null ? [] : [above]), ...splitParts(taken), ...below];
    yield { lines: arranged(parts), postcode: null, quote: parts.join(', '), index: match.index, whose: whoseAt(plain, match.index) };
  }
  for (const match of matchesIn(plain, BUILDING)) {
    const [, name = '', place = ''] = match;
    const index = match.index + match[0].indexOf(name);
    if (!NAMED.test(name) || PROSE.test(name) || PROSE.test(place)) continue;
    const parts = [name, ...splitParts(place.replace(/^(?:,|\s+in)\s*/, ''))];
    yield { lines: arranged(parts), postcode: null, quote: `${name}${place}`, index, whose: whoseAt(plain, index) };
  }
}

/** Reads an address forward from its start, up to the last word that can belong to one. */
function takeAddress(words: string, isUnit: boolean, before: string): string | null {
  const sentence = words.split(/(?<!\b(?:st|no|flt|apt))[.!?;:](?:\s|$)|\s[-–—]\s|[()]|\.\s*$/i)[0] ?? words;
  const tokens = matchesIn(sentence, /[\p{L}\p{N}'’./&-]+,?/gu).slice(0, 16);
  const isSpoken = SPOKEN_BEFORE.test(before);
  let end = 0;
  let isStreet = false;
  for (const [index, token] of tokens.entries()) {
    const word = token[0].replace(/[,.]$/, '');
    const upto = sentence.slice(0, token.index + token[0].length);
    const town = TOWN_START.exec(sentence.slice(token.index))?.[0];
    const previous = tokens[index - 1]?.[0] ?? '';
    if (index > 0 && breaksOff(word, sentence, token.index)) break;
    if (town && (isStreet || index > 1)) {
      end = token.index + town.length;
      if (isStreet) break;
    } else if (index > 0 && STREET_WORD.test(word) && !(index === 1 && /^(st|saint)$/i.test(word) && tokens.length > 2)) {
      const isName = /^\p{Lu}/u.test(word) && /^\p{Lu}|^\d/u.test(previous);
      const isOwn = index > 1 && isSpoken && !/^(the|a|left|right|back|front)$/i.test(previous);
      const isBeforeTown = index > 1 && TOWN_START.test(sentence.slice(token.index + token[0].length).trimStart());
      if (SURE_STREET_WORD.test(word) || isUnit || isName || isOwn || isBeforeTown) {
        if (/^the$/i.test(previous) && !isName && !isUnit) continue;
        isStreet = true;
        end = token.index + word.length;
      }
    } else if (WHOLE_UNIT.test(upto.replace(/,$/, '').trim())) end = token.index + word.length;
    else if (index === 1 && !isUnit && ONE_WORD_STREET.test(word) && isSpoken) {
      isStreet = true;
      end = token.index + word.length;
    }
  }
  if (!isStreet) return isUnit ? unitWithName(sentence) : null;
  const place =
    /^,\s*(\p{Lu}[\p{L}'’-]{2,}(?:\s+\p{Lu}[\p{L}'’-]+)?)(?=\s*(?:,|$))/u.exec(sentence.slice(end)) ??
    IN_DISTRICT.exec(sentence.slice(end));
  return sentence.slice(0, place && !PROSE.test(place[1] ?? '') ? end + place[0].length : end).trim();
}

/** `114 dawlish parade in selly oak, …` */
const IN_DISTRICT =
  /^ in ((?!(?:need|case|total|desperate|dire|poor|good|front|back|question|particular|general|fact)\b)\p{L}{4,}(?: \p{L}{3,})?)(?=,|$)/iu;

/** A word of prose ends the address; `in Leeds` and `Stow on the Wold` do not. */
function breaksOff(word: string, sentence: string, index: number): boolean {
  if (/^(st|dr|back|end|side)$/i.test(word)) return false;
  if (!PROSE.test(word) && !/^(in|on|at|to|by)$/.test(word)) return false;
  const after = sentence.slice(index + word.length).trim();
  if (/^(in|at)$/i.test(word)) return !TOWN_START.test(after);
  return !(/^on$/i.test(word) && /^(?:the\s+)?\p{Lu}/u.test(after));
}

const UNIT_WITH_NAME = new RegExp(
  `^(${UNIT}),?\\s+((?:The\\s+)?\\p{Lu}[\\p{L}'’-]+(?:\\s+\\p{Lu}[\\p{L}'’-]+){0,3})(,\\s*\\p{Lu}[\\p{L}'’ -]{2,30})?`,
  'u',
);

/** `Flat 12, The Quays, Leeds`: a unit, then capital words that name its building. */
function unitWithName(sentence: string): string | null {
  const match = UNIT_WITH_NAME.exec(sentence.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()));
  const name = match?.[2] ?? '';
  if (!match || PROSE.test(name) || /^(The|A|In|At|Our|My|No|It)$/.test(name)) return null;
  const town = match[3] && (ONE_TOWN.test(match[3]) || !PROSE.test(match[3])) ? match[3] : '';
  return sentence.slice(0, match[0].length - (match[3]?.length ?? 0) + town.length);
}

const TAKEN_BACK = /\b(?:sorry|no wait|i mean|correction)[,\s]+/gi;

/** `Smith Down Lane sorry Smithdown Lane`: what was said first is taken back. */
function corrected(text: string): string {
  let done = '';
  let from = 0;
  for (const match of matchesIn(text, TAKEN_BACK)) {
    const end = match.index + match[0].length;
    const wrong = /(?:[\p{L}'’]{1,30}\s+){1,4}$/u
      .exec(text.slice(Math.max(from, match.index - 140), match.index))?.[0]
      .trim()
      .split(/\s+/);
    const said = /^(?:[\p{L}'’]{1,30}\s+){0,3}[\p{L}'’]{1,30}/u.exec(text.slice(end, end + 140))?.[0].split(/\s+/);
    if (wrong === undefined || said === undefined) continue;
    const street = said.slice(0, said.findIndex((word) => STREET_WORD.test(word)) + 1).join('');
    const count = [1, 2, 3, 4].find((one) => street !== '' && wrong.slice(-one).join('').toLowerCase() === street.toLowerCase());
    if (count === undefined) continue;
    const before = text.slice(from, match.index).trimEnd();
    done += before.slice(0, before.lastIndexOf(wrong.at(-count) ?? ''));
    from = end;
  }
  return done + text.slice(from);
}

const SPOKEN_UNIT = new RegExp(
  `(?:\\b(?:i['’]?m|i am|we are|we['’]re|here|tenants?|from|live|living|address is|it['’]?s|this is|(?:this|it) is)\\s+(?:\\w+\\s+)?(?:in|at|from|of)?\\s*|^\\W*(?:re:\\s*)?)(${UNIT})`,
  'giu',
);

const ANY_UNIT = new RegExp(`\\b(${UNIT})`, 'giu');
/** What one has at least. */
const NAMES_UNIT = /\d|flat|apartment/i;

/** Flats that the writer names as the own one; in a subject any flat is. */
export function unitIn(text: string, isSubject: boolean): string[] {
  if (!NAMES_UNIT.test(text)) return [];
  const found = isSubject
    ? matchesIn(text, ANY_UNIT)
    : text.split('\n').flatMap((line) => (NAMES_UNIT.test(line) ? matchesIn(line, SPOKEN_UNIT) : []));
  return found.map((match) => arranged([(match[1] ?? '').trim()])[0] ?? '').filter((unit) => unit !== '' && NAMES_UNIT.test(unit));
}

/** The words of an address, with or without commas between them. */
function placeOf(quote: string): RegExp {
  return new RegExp(
    quote
      .split(/[\s,]+/)
      .map((word) => word.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&'))
      .join('[\\s,]+'),
    'i',
  );
}

/** A character that no text has after tidying. */
const POSTCODE_WAS = '\u0001';
/** `…, Darwen BB3 2AB` behind the street. */
const TOWN_BEHIND = /^(?:[\s,]+\p{Lu}[\p{L}'’-]+){0,3}[\s,]*\u0001/u;
const NUMBERED = /^\d{1,4}[a-z]?(?:\s?[-–/&]\s?\d{1,4}[a-z]?)?\s+\p{L}/iu;

/** What leads to a place. */
const AT = /[\s,(]*\b(?:(?:here|over|up|down)\s+)?(?:in|at|of|from|for)\s*$/i;

/** What to cut out of a subject, so that a title is left. @param inSentence whether the word before a place goes with it: `the shower at 3 Elm Road drips` */
export function withoutAddress(text: string, inSentence = false): string {
  let plain = text;
  for (const found of postcodesIn(text).toReversed())
    plain = `${plain.slice(0, found.index)}${inSentence ? POSTCODE_WAS : ''}${plain.slice(found.index + found.quote.length)}`;
  for (let round = 0; round < 3; round += 1) {
    const found = looseAddressIn(plain);
    // `Light on 2nd floor landing` is said of the fault.
    const isKept = inSentence && !found?.lines.some((line) => NUMBERED.test(line));
    const place = found === null || isKept ? null : placeOf(found.quote).exec(plain);
    if (place === null) break;
    const before = plain.slice(0, place.index);
    const behind = plain.slice(place.index + place[0].length);
    plain = inSentence ? `${before.replace(AT, '')} ${behind.replace(TOWN_BEHIND, '')}` : `${before} ${behind}`;
  }
  return plain.replaceAll(POSTCODE_WAS, '');
}
