/** Says what is wrong with a pattern, and what to write instead: RE2 knows less than other engines, and that is why no mail can hang it. */
import { compilePattern, PatternError } from './bounded.ts';

/** `at`: where in the pattern, in characters from 0, if that is known. */
export type PatternProblem = { problem: string; write: string; at: number | null };

/** What RE2 does not know, by how it begins: what it is, and what to write instead. */
const UNKNOWN: { begins: RegExp; what: string; write: string }[] = [
  {
    begins: /^\(\?=/,
    what: 'RE2 knows no lookahead (?=…)',
    write: "what follows as part of the pattern, and only the value as the group: 'Tel: (?<value>[0-9 ]+) ext'",
  },
  {
    begins: /^\(\?!/,
    what: 'RE2 knows no negative lookahead (?!…)',
    write: 'what may stand there: [^x] for anything but x; or exclude the mail by match: { none: … }',
  },
  {
    begins: /^\(\?<[=!]/,
    what: 'RE2 knows no lookbehind (?<=…) or (?<!…)',
    write: "what stands before as part of the pattern, and only the value as the group: 'Ref: (?<value>[0-9]+)'",
  },
  { begins: /^\\[1-9k]/, what: 'RE2 knows no backreference such as \\1', write: 'the text once more, or two extractors' },
  { begins: /^\(\?>/, what: 'RE2 knows no atomic group (?>…)', write: '(?:…) instead: RE2 is never slow' },
  { begins: /^\(\?#/, what: 'RE2 knows no comment (?#…)', write: 'the comment in YAML, behind a #' },
  { begins: /^\(\?\(|^\(\?\|/, what: 'RE2 knows no conditional group', write: 'two patterns, in a list under from:' },
  {
    begins: /^\(\?[a-z-]*[xg-hj-lno-rt-z]/,
    what: 'RE2 knows only the flags i, m, s and U',
    write: '(?s) for a dot that goes over line ends; case is ignored always',
  },
  { begins: /^\\u/, what: 'RE2 does not know \\u', write: 'the character itself, or \\x{00A3}' },
  { begins: /^\\Z/, what: 'RE2 does not know \\Z', write: '\\z for the end of the text, or $ for the end of a line' },
  { begins: /^\\h/, what: 'RE2 does not know \\h', write: '[ \\t]' },
  { begins: /^\\R/, what: 'RE2 does not know \\R', write: '\\n' },
  { begins: /^\\K|^\\G/, what: 'RE2 knows neither \\K nor \\G', write: 'the value as the group: (?<value>…)' },
  { begins: /^\\N/, what: 'RE2 does not know \\N', write: '[^\\n]' },
  { begins: /^\\[a-zA-Z<>]/, what: 'RE2 does not know this escape', write: 'the character itself, without the backslash' },
  { begins: /^(\+\+|\*\+|\?\+)$/, what: 'RE2 knows no possessive repeat such as ++', write: 'one + or *: RE2 is never slow' },
];

/** What RE2 says, by the beginning of its message. */
const SAID: { says: string; what: string; write: string }[] = [
  { says: 'missing closing ]', what: 'a [ is not closed', write: 'a ] at the end of the list, or \\[ for the character itself' },
  { says: 'missing closing )', what: 'a ( is not closed', write: 'a ) at the end of the group, or \\( for the character itself' },
  { says: 'unexpected )', what: 'a ) closes no group', write: '\\) for the character itself' },
  {
    says: 'missing argument to repetition',
    what: 'nothing stands before *, + or ?',
    write: '\\*, \\+ or \\? for the character itself, or .* for anything',
  },
  {
    says: 'invalid repeat count',
    what: 'a repeat is larger than 1000 in all, or turned round',
    write: '*, +, or a smaller number such as {1,60}',
  },
  { says: 'invalid nested repetition', what: 'two repeats stand behind each other', write: 'one of them, or (?:…) around the first' },
  {
    says: 'invalid character class range',
    what: 'this range or class is not known',
    write: '[A-Za-z], [0-9] or \\p{L} (any letter), with the smaller end first',
  },
  { says: 'invalid named capture', what: 'the name of a group is not allowed', write: 'letters, digits and _ only: (?<value>…)' },
  { says: 'duplicate capture group name', what: 'two groups have the same name', write: 'another name, or (?:…) for a group without one' },
  { says: 'trailing backslash', what: 'a backslash stands at the end', write: '\\\\ for the character itself' },
];

/** Null when the pattern can be used. */
export function patternProblem(pattern: string): PatternProblem | null {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternError)
      return { problem: error.message, write: 'a smaller pattern: shorter repeats such as {1,60}, or two patterns', at: null };
    const { error: said = '', input = '' } = error as { error?: string; input?: string | null };
    const fragment = (input ?? '').replace(/^\(\?[a-z]+\)/, '');
    const at = fragment === '' ? null : pattern.indexOf(fragment);
    const place = at === null || at < 0 ? null : at;
    const unknown = UNKNOWN.find((one) => one.begins.test(fragment));
    if (unknown) return { problem: unknown.what, write: unknown.write, at: place };
    const known = SAID.find((one) => said.startsWith(one.says));
    return { problem: known?.what ?? `RE2 says: ${said || String(error)}`, write: known?.write ?? 'a pattern of RE2', at: place };
  }
}
