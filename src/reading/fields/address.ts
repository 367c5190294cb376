/** Where the fault is: UK address lines around a postcode, or from a flat, building or street where no postcode is given. */

import { matchesIn } from '../matches.ts';
import { ITEM, SYMPTOM } from '../words.ts';
import { arranged, isAddressLine, splitParts } from './address-parts.ts';
import { NAMED, NUMBER, PROSE, STREET_WORD, SURE_STREET_WORD, TOWN_START, UNIT } from './address-words.ts';
import { postcodesIn } from './postcode.ts';

/** `other`: the words around it say that it is not the place of the fault: an office, a relative's, an earlier home. */
export type Whose = 'home' | 'unknown' | 'other';
export type AddressFound = { lines: string[]; postcode: string | null; quote: string; index: number; whose: Whose };

/** The last group of a phone number, `07400 123 456, flat 3`, is no house number. */
const HOUSE_NUMBER = `(?:${NUMBER}(?!\\s+(?:flat|flt|apartment|apt|unit|room|studio)\\b)|(?<!\\d{3} )${NUMBER},?)`;
export const START = new RegExp(`(?<![\\w£€$.,:/-])(?:${UNIT}|${HOUSE_NUMBER}\\s+(?!(?:of|in|on|at|or|to|is|x)\\b)(?=[a-z'’]{2,}))`, 'giu');
export const WHOLE_UNIT = new RegExp(`^${UNIT}$`, 'iu');
/** `9 Clarendon Place LS2 9JY flat 2` */
const AFTER = new RegExp(`^[ ,.(-]*(${UNIT})(?![^\\n,.)]*\\b(?:above|below|upstairs|next)\\b)`, 'iu');
const OTHER =
  /\b(work(s|ing)? (at|from|in|for)|(my|our|her|his|their) (new|old|previous|former|last|parents?|mum|mother|dad|father|sister|brother|daughter|son|friend|partner|employer|work|correspondence|postal|billing|forwarding)(['’]?s)?\b|office|registered|head ?office|correspondence|postal address|forwarding|landlord|agent['’]?s|contractor|neighbou?rs?|moved? (out of|from)|moving (to|out)|used to (live|rent)|previously|post (it|them|this|the \w+) to|sent? (it|them) to|collect(ed)? from|(live|lives|living|stay|staying) (with|at my)|nearest|depot|shop at)\b[^.!?\n]{0,50}$/i;
const HOME =
  /\b(fault|problem|property|tenants? (of|at|in)|rent(ing|ed)?|(i|we) (live|am|are)|i['’]m|we['’]re|address( is)?|flat is|house is|home|let|tenancy|repair)\b[^.!?\n]{0,50}$/i;

/** `off Mill Lane`, between a yard and its town. */
const OFF_STREET = /^(?:just )?off (?:the )?\p{Lu}[\p{L}'’]+(?: \p{Lu}[\p{L}'’]+){0,2},?$/u;
const PHONE_LIKE = /(?:\d[ ()-]{0,2}){10}/;

