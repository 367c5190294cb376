/** The property's address lines and postcode, from the most trusted text that has them. */
import type { Evidence } from '../../domain/reading.ts';
import { type AddressFound, addressesIn } from '../fields/address.ts';
import { looseAddressesIn, unitIn } from '../fields/address-loose.ts';
import { NAMED, TOWN_ONLY, UNIT } from '../fields/address-words.ts';
import { type Letter, textOf } from '../letter.ts';
import { bare } from '../plain.ts';
import { type Source, sourcesOf } from '../sources.ts';
import { nameWords } from '../unwrap.ts';
import type { Roles } from '../whose.ts';
import type { Put } from './put.ts';

const NOT_ADDRESS =
  /[@]|\b(regards|thanks|thank you|cheers|sincerely|wishes|tel|mob|mobile|phone|fax|www|manager|director|consultant|analyst|engineer|officer|assistant|executive|administrator|ltd|llp|plc|limited|inc)\b|^(e|m|t|w|a)\s*[:|]/i;
const COMPANY =
  /\b(ltd|limited|llp|plc|inc|gmbh|solicitors|consultants|consulting|consultancy|council|nhs|hospital|school|college|department|faculty|group|bank|partners|associates|recruitment|accountants?|insurance|services|logistics|clinic|surgery|institute|architects|lettings|estates|manager|director|executive|analyst|officer|head of|switchboard|ddi|workshop|joinery|joiners|plumbing|heating|electrical|builders|building (?:co|services|contractors)|roofing|garage|motors|dental|pharmacy|vets?|industrial|business (?:park|centre)|trading estate)\b|(?:&|\band) (?:sons?|daughters?|co)\b/i;
const CORRECTS =
  /\b(?:moved|moving|is now|now in|actually|should (?:be|read|say)|correction|correct (?:flat|address)|meant|not flat)\b[^.!?\n]{0,60}/i;
const EVERY_UNIT = new RegExp(`\\b${UNIT}`, 'giu');
const HAS_UNIT = new RegExp(`^${UNIT}`, 'iu');

/** How many lines above an address may say that it is an office. */
const OFFICE_LINES: Partial<Record<Source['where'], number>> = { signature: 9, 'forwarded signature': 9, quoted: 2 };

/** Between the candidates of one source and those of the next, which is trusted less. */
const RANKS_OF_SOURCE = 10;

type Candidate = { found: AddressFound; source: Source; rank: number };

/** @param hasPostcode whether a label gave the postcode already */
export function readAddress(roles: Roles, put: Put, hasPostcode: boolean): void {
  const sources = sourcesOf(roles);
  const said = candidatesOf(sources).filter((one) => roles.speaksFor === null || !isWritersHome(one));
  // "Re: your rent for 3 Elm Road": who answers need not repeat it.
  const candidates = said.length > 0 ? said : quotedSources(roles).flatMap(candidatesIn);
  const ranked = candidates.toSorted((a, b) => a.rank - b.rank);
  const [first] = ranked;
  if (first === undefined) return;
  const best =
    first.found.postcode === null
      ? (ranked.find((one) => isSamePlace(first, one)) ??
        (said.length > 0
          ? quotedSources(roles)
              .flatMap(candidatesIn)
              .find((one) => isSamePlace(first, one))
          : undefined) ??
        ranked.find((one) => isFuller(first, one)) ??
        first)
      : first;
  const { found, source } = withNumber(best, ranked);
  const alone = found.postcode === null ? candidates.find((one) => one.found.lines.length === 0 && one.found.whose !== 'other') : undefined;
  const firstUnit = HAS_UNIT.exec(first.found.lines[0] ?? '')?.[0] ?? null;
  const unit = HAS_UNIT.test(found.lines[0] ?? '') ? null : (firstUnit ?? unitOf(sources));
  const lines =
    unit === null || found.lines.length === 0 || found.lines.some((line) => bare(line).includes(bare(unit)))
      ? found.lines
      : withUnit(unit, found.lines);
  const corrected = correctedUnit(roles);
  if (corrected !== null && source.voice === 'tenant' && HAS_UNIT.test(lines[0] ?? ''))
    lines[0] = (lines[0] ?? '').replace(HAS_UNIT, corrected);
  putAddress(put, lines, hasPostcode ? null : (found.postcode ?? alone?.found.postcode ?? null), {
    quote: found.quote,
    where: source.where,
    rule: found.postcode === null ? 'address without a postcode' : 'lines before a postcode',
  });
}

/** Sources that come after a whole address are not looked at where nothing in them could be better. */
function candidatesOf(sources: readonly Source[]): Candidate[] {
  const found: Candidate[] = [];
  for (const [order, source] of sources.entries()) {
    found.push(...candidatesIn(source, order));
    const best = found.reduce<Candidate | null>((one, other) => (one === null || other.rank < one.rank ? other : one), null);
    if (best !== null && best.found.postcode !== null && best.rank < (order + 1) * RANKS_OF_SOURCE) break;
  }
  return found;
}

