/** Where the fault is: UK address lines around a postcode, or from a flat, building or street where no postcode is given. */
import { titleCase } from '../plain.ts';
import { postcodesIn } from './postcode.ts';

export type AddressFound = { lines: string[]; postcode: string | null; quote: string; index: number };

const STREET =
  'street|st|road|rd|avenue|ave|lane|ln|close|cl|drive|dr|crescent|cres|court|ct|place|pl|terrace|gardens?|gdns|grove|way|square|sq|mews|row|hill|walk|park|parade|rise|view|green|gate|wharf|quay|yard|yards|lodge|house|mill|mills|maltings|lofts?|rectory|cottages?|buildings?|mansions?|towers?|point|heights|mount|fold|croft|vale|dale|end|bank|side|chase|passage|alley|wynd|brow|reach|basin|steps|slip|slipway|loke|plain|staithe|weir|lock|ferry|gantry|hollow|glebe|edge|chambers|exchange|foundry|works|arcade|approach|broadway|circus|common|cross|orchard|parkway|ridge|meadows?|fields?|villas?|back|bridge|canal|dock|embankment|esplanade|promenade|strand|boulevard|spinney|paddock|hall|manor|farm|barn|stables|studios?|apartments?|residences?';
const UNIT =
  '(?:(?:garden|basement|ground[ -]floor|first[ -]floor|second[ -]floor|third[ -]floor|top[ -]floor|upper|lower|studio|annexe?)\\s+(?:flat|apartment|maisonette)|(?:flat|flt|apartment|apt|unit|room|rm|studio|suite|maisonette|bedsit)\\s*(?:no\\.?\\s*)?\\d{1,4}\\s?[a-z]?\\b|(?:flat|flt|apartment|apt|unit|room)\\s+[a-z]\\b)';
