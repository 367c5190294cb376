/** Address fields as nodemailer's parser reads them, with what they must not hide made plain. */
import { domainToUnicode } from 'node:url';
import addressparser from 'nodemailer/lib/addressparser';
import { decodedWords } from './part-head.ts';

/** `address` is '' where there is none: a name alone, or one that hid an encoded word. */
export type Mailbox = { name: string; address: string };

const ENCODED_WORD = /=\?[^?]+\?[bq]\?[^?]*\?=/i;

/** `Jo Marsh <jo@mail.example>`, `"Jo Marsh" <…>` or an address alone, as nearly every mail has it: what nobody could read in two ways. */
const PLAIN =
  /^(?:(?:"([A-Za-z0-9\u00c0-\u024f]+(?:[ -][A-Za-z0-9\u00c0-\u024f]+)*)"|([A-Za-z0-9\u00c0-\u024f]+(?:[ -][A-Za-z0-9\u00c0-\u024f]+)*)) <([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*)>|([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*))$/;

/** All mailboxes of an address field (RFC 5322 §3.4) in order, those of groups too. @param value unfolded, its bytes decoded */
export function mailboxesIn(value: string): Mailbox[] {
  const plain = PLAIN.exec(value);
  if (plain !== null) return [{ name: plain[1] ?? plain[2] ?? '', address: plain[3] ?? plain[4] ?? '' }];
  return addressparser(value, { flatten: true }).map(({ name, address }) => ({
    name: decodedWords(name.trim()),
    address: plainAddress(address.trim()),
  }));
}

/** An encoded word may stand in a name only (RFC 2047 §5): in an address it hides another, and counts only where a plain one comes out. */
function plainAddress(address: string): string {
  let plain = address;
  if (ENCODED_WORD.test(address)) {
    plain = decodedWords(address);
    if (!/^[^\s@]+@[^\s@]+$/.test(plain) || plain.includes('=?')) return '';
  }
  const at = plain.lastIndexOf('@') + 1;
  if (!/@xn--/i.test(plain)) return plain;
  return plain.slice(0, at) + (domainToUnicode(plain.slice(at)) || plain.slice(at));
}
