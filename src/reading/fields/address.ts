/** Where the fault is: UK address lines around a postcode, or from a flat, building or street where no postcode is given. */
import { arranged, isAddressLine, splitParts } from './address-parts.ts';
import { NAMED, NUMBER, ONE_WORD_STREET, PROSE, STREET_WORD, SURE_STREET_WORD, TOWN_START, TOWNS, UNIT } from './address-words.ts';
import { postcodesIn } from './postcode.ts';

/** `other`: the words around it say that it is not the place of the fault: an office, a relative's, an earlier home. */
export type Whose = 'home' | 'unknown' | 'other';
export type AddressFound = { lines: string[]; postcode: string | null; quote: string; index: number; whose: Whose };

const START = new RegExp(`(?<![\\w£€$.,:/-])(?:${UNIT}|${NUMBER},?\\s+(?=[a-z'’]{2,}))`, 'giu');
const WHOLE_UNIT = new RegExp(`^${UNIT}$`, 'iu');
const ONE_TOWN = new RegExp(TOWNS.source, 'i');
const OTHER =
  /\b(work(s|ing)? (at|from|in|for)|(my|our|her|his|their) (new|old|previous|former|last|parents?|mum|mother|dad|father|sister|brother|daughter|son|friend|partner|employer|work|correspondence|postal|billing|forwarding)(['’]?s)?\b|office|registered|head ?office|correspondence|postal address|forwarding|landlord|agent['’]?s|contractor|neighbou?rs?|moved? (out of|from)|moving (to|out)|used to (live|rent)|previously|post (it|them|this|the \w+) to|sent? (it|them) to|collect(ed)? from|(live|lives|living|stay|staying) (with|at my)|nearest|depot|shop at)\b[^.!?\n]{0,50}$/i;
const HOME =
  /\b(fault|problem|property|tenants? (of|at|in)|rent(ing|ed)?|(i|we) (live|am|are)|i['’]m|we['’]re|address( is)?|flat is|house is|home|let|tenancy|repair)\b[^.!?\n]{0,50}$/i;

/** Every address with a postcode, in the order of the text. */
export function addressesIn(text: string, notLines: (line: string) => boolean): AddressFound[] {
  return postcodesIn(text).map((found) => {
    const before = text.slice(0, found.index);
    const lines = before.split('\n');
    const sameLine = lines.at(-1) ?? '';
    const parts: string[] = [];
    const inline = lineParts(sameLine.replace(/[\s,(]*(?:\b(?:my |the |and )?post ?code(?: is)?)?\s*[:-]?\s*$/i, ''));
    let start = found.index - (inline?.length ?? 0);
    if (inline !== null) parts.unshift(...inline.parts);
    if (inline === null || inline.whole) {
      for (let index = lines.length - 2, at = before.length - sameLine.length - 1; index >= 0 && index >= lines.length - 12; index -= 1) {
        const line = (lines[index] ?? '').trim();
        const above = lines[index - 1] ?? '';
        at -= (lines[index] ?? '').length + 1;
        if (line === '' && above.length < 40 && isAddressLine(above) && !notLines(above.trim())) continue;
        if (line === '' || line.length > 70 || notLines(line)) break;
        const read = lineParts(line.replace(/,$/, ''));
        if (read === null || (!read.whole && !read.starts)) break;
        if (read.whole && PROSE.test(line)) break;
        parts.unshift(...read.parts);
        start = Math.max(0, at);
        if (!read.whole) break;
      }
    }
    if (inline === null && parts.length === 0) {
      const after = text.slice(found.index).split('\n')[0] ?? '';
      if (/\)/.test(after)) parts.unshift(...(lineParts(sameLine.replace(/\($/, '').trim())?.parts ?? []));
    }
    const quote = [...parts, found.quote].join(', ');
    return { lines: arranged(parts), postcode: found.postcode, quote, index: found.index, whose: whoseAt(text, start) };
  });
}

/** Whose address begins there, by the words before it in the same sentence or on the line above. */
function whoseAt(text: string, start: number): Whose {
  const before = text.slice(Math.max(0, start - 110), start);
  const sentence = before.split(/[.!?]\s|\n\s*\n|\bbut\b/).at(-1) ?? '';
  const flat = sentence.replace(/\n/g, ' ');
  if (OTHER.test(flat)) return 'other';
  return HOME.test(flat) ? 'home' : 'unknown';
}

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
  for (const match of plain.matchAll(START)) {
    if (match.index < next) continue;
    const isUnit = /^[a-z]|^\d+\s?\/|^\d(st|nd|rd|th)/i.test(match[0]);
    const line = plain.slice(match.index, match.index + 130).split('\n');
    const words =
      isUnit && WHOLE_UNIT.test((line[0] ?? '').trim().replace(/,$/, '')) && line[1] ? `${line[0]}, ${line[1]}` : (line[0] ?? '');
    const taken = takeAddress(words.slice(0, 120), isUnit, plain.slice(Math.max(0, match.index - 50), match.index));
    if (taken === null) continue;
    next = match.index + taken.length;
    yield { lines: arranged(splitParts(taken)), postcode: null, quote: taken, index: match.index, whose: whoseAt(plain, match.index) };
  }
}

const SPOKEN_BEFORE =
  /\b(?:live at|living at|living in|reside at|we are at|we['’]re at|i am at|i['’]?m at|address(?: is|:)?|property(?: is| at|:)|tenants? (?:of|at|in)|rent(?:ing)?|flat is|house is|number|report for|repair (?:at|for)|^|from|at)\s*(?:no\.?\s*|number\s*)?$/i;

/** Reads an address forward from its start, up to the last word that can belong to one. */
function takeAddress(words: string, isUnit: boolean, before: string): string | null {
  const sentence = words.split(/[.!?;:](?:\s|$)(?<!\b(?:st|no|flt|apt)\.\s)|\s[-–—]\s|[()]|\.\s*$/i)[0] ?? words;
  const tokens = [...sentence.matchAll(/[\p{L}\p{N}'’./&-]+,?/gu)];
  let end = 0;
  let streets = 0;
  let isSure = false;
  for (const [index, token] of tokens.slice(0, 16).entries()) {
    const word = token[0].replace(/,$/, '');
    const upto = sentence.slice(0, token.index + token[0].length);
    if (index > 0 && (PROSE.test(word) || /^(in|on|at|to|by|the\s+\w+\s+in)$/.test(word)) && !/^(st|dr|back|end|side)$/i.test(word)) {
      if (
        !(
          /^(on|in|at)$/i.test(word) &&
          /\p{Lu}\p{Ll}+\s*$/u.test(upto.slice(0, -word.length)) &&
          /^\s+(?:the\s+)?\p{Lu}/u.test(sentence.slice(upto.length))
        )
      )
        break;
      if (/^(in|at)$/i.test(word) && !TOWN_START.test(sentence.slice(upto.length).trim())) break;
    }
    const isTown = ONE_TOWN.test(word) || TOWN_START.test(sentence.slice(token.index));
    const named = /^\p{Lu}/u.test(word) && /^\p{Lu}|^\d/u.test(tokens[index - 1]?.[0] ?? '');
    if (
      index > 0 &&
      STREET_WORD.test(word) &&
      (SURE_STREET_WORD.test(word) || isUnit || named || /^(the|The)$/.test(tokens[index - 1]?.[0] ?? ''))
    ) {
      const isSaint = /^st\.?$/i.test(word) && index === 1 && /^\s+\p{L}/u.test(sentence.slice(upto.length));
      const isArticle = /^the$/i.test(tokens[index - 1]?.[0] ?? '') && !named && !isUnit;
      if (isSaint || isArticle) continue;
      if (streets === 0) isSure = SURE_STREET_WORD.test(word) || named;
      streets += 1;
      end = token.index + word.length;
    } else if (isTown && (streets > 0 || index > 1)) {
      const town = TOWN_START.exec(sentence.slice(token.index))?.[0] ?? word;
      end = token.index + town.length;
      if (streets > 0) break;
    } else if (WHOLE_UNIT.test(upto.replace(/,$/, '').trim())) end = token.index + word.length;
    else if (index === 1 && !isUnit && ONE_WORD_STREET.test(word) && SPOKEN_BEFORE.test(before)) {
      streets += 1;
      isSure = true;
      end = token.index + word.length;
    }
  }
  const taken = sentence.slice(0, end).trim();
  if (streets > 0 && (isSure || isUnit)) return taken;
  return isUnit ? unitWithName(sentence) : null;
}

/** `Flat 12, The Quays, Leeds`: a unit, then capital words that name its building. */
function unitWithName(sentence: string): string | null {
  const match = new RegExp(
    `^(${UNIT}),?\\s+((?:The\\s+)?\\p{Lu}[\\p{L}'’-]+(?:\\s+\\p{Lu}[\\p{L}'’-]+){0,3})(,\\s*\\p{Lu}[\\p{L}'’ -]{2,30})?`,
    'u',
  ).exec(sentence.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()));
  const name = match?.[2] ?? '';
  if (!match || PROSE.test(name) || /^(The|A|In|At|Our|My|No|It)$/.test(name)) return null;
  const town = match[3] && (ONE_TOWN.test(match[3]) || !PROSE.test(match[3])) ? match[3] : '';
  return sentence.slice(0, match[0].length - (match[3]?.length ?? 0) + town.length);
}

/** `Smith Down Lane sorry Smithdown Lane`: what was said first is taken back. */
function corrected(text: string): string {
  if (!/\b(sorry|no wait|i mean|correction)\b/i.test(text)) return text;
  return text.replace(
    /((?:[\p{L}'’]+\s+){1,4})(?:sorry|no wait|i mean|correction)[,\s]+((?:[\p{L}'’]+\s+){0,3}[\p{L}'’]+)/giu,
    (whole, wrong: string, right: string) => {
      const said = right.split(/\s+/);
      const end = said.findIndex((word) => STREET_WORD.test(word));
      if (end < 0) return whole;
      const letters = said
        .slice(0, end + 1)
        .join('')
        .toLowerCase();
      const words = wrong.trim().split(/\s+/);
      for (let count = 1; count <= words.length; count += 1) {
        if (words.slice(-count).join('').toLowerCase() === letters) return [...words.slice(0, -count), right].join(' ');
      }
      return whole;
    },
  );
}

const SPOKEN_UNIT = new RegExp(
  `(?:\\b(?:i['’]?m|i am|we are|we['’]re|here|tenants?|from|live|living|address is|it['’]?s|this is|(?:this|it) is)\\s+(?:\\w+\\s+)?(?:in|at|from|of)?\\s*|^\\W*(?:re:\\s*)?)(${UNIT})`,
  'giu',
);
/** Flats that the writer names as the own one; in a subject any flat is. */
export function unitIn(text: string, isSubject: boolean): string[] {
  const found = isSubject
    ? [...text.matchAll(new RegExp(`\\b(${UNIT})`, 'giu'))]
    : text.split('\n').flatMap((line) => [...line.matchAll(SPOKEN_UNIT)]);
  return found
    .map((match) => arranged([(match[1] ?? '').trim()])[0] ?? '')
    .filter((unit) => unit !== '' && /\d|flat|apartment/i.test(unit));
}

type LineParts = { parts: string[]; whole: boolean; starts: boolean; length: number };

/** One line up to the postcode: the parts of it that are address; `whole` when nothing else stands in it. */
function lineParts(line: string): LineParts | null {
  const trimmed = line.trim();
  if (trimmed === '') return null;
  const sentence = trimmed.slice(lastSentence(trimmed)).trim();
  const starts = [...sentence.matchAll(START)].filter((match) => couldBe(sentence.slice(match.index)));
  const [first] = starts;
  if (first === undefined) return namedParts(sentence, trimmed);
  const rest = sentence.slice(first.index);
  const head = sentence
    .slice(0, first.index)
    .replace(/^(?:(?:my |our |the |full )?(?:address|property|premises)(?: is)?|re)\s*[:-]?\s*/i, '')
    .replace(/\b(?:no\.?|number|numero)\s*$/i, '')
    .trim();
  const building = /,$/.test(head)
    ? nameTail(
        head
          .split(',')
          .map((piece) => piece.trim())
          .filter(Boolean)
          .at(-1) ?? '',
      )
    : null;
  const lead = building === null ? [] : [building];
  const isWhole = (head === '' || head.replace(/,$/, '') === building) && sentence === trimmed;
  return { parts: [...lead, ...splitParts(rest)], whole: isWhole, starts: true, length: rest.length + (building?.length ?? 0) };
}

/** `No hot water at Rose Cottage, Mill Lane, Otley`: no number, so the names from the end backwards. */
function namedParts(sentence: string, trimmed: string): LineParts | null {
  const pieces = sentence
    .split(',')
    .flatMap((piece) => splitParts(piece))
    .map((piece) =>
      piece.replace(/^(?:(?:my |our |the )?(?:address|property)(?: is)?|at|in|from|to|we are at|i live at|i['’]m at)\s*:?\s+/i, ''),
    );
  const good: string[] = [];
  let whole = sentence === trimmed;
  for (const piece of pieces.toReversed()) {
    if (
      piece.split(/\s+/).length <= 5 &&
      (!PROSE.test(piece) || NAMED.test(piece)) &&
      !/[:@]/.test(piece) &&
      !/^[\p{Ll}\d]/u.test(piece.replace(/^the /, 'The '))
    ) {
      good.unshift(piece);
      continue;
    }
    if (piece === pieces.at(-1) && pieces.length === 1 && piece.split(/\s+/).length <= 4 && !PROSE.test(piece)) {
      good.unshift(piece);
      continue;
    }
    const tail = nameTail(piece);
    if (tail !== null) good.unshift(tail);
    whole = false;
    break;
  }
  if (good.length === 0) return null;
  return {
    parts: good,
    whole: whole && good.length === pieces.length,
    starts: good.some((piece) => NAMED.test(piece)),
    length: good.join(', ').length,
  };
}

/** The building's name at the end of a phrase: "Its the Coach House" → "the Coach House". */
function nameTail(piece: string): string | null {
  if (NAMED.test(piece) && !PROSE.test(piece)) return piece;
  const tail = /(?:^|\s)((?:[Tt]he\s+)?(?:\p{Lu}[\p{L}'’.-]*\s+){0,3}\p{Lu}[\p{L}'’.-]*)$/u.exec(piece)?.[1] ?? null;
  if (tail === null || PROSE.test(tail)) return null;
  return NAMED.test(tail) || /\b(?:at|in|of|from|to|the|property|address)\s+$/i.test(piece.slice(0, -tail.length)) ? tail : null;
}

/** Whether what follows a number, up to the postcode, reads like an address and not like prose. */
function couldBe(text: string): boolean {
  const words = text.split(/\s+/);
  return (
    words.length <= 18 &&
    !PROSE.test(text.replace(/^\S+\s*/, '').replace(/\b(?:back|up|down|on|off)\b/gi, '')) &&
    !/[.!?;]\s+\p{L}/u.test(text.replace(/\b(st|rd|apt|no|flt|ave|ln|cl|dr|ct)\.\s/gi, '$1 '))
  );
}

function lastSentence(text: string): number {
  let at = 0;
  for (const match of text.matchAll(/[.!?;:](?=\s)/g)) {
    const before = text.slice(0, match.index);
    const after = text.slice(match.index + 1).trim();
    if (/\b(st|rd|ave|apt|no|mr|mrs|dr|ms|flt|ln|cl|ct)$/i.test(before)) continue;
    if (match[0] === '.' && (after === '' || TOWN_START.test(after))) continue;
    at = match.index + 1;
  }
  return at;
}

/** The address lines of a labelled value, where all of it is address. */
export function addressOfValue(value: string): { lines: string[]; postcode: string | null } {
  const [found] = postcodesIn(value);
  const text = found ? `${value.slice(0, found.index)}\n${value.slice(found.index + found.quote.length)}` : value;
  return { lines: arranged(splitParts(text)), postcode: found?.postcode ?? null };
}

/** What to cut out of a subject, so that a title is left. */
export function withoutAddress(text: string): string {
  let plain = text;
  for (const found of postcodesIn(text).toReversed()) plain = plain.slice(0, found.index) + plain.slice(found.index + found.quote.length);
  for (let round = 0; round < 3; round += 1) {
    const found = looseAddressIn(plain);
    if (found === null || found.index < 0 || !plain.includes(found.quote)) break;
    plain = plain.replace(found.quote, ' ');
  }
  return plain;
}
