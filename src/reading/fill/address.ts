/** The property's address lines and postcode, from the most trusted text that has them. */
import type { Evidence } from '../../domain/reading.ts';
import { type AddressFound, addressesIn, looseAddressIn } from '../fields/address.ts';
import type { Letter } from '../letter.ts';
import { bare } from '../plain.ts';
import { type Source, sourcesOf } from '../sources.ts';
import { nameWords } from '../unwrap.ts';
import type { Roles } from '../whose.ts';
import type { Put } from './put.ts';

/** @param hasPostcode whether a label gave the postcode already */
export function readAddress(roles: Roles, put: Put, hasPostcode: boolean): void {
  const isNameLine = (letter: Letter) => {
    const words = nameWords(letter.from).filter((word) => word.length > 1);
    return (line: string) =>
      /[@]|\b(regards|thanks|thank you|cheers|sincerely|wishes|tel|mob|mobile|phone|manager|director|consultant|ltd|llp|plc)\b/i.test(
        line,
      ) ||
      (words.some((word) => bare(line).split(' ').includes(word)) && !/\d/.test(line));
  };
  const sources = sourcesOf(roles, ['body', 'signature']);
  let best: { found: AddressFound; source: Source } | null = null;
  for (const source of sources) {
    const [found] = addressesIn(source.text, isNameLine(source.letter)).filter((one) => one.lines.length > 0 || best === null);
    if (!found) continue;
    if (best === null || (best.found.lines.length === 0 && found.lines.length > 0 && found.postcode === best.found.postcode))
      best = { found, source };
    if (best.found.lines.length > 0) break;
  }
  if (best === null || best.found.lines.length === 0) {
    for (const source of sources) {
      const found = looseAddressIn(source.text);
      if (found === null) continue;
      best = { found: { ...found, postcode: best?.found.postcode ?? null }, source };
      break;
    }
  }
  if (best === null) return;
  const { found, source } = best;
  putAddress(put, found.lines, hasPostcode ? null : found.postcode, {
    quote: found.quote,
    where: source.where,
    rule: found.postcode === null ? 'address without a postcode' : 'lines before a postcode',
  });
}

/** At most four lines are set. */
export function putAddress(put: Put, lines: string[], postcode: string | null, evidence: Evidence): void {
  const fields = ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4'] as const;
  for (const [index, field] of fields.entries()) put(field, lines[index], evidence);
  put('PropertyPostcode', postcode, evidence);
}