const NUMBER = '\\d{1,4}\\s?[a-z]?(?:\\s?[-–/]\\s?\\d{1,4}[a-z]?)?';
const START = new RegExp(`(?<![\\w£€$.,:/-])(?:${UNIT}|${NUMBER}\\s+(?=[a-z'’]{2,}))`, 'giu');
const NAMED =
  /^(?:the\s+)?(?:[\p{L}'’.-]+\s+){1,4}(?:house|cottage|lodge|rectory|farm|barn|hall|mill|manor|villa|court|mews|foundry|lofts)$/iu;
const STREET_END = new RegExp(`\\b(?:${STREET})\\.?$`, 'iu');
const STREET_WORD = new RegExp(`^(?:${STREET})\\.?$`, 'iu');
/** Words that an address does not have, so a phrase with one of them is prose. */
const PROSE =
  /\b(is|are|was|were|has|have|had|the flat is|my|our|your|we|i|it|its|and|not|please|can|could|will|would|with|when|than|too|also|about|ago|days?|weeks?|months?|years?|hours?|minutes?|mins?|times?|cm|mm|inch(es)?|degrees|people|photos?|pics?|pictures?|rings?|panels?|am|pm|today|yesterday|since|until|till|after|before|between|now|reset|this|that|there|fault|leak|leaking|broken)\b/i;
const TOWNS =
  /\b(london|birmingham|leeds|glasgow|sheffield|bradford|liverpool|edinburgh|manchester|bristol|wakefield|cardiff|coventry|nottingham|leicester|sunderland|belfast|newcastle(?: upon tyne)?|brighton|hull|plymouth|stoke(?:-on-trent)?|wolverhampton|derby|swansea|southampton|salford|aberdeen|portsmouth|york|peterborough|dundee|lancaster|oxford|newport|preston|cambridge|norwich|chester|exeter|gloucester|bath|reading|bolton|blackpool|luton|milton keynes|northampton|swindon|warrington|huddersfield|middlesbrough|poole|bournemouth|stockport|rotherham|oldham|doncaster|ipswich|slough|watford|gateshead|crawley|worcester|lincoln|colchester|basildon|harrogate|halifax|durham|carlisle|hereford|wigan|barnsley|rochdale|croydon|guildford|woking|maidstone|chelmsford|bedford|darlington|scunthorpe|grimsby|burnley|solihull|dudley|walsall|truro|inverness|perth|stirling|bangor|wrexham)\b/gi;

/** Every address with a postcode, in the order of the text. */
export function addressesIn(text: string, notLines: (line: string) => boolean): AddressFound[] {
  return postcodesIn(text).map((found) => {
    const before = text.slice(0, found.index);
    const lines = before.split('\n');
    const sameLine = lines.at(-1) ?? '';
    const parts: string[] = [];
    const inline = lineParts(sameLine.replace(/[\s,(]*(?:post ?code)?\s*[:-]?\s*$/i, ''));
    if (inline !== null) parts.unshift(...inline.parts);
    if (inline === null || inline.whole) {
      for (let index = lines.length - 2; index >= 0 && index >= lines.length - 8; index -= 1) {
        const line = (lines[index] ?? '').trim();
        if (line === '' || line.length > 60 || notLines(line)) break;
        const above = lineParts(line.replace(/,$/, ''));
        if (above === null || (!above.whole && !above.starts)) break;
        if (above.whole && PROSE.test(line)) break;
        parts.unshift(...above.parts);
        if (!above.whole) break;
      }
    }
    if (inline === null && parts.length === 0) {
      const after = text.slice(found.index).split('\n')[0] ?? '';
      if (/\)/.test(after)) parts.unshift(...(lineParts(sameLine.replace(/\($/, '').trim())?.parts ?? []));
    }
    const quote = [...parts, found.quote].join(', ');
    return { lines: arranged(parts), postcode: found.postcode, quote, index: found.index };
  });
}

/** The first address without a postcode: `flat 12 calder wharf`, `19 Huskar Crescent, Liverpool`. */
export function looseAddressIn(text: string): AddressFound | null {
  const plain = corrected(text);
  for (const match of plain.matchAll(START)) {
    const isUnit = /^[a-z]/i.test(match[0]);
    const words = plain.slice(match.index).split('\n')[0]?.slice(0, 110) ?? '';
    const taken = takeAddress(words, isUnit);
    if (taken !== null) return { lines: arranged(splitParts(taken)), postcode: null, quote: taken, index: match.index };
  }
  return null;
}

/** Reads an address forward from its start, up to the last word that can belong to one. */
function takeAddress(words: string, isUnit: boolean): string | null {
  const sentence = words.split(/[.!?;:](?:\s|$)|\s[-–]\s|[()]/)[0] ?? words;
  const tokens = [...sentence.matchAll(/[\p{L}\p{N}'’./-]+,?/gu)];
  let end = 0;
  let streets = 0;
  for (const [index, token] of tokens.slice(0, 14).entries()) {
    const word = token[0].replace(/,$/, '');
    const upto = sentence.slice(0, token.index + token[0].length);
    if (index > 0 && PROSE.test(word) && !/^(st|dr|back|end|side)$/i.test(word)) break;
    if (STREET_WORD.test(word) && index > 0) {
      streets += 1;
      end = token.index + word.length;
    } else if (new RegExp(TOWNS.source, 'i').test(word)) {
      end = token.index + word.length;
      if (streets > 0) break;
    } else if (new RegExp(`^${UNIT}$`, 'iu').test(upto.replace(/,$/, '').trim())) end = token.index + word.length;
  }
  const taken = sentence.slice(0, end).trim();
  if (streets > 0) return taken;
  return isUnit && end > 0 && /\d/.test(taken) && streets > 0 ? taken : null;
}

/** `Smith Down Lane sorry Smithdown Lane`: what was said first is taken back. */
function corrected(text: string): string {
  return text.replace(
    /((?:[\p{L}'’]+\s+){1,4})(?:sorry|no wait|i mean|correction)[,\s]+((?:[\p{L}'’]+\s+){0,3}[\p{L}'’]+)/giu,
    (whole, wrong: string, right: string) => {
      const street = new RegExp(`^(?:[\\p{L}'’]+\\s+){0,3}?(?:${STREET})\\b`, 'iu').exec(right)?.[0];
      if (!street) return whole;
      const letters = street.replace(/\s/g, '').toLowerCase();
      const words = wrong.trim().split(/\s+/);
      for (let count = 1; count <= words.length; count += 1) {
        if (words.slice(-count).join('').toLowerCase() === letters) return [...words.slice(0, -count), right].join(' ');
      }
      return whole;
    },
  );
}

/** One line up to the postcode: the parts of it that are address; `whole` when nothing else stands in it. */
function lineParts(line: string): { parts: string[]; whole: boolean; starts: boolean } | null {
  const trimmed = line.trim();
  if (trimmed === '') return null;
  const sentence = trimmed.slice(lastSentence(trimmed));
  const starts = [...sentence.matchAll(START)].filter((match) => couldBe(sentence.slice(match.index)));
  const [first] = starts;
  if (first === undefined) {
    const pieces = splitParts(sentence).map((piece) =>
      piece.replace(/^(?:(?:my |our |the )?(?:address|property)(?: is)?|at|in|from|to|we are at|i live at|i['’]m at)\s*:?\s+/i, ''),
    );
    const good: string[] = [];
    for (const piece of pieces.toReversed()) {
      if (piece.split(/\s+/).length > 5 || (PROSE.test(piece) && !NAMED.test(piece))) break;
      good.unshift(piece);
    }
    return good.length === 0
      ? null
      : { parts: good, whole: good.length === pieces.length && sentence === trimmed, starts: good.some((piece) => NAMED.test(piece)) };
  }
  const rest = sentence.slice(first.index);
  const head = sentence
    .slice(0, first.index)
    .replace(/^(?:address|property)\s*:?\s*/i, '')
    .trim();
  const building =
    head
      .split(',')
      .map((piece) => piece.trim())
      .filter(Boolean)
      .at(-1) ?? '';
  const lead = head.endsWith(',') && NAMED.test(building) && !PROSE.test(building) ? [building] : [];
  return { parts: [...lead, ...splitParts(rest)], whole: head === '' && sentence === trimmed, starts: true };
}

/** Whether what follows a number, up to the postcode, reads like an address and not like prose. */
function couldBe(text: string): boolean {
  const words = text.split(/\s+/);
  return (
    words.length <= 16 &&
    !PROSE.test(text.replace(/^\S+\s*/, '').replace(/\bback\b/gi, '')) &&
    !/[.!?;]\s+\p{L}/u.test(text.replace(/\b(st|rd|apt|no|flt)\.\s/gi, '$1 '))
  );
}

function lastSentence(text: string): number {
  let at = 0;
  for (const match of text.matchAll(/[.!?;:](?=\s)/g)) {
    const before = text.slice(0, match.index);
    if (!/\b(st|rd|ave|apt|no|mr|mrs|dr|ms)$/i.test(before)) at = match.index + 1;
  }
  return at;
}

/** At commas, after a unit, and after a street. */
function splitParts(text: string): string[] {
  return text
    .split(/[,\n]/)
    .flatMap((piece) => splitUnit(piece.trim()))
    .flatMap((piece) => splitTown(piece))
    .map((piece) => piece.replace(/^[\s.,;:-]+|[\s,;:-]+$/g, ''))
    .filter((piece) => piece !== '');
}

function splitUnit(piece: string): string[] {
  const unit = new RegExp(`^${UNIT}`, 'iu').exec(piece)?.[0];
  if (!unit || unit.length === piece.length) return [piece];
  const rest = piece
    .slice(unit.length)
    .trim()
    .replace(/^(at|in|of|\/)\s+/i, '');
  return rest === '' ? [unit] : [unit, rest];
}

/** `212 Evington Dale Rd Leicester`: the street, then the town. */
function splitTown(piece: string): string[] {
  const town = [...piece.matchAll(TOWNS)].at(-1);
  if (!town || town.index === 0 || town.index + town[0].length !== piece.length) return [piece];
  const street = piece.slice(0, town.index).trim();
  const words = street.split(/\s+/);
  const end = words.findLastIndex((word) => STREET_WORD.test(word));
  if (end > 0 && end < words.length - 1) return [words.slice(0, end + 1).join(' '), words.slice(end + 1).join(' '), town[0]];
  return [street, town[0]];
}

/** At most four lines, as V3 has them: the last keeps what does not fit, so that nothing is lost. */
function arranged(parts: string[]): string[] {
  const lines: string[] = [];
  for (const part of parts.map((piece) => titleCase(piece.replace(/\s+/g, ' ').replace(/\.$/, '')))) {
    const before = lines.at(-1);
    if (before !== undefined && STREET_WORD.test(part) && !STREET_END.test(before)) lines[lines.length - 1] = `${before} ${part}`;
    else if (part.toLowerCase() !== before?.toLowerCase()) lines.push(part);
  }
  if (lines.length <= 4) return lines;
  return [...lines.slice(0, 3), lines.slice(3).join(', ')];
}

/** The address lines of a labelled value, where all of it is address. */
export function addressOfValue(value: string): { lines: string[]; postcode: string | null } {
  const [found] = postcodesIn(value);
  const text = found ? value.slice(0, found.index) + value.slice(found.index + found.quote.length) : value;
  return { lines: arranged(splitParts(text.replace(/\b(united kingdom|uk|england)\b\.?\s*$/i, ''))), postcode: found?.postcode ?? null };
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
