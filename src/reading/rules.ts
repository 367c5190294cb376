/** Applies a template's rules to sentences: in one pass it is seen which of them may hold at all, and only their patterns are tried. */
import { remembered } from './remembered.ts';
import { type RulePattern, rulePattern } from './rule-pattern.ts';
import { type Seen, stringsIn } from './strings-in.ts';
import type { Template, TemplateRule } from './template.ts';

/** Patterns of which one has to fit, and what each needs, as numbers in the list of all strings. */
type AnyOf = { pattern: RulePattern; needs: number[][] }[];
type Prepared = { any: AnyOf; and: AnyOf | null; unless: AnyOf | null; anywhere: AnyOf | null };
type RuleSet = { rules: Prepared[]; strings: Strings; always: number[]; triggers: ReadonlyMap<number, number[]>; marks: Uint8Array };

type Wordings = { any: readonly string[] } & { [Part in 'and' | 'unless' | 'anywhere']?: readonly string[] | undefined };

const prepared = new WeakMap<readonly Wordings[], RuleSet>();

/** The strings of several lists of rules, which are looked for in one pass. */
class Strings {
  readonly #numbers = new Map<string, number>();
  #look: ((text: string) => Seen) | null = null;
  /** By what looked: further strings may have come since. */
  readonly #known = remembered(() => new Map<(text: string) => Seen, Seen>());

  get size(): number {
    return this.#numbers.size;
  }

