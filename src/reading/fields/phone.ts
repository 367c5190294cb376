/** Phone numbers in running text: found in every way people write them, validated by libphonenumber, and sorted by whose they are. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { PhoneFormat } from '../../domain/mailbox.ts';

export type Owner = 'own' | 'family' | 'foreign';

export type PhoneFound = {
  /** E.164 */
  number: string;
  quote: string;
  index: number;
  isMobile: boolean;
  owner: Owner;
  /** The words right before it say that it is a phone number. */
  labelled: boolean;
  /** The text asks not to ring it, or to prefer another. */
  last: boolean;
};

/** Digits of any script, blanks, dots, hyphens and brackets, letters o for noughts, and spoken repeats. */
const RUN =
  /(?<![\p{L}\p{N}£€$#@/_.-])(?:\+|\(|\p{Nd}|[oO](?=[\p{Nd}oO ]*\p{Nd}))(?:\p{Nd}|[oO](?![A-NP-Za-np-z])|[ ().\-–\u2010-\u2015]{1,3}(?=[\p{Nd}(oO]|double|treble|triple)|(?:double|treble|triple) )*(?:\p{Nd}|[oO](?![A-NP-Za-np-z]))/gu;
const LABEL =
  /\b(tel|telephone|phone|mob|mobile|cell|call|ring|text|whats ?app|number|num|no|contact|landline|home|t|m|me on|reach (me|us) on|on)\b[^\p{L}\p{N}]{0,6}(is|s|at|on)?[^\p{L}\p{N}]{0,4}$/iu;
const NOT_A_PHONE =
  /\b(ref|reference|account|a\/c|acc|invoice|policy|meter|mpan|mprn|serial|crime|case|ticket|student id|id|order|job no|registered in england no|company no|scheme no|sort code|reading|readings|model|error|code|booking|tenancy( number| no)?|claim|barcode|report no)\b[^\n]{0,14}$/iu;
const FOREIGN =
  /\b(neighbou?rs?|landlord|plumber|contractor|electrician|engineer|firm|company|roofer|builder|roofline|office( line)?|ddi|agency|letting|estate agent|concierge|managing agent|helpline|support|emergency line|national grid|british gas|council|police|surgery|school|work (number|line)|switchboard)\b/iu;
const THIRD = /\b(his|her|their)\b[^.!?\n]{0,30}$/iu;
const FAMILY =
  /\b(husband|wife|partner|mum|mom|mother|dad|father|son|daughter|brother|sister|housemate|flatmate|roommate|girlfriend|boyfriend|fianc[ée]e?|carer|friend|mine is|other half)\b/iu;
const AVOID =
  /\b(rarely|never) (switched|on|answered|used)|do(n['’]t| not) (ring|call|use)|\btext( me)?( on)?\W{0,3}$|if no (answer|reply)|if you can(no|['’])t reach/iu;

/**
 * @param voice whose words they are: `staff` speak of the tenant as "her number", and of their own as "my".
 */
export function phonesIn(text: string, voice: 'tenant' | 'staff'): PhoneFound[] {
  const found: PhoneFound[] = [];
  for (const match of text.matchAll(RUN)) {
    for (const candidate of numbersOf(match[0], match.index)) {
      const before = text.slice(Math.max(0, candidate.index - 90), candidate.index);
      const line = before.slice(before.lastIndexOf('\n') + 1);
      const after =
        text.slice(candidate.index + candidate.quote.length, candidate.index + candidate.quote.length + 50).split('\n')[0] ?? '';
      const labelled = LABEL.test(line);
      if (NOT_A_PHONE.test(line) && !/\b(tel|phone|mob|mobile)\b[^\p{L}]*$/iu.test(line)) continue;
      if (!candidate.sure && !labelled) continue;
      found.push({
        ...candidate,
        labelled,
        owner: ownerOf(line, after, voice),
        last: AVOID.test(line) || /^[^.\n]{0,4}\((office|work|rarely)/i.test(after),
      });
    }
  }
  return found.filter((one, index) => found.findIndex((other) => other.number === one.number) === index);
}

/** A run may hold two numbers; groups of digits are added until a valid number is complete. */
function numbersOf(run: string, start: number): { number: string; quote: string; index: number; isMobile: boolean; sure: boolean }[] {
  const whole = parsed(run);
  if (whole) return [{ ...whole, quote: run.trim(), index: start }];
  const parts = [...run.matchAll(/[^\s]+(?:\s+|$)/g)];
  for (let count = 1; count < parts.length; count += 1) {
    const text = parts
      .slice(0, count)
      .map((part) => part[0])
      .join('');
    const first = parsed(text);
    const rest = run.slice(text.length);
    if (first) return [{ ...first, quote: text.trim(), index: start }, ...numbersOf(rest, start + text.length)];
  }
  return [];
}

function parsed(run: string): { number: string; isMobile: boolean; sure: boolean } | null {
  const plain = run
    .replace(/(double|treble|triple) (\p{Nd}|[oO])/giu, (_, times: string, digit: string) =>
      digit.repeat(times.toLowerCase() === 'double' ? 2 : 3),
    )
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)))
    .replace(/[oO]/g, '0')
    .replace(/^(\+|00)?\s*44\s*\(0\)/, '+44');
  const digits = plain.replace(/[^\d+]/g, '').replace(/^00/, '+');
  if (digits.length < 10 || digits.length > 16) return null;
  const international = digits.startsWith('+');
  const national = digits.startsWith('0');
  const bareMobile = /^7\d{9}$/.test(digits) || /^44[1237]\d{9}$/.test(digits);
  if (!international && !national && !bareMobile) return null;
  const phone = parsePhoneNumberFromString(digits.startsWith('44') ? `+${digits}` : digits, 'GB');
  if (!phone?.isValid()) return null;
  return { number: phone.number, isMobile: /^\+447[1-57-9]/.test(phone.number), sure: international || national };
}

/** The value of a decimal digit of any script: each script has its ten in a row. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 128) return code - 48;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (code - zero) % 10;
}

function ownerOf(line: string, after: string, voice: 'tenant' | 'staff'): Owner {
  const sentence = line.split(/[.!?;]\s|\s[|/]\s/).at(-1) ?? line;
  if (voice === 'staff') return /\b(tenant|tnt|her|his|their|she|he|they|mrs?|ms|miss)\b/i.test(sentence) ? 'own' : 'foreign';
  const close = sentence.slice(-70);
  if (/\bmy (number|num|mobile|phone|no|tel)\b[^,;]{0,20}$/i.test(close)) return 'own';
  if (FOREIGN.test(close) && !/\b(my|call me|ring me)\b/i.test(close.slice(-30))) return 'foreign';
  if (FAMILY.test(close) || /^\s*\(?(my )?(husband|wife|partner|mum|dad|son|daughter)/i.test(after)) return 'family';
  if (THIRD.test(close)) return 'foreign';
  if (/^\s*\((office|landlord|agency|neighbour)/i.test(after)) return 'foreign';
  return 'own';
}

/** `07400 123456` or `+447400123456`. */
export function written(number: string, format: PhoneFormat): string {
  if (format === 'E.164') return number;
  const phone = parsePhoneNumberFromString(number);
  return phone?.country === 'GB' || phone?.countryCallingCode === '44' ? phone.formatNational() : (phone?.formatInternational() ?? number);
}

/** E.164 of one number as an admin wrote it, or null. */
export function normalised(text: string): string | null {
  return parsed(text)?.number ?? null;
}