/** Every address with a postcode, in the order of the text. */
export function addressesIn(text: string, notLines: (line: string) => boolean): AddressFound[] {
  return postcodesIn(text).map((found) => {
    const before = withoutAside(text.slice(0, found.index));
    const lines = before.split('\n');
    const sameLine = lines.at(-1) ?? '';
    const parts: string[] = [];
    const isLabel = /^\W*(?:(?:my |our |the )?add?res+e?\W*(?:is)?\W*)$/i.test(sameLine);
    const inline = isLabel
      ? null
      : lineParts(sameLine.replace(/[\s,(]*(?:\b(?:my |the |and )?post ?code(?: is)?)?\s*[:-]?\s*$/i, '').replace(/\.$/, ''));
    let start = found.index - (inline?.length ?? 0);
    if (inline !== null) parts.unshift(...inline.parts);
    if (!isLabel && (inline === null || inline.whole)) {
      for (let index = lines.length - 2, at = before.length - sameLine.length - 1; index >= 0 && index >= lines.length - 12; index -= 1) {
        const line = (lines[index] ?? '').trim();
        const above = lines[index - 1] ?? '';
        at -= (lines[index] ?? '').length + 1;
        if (line === '' && above.length < 40 && isAddressLine(above) && !notLines(above.trim())) continue;
        if (line === '' || line.length > 70 || notLines(line) || PHONE_LIKE.test(line)) break;
        if (OFF_STREET.test(line)) {
          parts.unshift(line);
          continue;
        }
        const read = lineParts(line.replace(/,$/, ''));
        if (read === null || (!read.whole && !read.starts)) break;
        if (read.whole && (PROSE.test(line) || !couldBeLine(line))) break;
        parts.unshift(...read.parts);
        start = Math.max(0, at);
        if (!read.whole) break;
      }
    }
    if (inline === null && parts.length === 0) {
      const after = text.slice(found.index).split('\n')[0] ?? '';
      if (/\)/.test(after)) parts.unshift(...(lineParts(sameLine.replace(/\($/, '').trim())?.parts ?? []));
    }
    if (isLabel) {
      const after =
        text
          .slice(found.index + found.quote.length)
          .split('\n')[0]
          ?.replace(/^[,.\s]+|[.\s]+$/g, '') ?? '';
      if (after.length <= 70 && /\d/.test(after) && /,/.test(after) && !PROSE.test(after)) parts.push(...splitParts(after));
    }
    const unit = AFTER.exec(text.slice(found.index + found.quote.length, found.index + found.quote.length + 24))?.[1];
    if (unit && parts.length > 0 && !WHOLE_UNIT.test(parts[0] ?? '')) parts.unshift(unit.trim());
    const quote = [...parts, found.quote].join(', ');
    return { lines: arranged(parts), postcode: found.postcode, quote, index: found.index, whose: whoseAt(text, start) };
  });
}

/** `19 Larch Close (we swapped over from number 4 in March), Manchester`: words between the street and the town are no part of the address. */
function withoutAside(before: string): string {
  return before
    .replace(/,? that['’]?s (?=\p{Lu}[\p{L} ]{1,30}$)/u, ', ')
    .replace(
      / ?\((?=[^()]*\s[^()]*\s)(?![^()]*\b(?:flat|apartment|unit|floor|room|house)\b)[^()]{8,160}\)(?=,\s*\p{Lu}[^()]{0,40}$)/iu,
      '',
    );
}

/** Whose address begins there, by the words before it in the same sentence or on the line above. */
export function whoseAt(text: string, start: number): Whose {
  const before = text.slice(Math.max(0, start - 110), start);
  const sentence = before.split(/[.!?]\s|\n\s*\n|\bbut\b/).at(-1) ?? '';
  const flat = sentence.replace(/\n/g, ' ');
  if (/\btenants? (?:of|at|in)\s*(?:the\s*)?$/i.test(flat)) return 'home';
  if (OTHER.test(flat)) return 'other';
  return HOME.test(flat) ? 'home' : 'unknown';
}

type LineParts = { parts: string[]; whole: boolean; starts: boolean; length: number };

/** One line up to the postcode: the parts of it that are address; `whole` when nothing else stands in it. */
function lineParts(line: string): LineParts | null {
  const trimmed = line.trim();
  if (trimmed === '') return null;
  const sentence = trimmed.slice(lastSentence(trimmed)).trim();
  const starts = matchesIn(sentence, START).filter((match) => couldBe(sentence.slice(match.index)));
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

const LEAD =
  /^(?:(?:my |our |the )?(?:add?res+|property|house|home|flat|place)(?: is)?|at|in|from|to|we are at|i live at|i['’]m at|it['’]?s|it is|this is|near|nr\.?)\s*:?\s+/i;

/** `No hot water at Rose Cottage, Mill Lane, Otley`: no number, so the names from the end backwards. */
function namedParts(sentence: string, trimmed: string): LineParts | null {
  const pieces = sentence
    .split(',')
    .map((piece) => piece.trim().replace(LEAD, ''))
    .flatMap((piece) => splitParts(piece));
  const good: string[] = [];
  let whole = sentence === trimmed;
  for (const piece of pieces.toReversed()) {
    if (
      piece.split(/\s+/).length <= 5 &&
      !/\s(?:at|from|to|of|in)\s/.test(piece) &&
      (!PROSE.test(piece) || NAMED.test(piece)) &&
      !/[:@]/.test(piece) &&
      !/^[\p{Ll}\d]/u.test(piece.replace(/^the /, 'The '))
    ) {
      good.unshift(piece);
      continue;
    }
    const isFault = ITEM.test(piece) && SYMPTOM.test(piece);
    if (piece === pieces.at(-1) && pieces.length === 1 && piece.split(/\s+/).length <= 4 && !PROSE.test(piece) && !isFault) {
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
  const hasLead = /\s(?:at|in|of|from|to)\s/i.test(piece);
  if (NAMED.test(piece) && !PROSE.test(piece) && !hasLead) return piece;
  const tail = /(?:^|\s)((?:[Tt]he\s+)?(?:\p{Lu}[\p{L}'’.-]*\s+){0,3}\p{Lu}[\p{L}'’.-]*)$/u.exec(piece)?.[1] ?? null;
  if (tail === null || PROSE.test(tail)) return null;
  return NAMED.test(tail) || /\b(?:at|in|of|from|to|the|property|address)\s+$/i.test(piece.slice(0, -tail.length)) ? tail : null;
}

/** A line of its own above a postcode: one with a number, a known word of addresses, or a name; never the end of a sentence. */
function couldBeLine(line: string): boolean {
  const plain = line.trim();
  if (/\d/.test(plain) || isAddressLine(plain)) return true;
  if (/[.!?]$/.test(plain)) return false;
  const words = plain.split(/\s+/);
  return (
    STREET_WORD.test(words.at(-1) ?? '') || words.length <= 2 || words.filter((word) => /^\p{Lu}/u.test(word)).length * 2 > words.length
  );
}

/** Whether what follows a number, up to the postcode, reads like an address and not like prose. */
function couldBe(text: string): boolean {
  const words = text.split(/\s+/);
  return (
    words.length <= 18 &&
    !PROSE.test(
      text
        .replace(/^\S+\s*/, '')
        .replace(/(?<=\p{Lu}\p{Ll}+ )(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?= \p{Lu})/gu, '')
        .replace(/\b(?:back|up|down|on|off)\b/gi, '')
        .replace(/\b\p{Lu}\p{Ll}+\s+(\p{Lu}\p{Ll}+)/gu, (name, end: string) => (SURE_STREET_WORD.test(end) ? end : name)),
    ) &&
    !/[.!?;]\s+\p{L}/u.test(text.replace(/\b(st|rd|apt|no|flt|ave|ln|cl|dr|ct)\.\s/gi, '$1 '))
  );
}

function lastSentence(text: string): number {
  let at = 0;
  for (const match of matchesIn(text, /[.!?;:](?=\s)/g)) {
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
