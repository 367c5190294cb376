/** UK postcodes in running text, with the repairs that people's spelling needs. */

import { matchesIn } from '../matches.ts';
import { remembered } from '../remembered.ts';

export type PostcodeFound = { postcode: string; quote: string; index: number };

/** The 124 postcode areas (Royal Mail). */
const AREAS = new Set(
  'AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE'.split(
    ' ',
  ),
);
/** Outward: area, district, sometimes a letter. Inward: a digit and two letters, never C I K M O V. O stands for a nought where a digit belongs. */
const PATTERN =
  /(?<![A-Za-z0-9£€$])([A-Za-z]{1,2})([0-9][0-9Oo]?[A-Za-z]?)(\s{0,2}|\s?\n\s?|-)([0-9Oo])([ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2})(?![A-Za-z0-9])/g;

/** Nobody writes about more places; around each of them lines are read. */
const MOST = 200;

/** As written with care: in capitals with one blank. An inward code that Royal Mail does not give is still what the person wrote. */
const WRITTEN = /(?<![A-Za-z0-9£€$])([A-Z]{1,2})([0-9][0-9]?[A-Z]?)( )([0-9])([A-Z]{2})(?![A-Za-z0-9])/g;

export const postcodesIn: (text: string) => readonly PostcodeFound[] = remembered((text) => {
  const found: PostcodeFound[] = [];
  const strict = matchesIn(text, PATTERN);
  const known = new Set(strict.map(({ index }) => index));
  const written = matchesIn(text, WRITTEN).filter(({ index }) => !known.has(index));
  for (const match of [...strict, ...written].toSorted((a, b) => a.index - b.index)) {
    if (found.length >= MOST) break;
    const [quote, area = '', district = '', gap = '', digit = '', letters = ''] = match;
    if (!AREAS.has(area.toUpperCase())) continue;
    const fixed = district.toUpperCase().replace(/^(\d)O/, '$10');
    const lower = quote === quote.toLowerCase() && gap !== '' && /^(in|at|on|to|am|pm|th|st|nd|rd|up|so|of)$/.test(letters);
    if (lower) continue;
    found.push({
      postcode: `${area.toUpperCase()}${fixed} ${digit.replace(/[Oo]/, '0')}${letters.toUpperCase()}`,
      quote: quote.replace(/\s+/g, ' '),
      index: match.index,
    });
  }
  return found;
});
