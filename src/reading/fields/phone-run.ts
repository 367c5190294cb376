/** What in a text may be a phone number: runs of digits in every way people write them, and numbers written in words. */

import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { matchesIn } from '../matches.ts';
import { remembered } from '../remembered.ts';
import { britishNumber } from './british-number.ts';

export type NumberRun = {
  /** E.164 */
  number: string;
  quote: string;
  index: number;
  isMobile: boolean;
  /** `sure`: valid, and written as a phone number is. `bare`: valid, but without 0 or +. `possible`: only its length is right. */
  how: 'sure' | 'bare' | 'possible';
};

const DIGIT = '(?:\\p{Nd}|[oO](?![A-NP-Za-np-z])|(?<=\\p{Nd})[Il](?=\\p{Nd}| \\p{Nd}))';
/** Digits of any script, blanks, dots, hyphens and brackets, letters o for noughts, and spoken repeats. */
const RUN = new RegExp(
  `(?:(?<![\\p{L}\\p{N}£€$#@/_.-]|\\p{N}[:,])|(?<=\\b(?:[Mm]ob|[Mm]obile|[Tt]el|[Pp]hone|[Nn]umber|[Nn]o)))(?:\\+|\\(|\\p{Nd}|[oO](?=[\\p{Nd}oO ]*\\p{Nd}))(?:${DIGIT}|(?<=\\p{Nd}{3}) ?[/_] ?(?=\\p{Nd}{3})|_(?=\\p{Nd}{3})|[ ().\\-–\\u2010-\\u2015]{1,4}(?=[\\p{Nd}oO]|double|treble|triple)|(?:double|treble|triple) )*(?:\\p{Nd}|[oO](?![A-NP-Za-np-z]))`,
  'gu',
);
const WORDS: Record<string, string> = {
  zero: '0',
  oh: '0',
  o: '0',
  nought: '0',
  naught: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
};
const WORD = Object.keys(WORDS).join('|');
const SPOKEN = new RegExp(`\\b(?:${WORD})(?:[\\s,.-]{1,3}(?:${WORD}|double|treble|triple|\\d+)\\b){5,13}`, 'gi');
/** `07400 one two three 456` */
const HALF_SPOKEN = new RegExp(`(?<![\\p{L}\\p{N}+./-])0\\d{1,6}(?:[\\s,.-]{1,3}(?:${WORD}|double|treble|triple|\\d+)\\b){2,10}`, 'giu');
/** `ring me on 07400`, and `123 456` at the beginning of the next line, as a mail program wraps it. */
const WRAPPED =
  /(?<![\p{L}\p{N}£€$#@/_.+-])(?:0\d|\+44 ?\d)\d{0,8}(?: \d{1,6}){0,5}[ \t]{0,3}\n[ \t]{0,3}\d{1,8}(?: \d{2,6}){0,3}(?![\p{N}:/-]|[.,]\p{N})/gu;
/** Without these there is none: they are quickly looked for. */
const DIGITS = /\p{Nd}/u;
const DIGIT_AND_WORD = new RegExp(`\\d[\\s,.-]{1,3}(?:${WORD})\\b`, 'i');
const DIGITS_ACROSS = /\d[ \t]*\n[ \t]*\d/;
const SPOKEN_NOUGHT = /\b(?:zero|oh|o|nought|naught)[\s,.-]/i;
/** Nobody writes a number in more groups than it may have digits. */
const MOST_GROUPS = 17;
/** Of a British number, with its nought. */
const NATIONAL_DIGITS = 11;
const DATE = /(?<!\d[./ -]?)\b(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:20[0-4]\d|[12]\d)\b(?![./-]\d)/;

/** Every run that is a phone number or could be one, in the order of the text. */
export const numberRuns: (text: string) => readonly NumberRun[] = remembered((text) => {
  const runs = (DIGITS.test(text) ? matchesIn(text, RUN) : [])
    .filter((match) => !DATE.test(match[0]))
    .flatMap((match) => numbersOf(match[0], match.index));
  const spoken = [
    ...(SPOKEN_NOUGHT.test(text) ? matchesIn(text, SPOKEN) : []),
    ...(DIGIT_AND_WORD.test(text) ? matchesIn(text, HALF_SPOKEN) : []),
  ];
  for (const match of spoken) {
    const number = overlaps(runs, match) ? null : spokenNumber(match[0]);
    if (number) runs.push({ ...number, index: match.index });
  }
  for (const match of DIGITS_ACROSS.test(text) ? matchesIn(text, WRAPPED) : []) {
    const number = overlaps(runs, match) ? null : parsed(match[0].replace(/\s+/g, ' '));
    if (number?.how === 'sure') runs.push({ ...number, quote: match[0], index: match.index });
  }
  return runs.toSorted((a, b) => a.index - b.index);
});

function overlaps(runs: readonly NumberRun[], { 0: { length }, index }: RegExpExecArray): boolean {
  return runs.some((run) => run.index < index + length && index < run.index + run.quote.length);
}

/** A run may hold two numbers; groups of digits are added until a valid number is complete. */
function numbersOf(run: string, start: number): NumberRun[] {
  const whole = parsed(run);
  if (whole && whole.how !== 'possible') return [{ ...whole, quote: run.trim(), index: start }];
  const parts = matchesIn(run, /[^\s]+(?:\s+|$)/g);
  for (let count = 1; count < Math.min(parts.length, MOST_GROUPS); count += 1) {
    const text = parts
      .slice(0, count)
      .map((part) => part[0])
      .join('');
    const first = parsed(text);
    const rest = run.slice(text.length);
    if (first && first.how !== 'possible') return [{ ...first, quote: text.trim(), index: start }, ...numbersOf(rest, start + text.length)];
  }
  return whole ? [{ ...whole, quote: run.trim(), index: start }] : [];
}

/** The longest beginning that is one: `… four five six. 14 Elm Road` goes on with a house number. */
function spokenNumber(words: string): Omit<NumberRun, 'index'> | null {
  const ends = matchesIn(words, /[^\s,.-]+/g).map(({ 0: { length }, index }) => index + length);
  for (const end of ends.toReversed()) {
    const quote = words.slice(0, end);
    const digits = unspoken(quote);
    const number = digits.startsWith('0') && digits.length <= NATIONAL_DIGITS ? parsed(digits) : null;
    if (number) return { ...number, quote };
  }
  return null;
}

/** `double oh`, `triple 1` and digits in words as digits. */
function unspoken(text: string): string {
  return text
    .toLowerCase()
    .replace(new RegExp(`\\b(?:${WORD})\\b`, 'g'), (word) => WORDS[word] ?? '')
    .replace(/(double|treble|triple)[\s,.-]*(\d)/g, (_, times: string, digit: string) => digit.repeat(times === 'double' ? 2 : 3))
    .replace(/\D/g, '');
}

/** `07400 123456`, as nearly every number is written. */
const PLAIN = /^\+?\d[\d ]*$/;

/** What is dialled for a number that has more in it than digits and blanks. */
function digitsOf(run: string): string {
  const plain = run
    .replace(/(double|treble|triple) (\p{Nd}|[oO])/giu, (_, times: string, digit: string) =>
      digit.repeat(times.toLowerCase() === 'double' ? 2 : 3),
    )
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)))
    .replace(/[oO]/g, '0')
    .replace(/[Il]/g, '1')
    .replace(/^(\+|00)?\s*44\s*\(0\)/, '+44');
  return plain.replace(/[^\d+]/g, '').replace(/^00/, '+');
}

