/** Admins' patterns on RE2, bounded: in the size of each, and in the work that all of them may do on one mail. */
import { RE2JS } from 're2js';
import { MOST_PATTERN_CHARACTERS } from './names.ts';

/** RE2 needs time that grows with the length of the text times this number of instructions. */
const MOST_INSTRUCTIONS = 500;
/** Instructions times characters: some 0.6 s at the very worst, since RE2 is usually far faster than that. */
const MOST_WORK = 20_000_000;

export class PatternError extends Error {}

const compiled = new Map<string, RE2JS>();
const MOST_COMPILED = 5_000;

/** @throws PatternError when it is too large, Error (of RE2) when it is no pattern */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > MOST_PATTERN_CHARACTERS) throw new PatternError(`it is longer than ${MOST_PATTERN_CHARACTERS} characters`);
  const made = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE | RE2JS.MULTILINE);
  if (made.programSize() > MOST_INSTRUCTIONS)
    throw new PatternError(`it is too large (${made.programSize()} steps, at most ${MOST_INSTRUCTIONS})`);
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

/** What the patterns of all templates may still do on one mail. */
export class Work {
  #left = MOST_WORK;

  /** False when a pattern may not be tried on so long a text any more. */
  spend(pattern: RE2JS, characters: number): boolean {
    this.#left -= pattern.programSize() * characters;
    return this.#left >= 0;
  }
}

export type Found = { quote: string; groups: Record<string, string>; value: string };

/** The first places in a text that fit, at most `most`; none when the work is used up. */
export function findAll(pattern: string, text: string, work: Work, most: number): Found[] {
  const made = compilePattern(pattern);
  const found: Found[] = [];
  if (!work.spend(made, text.length)) return found;
  const names = Object.keys(made.namedGroups());
  const matcher = made.matcher(text);
  while (found.length < most && matcher.find()) {
    const groups: Record<string, string> = {};
    for (const name of names) {
      const value = matcher.group(name);
      if (value !== null) groups[name] = value;
    }
    const quote = matcher.group() ?? '';
    const first = made.groupCount() > 0 ? matcher.group(1) : null;
    found.push({ quote, groups, value: groups['value'] ?? first ?? quote });
    if (!work.spend(made, matcher.end() - matcher.start() + 1)) break;
  }
  return found;
}

export function occurs(pattern: string, text: string, work: Work): boolean {
  const made = compilePattern(pattern);
  return work.spend(made, text.length) && made.matcher(text).find();
}