/** `I live at 12 Holme View`, of somebody who reports for another. */
function isWritersHome({ found, source }: Candidate): boolean {
  return /\bI(?: live|['’]m| am) (?:over )?(?:at|in)\s*(?:number |no\.? )?$/i.test(
    source.text.slice(Math.max(0, found.index - 30), found.index),
  );
}

/** The flat that staff say is the right one: "she moved to Flat 5 in April". */
function correctedUnit(roles: Roles): string | null {
  for (const letter of roles.notes) {
    const said = CORRECTS.exec(textOf(letter, 'body'))?.[0];
    const units = said?.match(EVERY_UNIT);
    if (units) return units.at(-1) ?? null;
  }
  return null;
}

/** What the tenant's letter quotes: the least trusted. */
function quotedSources(roles: Roles): Source[] {
  const text = textOf(roles.main, 'quoted');
  return text === '' ? [] : [{ text, where: 'quoted', letter: roles.main, voice: 'staff' }];
}

/** `… of 9 Ropewalk Hill …`, and further on `Its in Totterdown, Bristol BS4 2LH`: the postcode stands with the town, the number elsewhere. */
function withNumber(best: Candidate, others: Candidate[]): Candidate {
  const { found, source } = best;
  if (found.postcode === null || found.lines.some((line) => /\d/.test(line) || NAMED.test(line))) return best;
  const numbered = others.find(
    (one) => one.source === source && one.found.postcode === null && one.found.whose !== 'other' && /^\d/.test(one.found.lines[0] ?? ''),
  );
  if (numbered === undefined) return best;
  const towns = found.lines.filter((line) => TOWN_ONLY.test(line) && !numbered.found.lines.includes(line));
  return {
    ...best,
    found: { ...found, lines: [...numbered.found.lines, ...towns].slice(0, 4), quote: `${numbered.found.quote}, ${found.quote}` },
  };
}

/** Whether the second is the whole of the place that the first names without a postcode. */
function isSamePlace(first: Candidate, whole: Candidate): boolean {
  if (whole.found.postcode === null || whole.found.lines.length === 0) return false;
  const street = (lines: string[]) => bare(lines.find((line) => !HAS_UNIT.test(line)) ?? lines[0] ?? '');
  return bare(whole.found.lines.join(' ')).includes(street(first.found.lines));
}

/** Whether the second says of the same street also where it is. */
function isFuller(first: Candidate, other: Candidate): boolean {
  const [one, two] = [first, other].map(({ found }) => bare(found.lines.join(' ')));
  return other.found.whose !== 'other' && other.source.voice === 'tenant' && two !== one && (two ?? '').startsWith(one ?? '');
}

/** Lower ranks are better: whole addresses, then those without a postcode, then a postcode alone; each in the order of trust. */
function candidatesIn(source: Source, order: number): Candidate[] {
  const anchored = addressesIn(source.text, isNoAddressLine(source.letter));
  const loose = [...looseAddressesIn(source.text)].filter(
    (one) => !anchored.some(({ quote }) => bare(quote).includes(bare(one.lines[0] ?? ''))),
  );
  return [...anchored, ...loose]
    .filter((found) => !(OFFICE_LINES[source.where] !== undefined && isOffice(source.text, found, OFFICE_LINES[source.where])))
    .map((found) => {
      const isWhole = found.postcode !== null && found.lines.length > 0;
      const kind = found.lines.length === 0 ? 200 : isWhole || (found.whose === 'home' && source.where !== 'note') ? 0 : 100;
      const whose = { home: 0, unknown: isWhole ? 1 : 2, other: 1000 }[found.whose];
      return { found, source, rank: kind + order * RANKS_OF_SOURCE + whose + (isWhole ? 0 : 3) };
    });
}

/** A line that stands between an address and what is above it: a name, a job, a phone. */
function isNoAddressLine(letter: Letter): (line: string) => boolean {
  const words = nameWords(letter.from).filter((word) => word.length > 1);
  return (line) => NOT_ADDRESS.test(line) || (!/\d/.test(line) && words.some((word) => bare(line).split(' ').includes(word)));
}

/** An address below a company's name or a job title is where somebody works. */
function isOffice(signature: string, { index, lines: own }: AddressFound, most = 9): boolean {
  const lines = signature.slice(0, index).split('\n');
  // `29 Sorrel Bank` is a street.
  const isStreet = (line: string) => /^\s*\d/.test(line) && own.some((one) => bare(line).startsWith(bare(one)));
  return lines.slice(-most).some((line) => COMPANY.test(line) && !isStreet(line));
}

/** The one flat that the tenant speaks of, where the address itself has none: "it's flat 4" over a signature with the street. */
function unitOf(sources: readonly Source[]): string | null {
  const units = new Set(
    sources.filter((source) => source.voice === 'tenant').flatMap((source) => unitIn(source.text, source.where.includes('subject'))),
  );
  return units.size === 1 ? ([...units][0] ?? null) : null;
}

function withUnit(unit: string, lines: string[]): string[] {
  const all = [unit, ...lines];
  return all.length <= 4 ? all : [...all.slice(0, 3), all.slice(3).join(', ')];
}

/** At most four lines are set. */
export function putAddress(put: Put, lines: string[], postcode: string | null, evidence: Evidence): void {
  const fields = ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4'] as const;
  for (const [index, field] of fields.entries()) put(field, lines[index], evidence);
  put('PropertyPostcode', postcode, evidence);
}
