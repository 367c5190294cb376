/** Plain text as all further reading expects it: LF line ends, ordinary blanks, nothing invisible, hard-wrapped lines joined again. */
import { remembered } from './remembered.ts';

/** A mail longer than this is cut: nobody reports a fault in more words, and every later step stays fast. */
const MOST_CHARACTERS = 60_000;
/** Patterns are tried on one line at a time, so a line without end is broken: nobody writes a longer paragraph. */
const MOST_IN_LINE = 1_000;
const INVISIBLE =
  /\u00ad|\u034f|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u2069]|\ufeff|\ufffc|[\u0000-\u0008]|[\u000b\u000c]|[\u000e-\u001f]/g;

export const tidy: (text: string) => string = remembered((text) => {
  return text
    .slice(0, MOST_CHARACTERS)
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '  ') // tabs put values below one another
    .replace(/[\u00a0\u2007\u202f]/g, ' ')
    .replace(INVISIBLE, '')
    .replace(/[\uff0c\uff1a\uff1b\uff01\uff1f](?=\S)/g, (wide) => `${wide} `) // Chinese writing has no blank behind them
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, ' ')
    .replace(/[\u3002\uff61]/g, '. ')
    .split('\n')
    .flatMap((line) => broken(line.trimEnd()))
    .join('\n')
    .replace(/\n{4,}/g, '\n\n\n')
    .trim();
});

function broken(line: string): string[] {
  if (line.length <= MOST_IN_LINE) return [line];
  const pieces: string[] = [];
  for (let rest = line; rest !== ''; ) {
    const blank = rest.length <= MOST_IN_LINE ? -1 : rest.lastIndexOf(' ', MOST_IN_LINE);
    const end = rest.length <= MOST_IN_LINE ? rest.length : blank > MOST_IN_LINE / 2 ? blank : MOST_IN_LINE;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return pieces;
}

/** Where a mail program wraps: the next line's first word would not have fitted. */
const WRAP = { least: 66, most: 82 };

/** Joins the lines that a mail program wrapped (Gmail at 76 characters, others at 72); lines that end by themselves stay apart. */
export function reflow(text: string): string {
  const lines = text.split('\n');
  const out: string[] = [];
  let width = 0;
  for (const line of lines) {
    const before = out.at(-1);
    const firstWord = /^\S+/.exec(line)?.[0] ?? '';
    const fitted = width + 1 + firstWord.length <= WRAP.least + 4;
    if (before === undefined || width > WRAP.most || firstWord === '' || before === '' || fitted || startsAnew(line) || isRule(before)) {
      out.push(line);
    } else out[out.length - 1] = `${before} ${line}`;
    width = line.length;
  }
  return out.join('\n');
}

function isRule(line: string): boolean {
  return /^\s*[-_=*~]{4,}\s*$/.test(line);
}

/** A list item, a quote, a label or a line in columns begins a line of its own. */
function startsAnew(line: string): boolean {
  return (
    /^\S.{1,34}\s{3,}\S/.test(line) ||
    /^(\[?\d{1,2}:\d{2}\]?\s|[A-Za-z][\w.-]{1,40}=\S|[A-Z][\w /]{1,24}\.{3,}|[A-Z][\w /?'’]{1,34} > |\s*(\d{1,2}[.)]|[-*•])\s|\s*>|\*?[A-Z][\w /]{1,24}:\*?\s|--\s*$|[_=-]{5,})/.test(
      line,
    )
  );
}

/** With every run of white space as one blank; blanks that stand alone already are passed over. */
export function oneBlank(text: string): string {
  return text.replace(/[^\S ]\s*| \s+/g, ' ');
}

/** The sentences of a text, each within one line. */
export const sentencesOf: (text: string) => readonly string[] = remembered((text) =>
  text
    .split(/\n|(?<=[.!?…])\s+(?=["'“‘(]?[\p{Lu}\p{Ll}\d])/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== ''),
);

/** A shorter text is worked out more quickly than it is found again. */
const LEAST_REMEMBERED = 48;
/** ASCII words with one blank between them. */
const WORDS = /^(?:[A-Za-z0-9]+(?: [A-Za-z0-9]+)*)?$/;

/** Letters, digits and blanks in lower case: for comparing words. */
export function bare(text: string): string {
  if (text.length >= LEAST_REMEMBERED) return bareOfLong(text);
  return WORDS.test(text) ? text.toLowerCase() : bareOf(text);
}

const bareOfLong = remembered(bareOf);

function bareOf(text: string): string {
  const simple = TYPOGRAPHY.test(text) ? text.replaceAll('’', '').replace(TYPOGRAPHIES, ' ') : text;
  return ASCII.test(simple)
    ? simple
        .toLowerCase()
        .replace(/['`]/g, '')
        .replace(/[^a-z0-9 ][^a-z0-9]*| [^a-z0-9]+/g, ' ') // blanks that stand alone are passed over
        .trim()
    : bareOfAny(text);
}

const ASCII = /^[\u0000-\u007f]*$/;
/** What programs make of ASCII quotes, dashes and blanks: with these alone a text is as quickly read as without. */
const TYPOGRAPHY = /[’‘“”–—…•\u00a0]/;
const TYPOGRAPHIES = /[‘“”–—…•\u00a0]/g;

function bareOfAny(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/['’`]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** `JOHN O'NEIL` or `john` as `John O'Neil`; text in mixed case stays as it is. */
export function titleCase(text: string): string {
  if (text !== text.toUpperCase() && text !== text.toLowerCase()) return text;
  return text.toLowerCase().replace(/(^|[\s\-'’(])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
}