/** One number as somebody wrote it; null when it cannot be one. */
export const parsed: (run: string) => Pick<NumberRun, 'number' | 'isMobile' | 'how'> | null = remembered((run) => {
  const digits = PLAIN.test(run) ? run.replaceAll(' ', '').replace(/^00/, '+') : digitsOf(run);
  if (digits.length < 10 || digits.length > 16) return null;
  const international = digits.startsWith('+');
  const national = digits.startsWith('0');
  const bareMobile = /^7\d{9}$/.test(digits) || /^44[1237]\d{9}$/.test(digits);
  if (!international && !national && !bareMobile) return null;
  const dialled = digits.startsWith('44') ? `+${digits}` : digits;
  const british = britishNumber(dialled);
  if (british !== null) return { number: british, isMobile: isMobileNumber(british), how: bareMobile ? 'bare' : 'sure' };
  const phone = parsePhoneNumberFromString(dialled, 'GB');
  if (!phone) return null;
  const isMobile = isMobileNumber(phone.number);
  if (phone.isValid()) return { number: phone.number, isMobile, how: bareMobile ? 'bare' : 'sure' };
  const isBritish = /^\+44(?:[12]\d{8,9}|7\d{9})$/.test(phone.number);
  return (isBritish || international) && phone.isPossible() ? { number: phone.number, isMobile, how: 'possible' } : null;
});

function isMobileNumber(number: string): boolean {
  return /^\+447[1-57-9]/.test(number);
}

/** The value of a decimal digit of any script: each script has its ten in a row. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 128) return code - 48;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (code - zero) % 10;
}
