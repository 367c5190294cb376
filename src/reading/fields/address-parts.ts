/** Splits what was written of an address into its parts, and arranges them in the four lines of V3. */

import { matchesIn } from '../matches.ts';
import { oneBlank, titleCase } from '../plain.ts';
import { endsLikeTown, NAMED, STREET_END, STREET_WORD, SURE_STREET_WORD, TOWN_ONLY, TOWN_START, TOWNS, UNIT } from './address-words.ts';

const UNIT_START = new RegExp(`^${UNIT}`, 'iu');
const INNER_NUMBER = /^(.*?\p{L}[\p{L}'’.-]*)[\s,]+(\d{1,4}\s?[a-z]?(?:[-–/]\d{1,4}[a-z]?)?\s+\p{L}.*)$/iu;

/** At commas and line ends, after a unit, before an inner number, after a street and before a town. */
export function splitParts(text: string): string[] {
  return text
    .split(/[,;\n|]|\s[-–—]\s/)
    .flatMap((piece) => splitUnit(piece.trim()))
    .flatMap(splitInnerNumber)
    .flatMap(splitTown)
    .map((piece) => piece.replace(/^[\s.,;:-]+|[\s,;:-]+$/g, ''))
    .filter((piece) => piece !== '');
}

/** `Flat 4 Ashdown Court`: the unit, then the building. */
function splitUnit(piece: string): string[] {
  const unit = UNIT_START.exec(piece)?.[0];
  if (!unit || unit.length === piece.length) return [piece];
  // `Ground floor flat 14 Mafeking Street`: a floor has one such flat, and the number is the street's.
  const [, floor, number] = /^(.*\bfloor flat) (\d{1,3})$/i.exec(unit.trim()) ?? [];
  const street = piece.slice(unit.length).trim();
  if (floor !== undefined && /^\p{L}/u.test(street) && !/\d/.test(street) && STREET_END.test(street.split(',')[0] ?? ''))
    return [floor, `${number} ${street}`];
  const rest = piece
    .slice(unit.length)
    .trim()
    .replace(/^(?:(?:at|in|of|on)\s+|[/.:-]+\s*)/i, '');
  return rest === '' ? [unit] : [unit, ...splitUnit(rest)];
}

/** `Ashdown Court 12 London Road`: the building, then the street with its number. */
function splitInnerNumber(piece: string): string[] {
  if (/^\d/.test(piece) || UNIT_START.test(piece)) return [piece];
  const [, building, street] = INNER_NUMBER.exec(piece) ?? [];
  return building && street && (NAMED.test(building) || STREET_END.test(building)) ? [building, street] : [piece];
}

/** `212 Evington Dale Rd Leicester`: the street, then the town. */
function splitTown(piece: string): string[] {
  if (!endsLikeTown(piece)) return splitAfterStreet(piece);
  const town = matchesIn(piece, TOWNS).at(-1);
  if (!town || town.index === 0 || town.index + town[0].length !== piece.length) return splitAfterStreet(piece);
  const street = piece.slice(0, town.index).trim();
  if (/^\d+[a-z]?$/i.test(street)) return [piece];
  return [...splitTown(street), town[0]];
}

/** `88 Cardigan Road Headingley`: the street, then the district. */
function splitAfterStreet(piece: string): string[] {
  const words = piece.split(/\s+/);
  if (!/^\d/.test(piece)) return [piece];
  const end = words.findIndex((word, index) => index > 1 && SURE_STREET_WORD.test(word));
  const rest = words.slice(end + 1);
  if (end < 0 || rest.length === 0 || rest.some((word) => STREET_WORD.test(word) || !/^\p{L}/u.test(word))) return [piece];
  return [words.slice(0, end + 1).join(' '), rest.join(' ')];
}

/** At most four lines, as V3 has them: the last keeps what does not fit, so that nothing is lost. */
export function arranged(parts: string[]): string[] {
  const lines: string[] = [];
  for (const part of parts.map((piece) => titleCase(oneBlank(piece).replace(/\.$/, '')))) {
    const before = lines.at(-1);
    if (/^(?:united kingdom|uk|u\.k|england|scotland|wales|great britain|gb)$/i.test(part)) continue;
    if (before !== undefined && STREET_WORD.test(part) && !STREET_END.test(before)) lines[lines.length - 1] = `${before} ${part}`;
    else if (before !== undefined && /^\d{1,4}[a-z]?$/i.test(before) && /^\p{L}/u.test(part)) lines[lines.length - 1] = `${before} ${part}`;
    else if (!lines.some((line) => line.toLowerCase() === part.toLowerCase())) lines.push(part);
  }
  if (lines.length <= 4) return lines;
  return [...lines.slice(0, 3), lines.slice(3).join(', ')];
}

/** Whether a line that stands alone can be part of an address: a unit, a number with a street, a building, a town. */
export function isAddressLine(line: string): boolean {
  const plain = line.trim().replace(/[,.]$/, '');
  return (
    UNIT_START.test(plain) ||
    /^\d{1,4}[a-z]?[\s,]+\p{L}/iu.test(plain) ||
    NAMED.test(plain) ||
    TOWN_ONLY.test(plain) ||
    TOWN_START.test(plain)
  );
}
