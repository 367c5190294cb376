/** The Reference of a report: V3's ExternalID, derived from the mail itself, so the same mail has the same one on any machine. */
import { createHash } from 'node:crypto';
import { MAX_EXTERNAL_ID } from './job.ts';

/** Digits and capitals that are not mistaken for one another when read aloud or copied by hand; without vowels, so that no words come of it. */
const ALPHABET = '23456789CDFHJKMNPQRTWXY';
const IN_TEXT = new RegExp(`(?<![A-Z0-9])[${ALPHABET}]{${MAX_EXTERNAL_ID}}(?![A-Z0-9])`, 'g');
/** A text names few references; a hostile one may name thousands. */
const MOST_IN_TEXT = 20;

/**
 * The reference of the mail with this identity (see identity.ts): 9 characters, 40 bits.
 * @param candidate 0 for the first; the next number when another mail in the ledger already has that reference.
 */
export function deriveReference(identity: string, candidate = 0): string {
  const digest = createHash('sha256').update(`reference\0${identity}\0${candidate}`).digest();
  let number = digest.readBigUInt64BE(0);
  let reference = '';
  for (let i = 0; i < MAX_EXTERNAL_ID; i += 1) {
    reference += ALPHABET[Number(number % BigInt(ALPHABET.length))];
    number /= BigInt(ALPHABET.length);
  }
  return reference;
}

/** What may be references in a subject or text: only the ledger knows whether they are. Each once, in order. */
export function referencesIn(text: string): string[] {
  return [...new Set(text.match(IN_TEXT) ?? [])].slice(0, MOST_IN_TEXT);
}