  numberOf(string: string): number {
    const known = this.#numbers.get(string);
    if (known !== undefined) return known;
    this.#look = null;
    this.#numbers.set(string, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  seenIn(text: string): Seen {
    this.#look ??= stringsIn([...this.#numbers.keys()]);
    const known = this.#known(text);
    let seen = known.get(this.#look);
    if (seen === undefined) {
      seen = this.#look(text);
      known.set(this.#look, seen);
    }
    return seen;
  }
}

/** Enough for the rules that read all mails, which are prepared first; what a template adds to them beyond that is looked for by itself. */
const MOST_TOGETHER = 1_500;
const together = new Strings();

/** Prepared once for each list of rules. */
function ruleSetOf(rules: readonly Wordings[]): RuleSet {
  let set = prepared.get(rules);
  if (set === undefined) {
    const strings = together.size < MOST_TOGETHER ? together : new Strings();
    const anyOf = (patterns: readonly string[]): AnyOf =>
      patterns.map((source) => {
        const pattern = rulePattern(source);
        return { pattern, needs: pattern.needs.map((list) => list.map((string) => strings.numberOf(string))) };
      });
    const all = rules.map(({ any, and, unless, anywhere }) => ({
      any: anyOf(any),
      and: and ? anyOf(and) : null,
      unless: unless ? anyOf(unless) : null,
      anywhere: anywhere ? anyOf(anywhere) : null,
    }));
    set = { rules: all, strings, ...triggersOf(all), marks: new Uint8Array(all.length) };
    prepared.set(rules, set);
  }
  return set;
}

/** By the number of a string, the rules that may hold where it stands; `always`: those that need none. */
function triggersOf(rules: Prepared[]): Pick<RuleSet, 'always' | 'triggers'> {
  const always: number[] = [];
  const triggers = new Map<number, number[]>();
  for (const [index, { any }] of rules.entries()) {
    const least = any.map(({ needs }) => needs.toSorted((a, b) => a.length - b.length)[0]);
    if (least.includes(undefined)) always.push(index);
    else for (const number of new Set(least.flatMap((list) => list ?? []))) triggers.set(number, [...(triggers.get(number) ?? []), index]);
  }
  return { always, triggers };
}

/** The rules that may hold, in their order. */
function candidatesOf({ always, triggers, marks }: RuleSet, seen: Seen): number[] {
  marks.fill(0);
  for (const index of always) marks[index] = 1;
  for (const number of seen) for (const index of triggers.get(number) ?? []) marks[index] = 1;
  const found: number[] = [];
  for (let index = 0; index < marks.length; index += 1) if (marks[index] === 1) found.push(index);
  return found;
}

/** Those that may fit somewhere in the text of which `seen` tells. */
function live(any: AnyOf, seen: Seen): RulePattern[] {
  const found: RulePattern[] = [];
  for (const { pattern, needs } of any) if (mayFit(needs, seen)) found.push(pattern);
  return found;
}

/** @param text in small letters */
function fits(patterns: RulePattern[], text: string): boolean {
  for (const pattern of patterns) if (pattern.test(text)) return true;
  return false;
}

function mayFit(needs: number[][], seen: Seen): boolean {
  for (const list of needs) if (!list.some((number) => seen.has(number))) return false;
  return true;
}

const single = new WeakMap<object, readonly Wordings[]>();

/** A rule that stands alone as a list of rules, always the same one. */
function alone<T extends object>(key: T, rule: (key: T) => Wordings): readonly Wordings[] {
  let list = single.get(key);
  if (list === undefined) {
    list = [rule(key)];
    single.set(key, list);
  }
  return list;
}

/** Whether one of the patterns is found. */
export function matchesAny(patterns: readonly string[] | undefined, text: string): boolean {
  if (patterns === undefined) return false;
  const rules = alone(patterns, (any) => ({ any }));
  return firstFitting(rules, text) !== null;
}

/** The first rule of which a pattern is found in the text. */
export function firstFitting<R extends Wordings>(rules: readonly R[], text: string): R | null {
  const set = ruleSetOf(rules);
  const small = text.toLowerCase();
  const seen = set.strings.seenIn(small);
  const index = candidatesOf(set, seen).find((one) => fits(live((set.rules[one] as Prepared).any, seen), small));
  return index === undefined ? null : (rules[index] ?? null);
}

/** Sentences in small letters, and all of them in one text. */
type Looked = { sentences: readonly string[]; small: readonly string[]; whole: string };

const lowered = new WeakMap<readonly string[], Looked>();

function looked(sentences: readonly string[]): Looked {
  let found = lowered.get(sentences);
  if (found === undefined) {
    const whole = sentences.join('\n').toLowerCase();
    found = { sentences, small: whole.split('\n'), whole };
    lowered.set(sentences, found);
  }
  return found;
}

/** What a rule says of one text of those of which `seen` tells; null where it holds for none of them. */
function holding({ any, and, unless }: Prepared, seen: Seen): ((text: string) => boolean) | null {
  const first = live(any, seen);
  const second = and === null ? null : live(and, seen);
  if (first.length === 0 || second?.length === 0) return null;
  const barred = unless === null ? [] : live(unless, seen);
  return (text) => fits(first, text) && (second === null || fits(second, text)) && !fits(barred, text);
}

/** The sentence for which a rule holds, or null. */
function sentenceOf(rule: Prepared, { sentences, small }: Looked, seen: Seen): string | null {
  const holds = holding(rule, seen);
  const index = holds === null ? -1 : small.findIndex(holds);
  if (index < 0) return null;
  if (rule.anywhere !== null) {
    const patterns = live(rule.anywhere, seen);
    if (!small.some((text) => fits(patterns, text))) return null;
  }
  return sentences[index] ?? null;
}

/**
 * The first rule that holds for one of the sentences, and that sentence; earlier rules win over earlier sentences.
 * @param sentences each within one line
 */
export function firstRule<R extends TemplateRule>(rules: readonly R[], sentences: readonly string[]): { rule: R; sentence: string } | null {
  const set = ruleSetOf(rules);
  const all = looked(sentences);
  const seen = set.strings.seenIn(all.whole);
  for (const index of candidatesOf(set, seen)) {
    const sentence = sentenceOf(set.rules[index] as Prepared, all, seen);
    if (sentence !== null) return { rule: rules[index] as R, sentence };
  }
  return null;
}

/**
 * The priority that sentences ask for. What stands on either side of a "but" is judged apart, and what is over makes nothing urgent.
 * @param all sentences, each within one line
 */
export function firstPriority(
  template: Pick<Template, 'priorities' | 'notNow'>,
  all: readonly string[],
): { rule: Template['priorities'][number]; sentence: string } | null {
  const set = ruleSetOf(template.priorities);
  const sentences = withoutNo(all);
  const { whole } = looked(sentences);
  const seen = set.strings.seenIn(whole);
  const candidates = candidatesOf(set, seen);
  if (candidates.length === 0) return null;
  const clauses = looked(clausesOf(sentences, whole));
  let present: Looked | null = null;
  for (const index of candidates) {
    const rule = template.priorities[index] as Template['priorities'][number];
    const isGrave = rule.priority === 'Emergency' || rule.priority === 'High';
    if (isGrave && present === null) present = template.notNow ? without(template.notNow, clauses) : clauses;
    const sentence = sentenceOf(set.rules[index] as Prepared, isGrave && present !== null ? present : clauses, seen);
    if (sentence !== null) return { rule, sentence };
  }
  return null;
}

/** The sentences for which a rule does not hold. */
function without(rule: TemplateRule, all: Looked): Looked {
  const set = ruleSetOf(alone(rule, (one) => one));
  const seen = set.strings.seenIn(all.whole);
  const holds = holding(set.rules[0] as Prepared, seen);
  if (holds === null) return all;
  const kept = all.small.flatMap((one, index) => (holds(one) ? [] : [index]));
  return { ...all, sentences: kept.map((index) => all.sentences[index] ?? ''), small: kept.map((index) => all.small[index] ?? '') };
}

/** `Can you smell gas? No` */
function withoutNo(sentences: readonly string[]): readonly string[] {
  const isDenied = (index: number) =>
    /\?$/.test(sentences[index] ?? '') && /^\W*(?:no|none|nope|n\/a)\W*$/i.test(sentences[index + 1] ?? '');
  return sentences.some((_, index) => isDenied(index)) ? sentences.filter((_, index) => !isDenied(index)) : sentences;
}

const TURN = /;\s|,?\s+\b(?:but|however|although|though)\b\s*/i;
const TURNS = /;|\b(?:but|however|although|though)\b/;

/** @param whole all sentences in small letters */
function clausesOf(sentences: readonly string[], whole: string): readonly string[] {
  return TURNS.test(whole) ? sentences.flatMap((sentence) => sentence.split(TURN).filter((clause) => clause.trim() !== '')) : sentences;
}
