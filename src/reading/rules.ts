/** Applies a template's rules to sentences: in one pass it is seen which of them may hold at all, and only their patterns are tried. */
import { remembered } from './remembered.ts';
import { type RulePattern, rulePattern } from './rule-pattern.ts';
import { type Seen, stringsIn } from './strings-in.ts';
import type { Template, TemplateRule } from './template.ts';

/** Patterns of which one has to fit, and what each needs, as numbers in the list of all strings of its rules. */
type AnyOf = { pattern: RulePattern; needs: number[][] }[];
type Prepared = { any: AnyOf; and: AnyOf | null; unless: AnyOf | null; anywhere: AnyOf | null };
type RuleSet = { rules: Prepared[]; seenIn: (text: string) => Seen };

type Wordings = { any: readonly string[] } & { [Part in 'and' | 'unless' | 'anywhere']?: readonly string[] | undefined };

const prepared = new WeakMap<readonly Wordings[], RuleSet>();

/** Prepared once for each list of rules. */
function ruleSetOf(rules: readonly Wordings[]): RuleSet {
  let set = prepared.get(rules);
  if (set === undefined) {
    const strings = new Map<string, number>();
    const numberOf = (string: string) => {
      const known = strings.get(string);
      if (known !== undefined) return known;
      strings.set(string, strings.size);
      return strings.size - 1;
    };
    const anyOf = (patterns: readonly string[]): AnyOf =>
      patterns.map((source) => {
        const pattern = rulePattern(source);
        return { pattern, needs: pattern.needs.map((list) => list.map(numberOf)) };
      });
    const all = rules.map(({ any, and, unless, anywhere }) => ({
      any: anyOf(any),
      and: and ? anyOf(and) : null,
      unless: unless ? anyOf(unless) : null,
      anywhere: anywhere ? anyOf(anywhere) : null,
    }));
    set = { rules: all, seenIn: remembered(stringsIn([...strings.keys()])) };
    prepared.set(rules, set);
  }
  return set;
}

/** @param text in small letters; `seen` may be of a longer text that it is part of */
function fits(any: AnyOf, text: string, seen: Seen): boolean {
  return any.some(({ pattern, needs }) => mayFit(needs, seen) && pattern.test(text));
}

function mayFit(needs: number[][], seen: Seen): boolean {
  return needs.every((list) => list.some((number) => seen[number] === 1));
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
  const seen = set.seenIn(small);
  return rules[set.rules.findIndex(({ any }) => fits(any, small, seen))] ?? null;
}

/** Sentences in small letters, and what stands in them. */
type Looked = { sentences: readonly string[]; small: string[]; seen: Seen };

function looked(set: RuleSet, sentences: readonly string[]): Looked {
  const small = sentences.map((sentence) => sentence.toLowerCase());
  return { sentences, small, seen: set.seenIn(small.join('\n')) };
}

/** The sentence for which a rule holds, or null. */
function sentenceOf({ any, and, unless, anywhere }: Prepared, { sentences, small, seen }: Looked): string | null {
  if (!any.some(({ needs }) => mayFit(needs, seen))) return null;
  const index = small.findIndex((one) => fits(any, one, seen) && (!and || fits(and, one, seen)) && !(unless && fits(unless, one, seen)));
  if (index < 0 || (anywhere && !small.some((one) => fits(anywhere, one, seen)))) return null;
  return sentences[index] ?? null;
}

/** The first rule that holds for one of the sentences, and that sentence; earlier rules win over earlier sentences. */
export function firstRule<R extends TemplateRule>(rules: readonly R[], sentences: readonly string[]): { rule: R; sentence: string } | null {
  const set = ruleSetOf(rules);
  const all = looked(set, sentences);
  for (const [index, rule] of rules.entries()) {
    const sentence = sentenceOf(set.rules[index] as Prepared, all);
    if (sentence !== null) return { rule, sentence };
  }
  return null;
}

/** The priority that sentences ask for. What stands on either side of a "but" is judged apart, and what is over makes nothing urgent. */
export function firstPriority(
  template: Pick<Template, 'priorities' | 'notNow'>,
  sentences: readonly string[],
): { rule: Template['priorities'][number]; sentence: string } | null {
  const clauses = sentences.flatMap((sentence) => sentence.split(TURN).filter((clause) => clause.trim() !== ''));
  const set = ruleSetOf(template.priorities);
  const all = looked(set, clauses);
  const present = template.notNow ? without(template.notNow, all) : all;
  for (const [index, rule] of template.priorities.entries()) {
    const isGrave = rule.priority === 'Emergency' || rule.priority === 'High';
    const sentence = sentenceOf(set.rules[index] as Prepared, isGrave ? present : all);
    if (sentence !== null) return { rule, sentence };
  }
  return null;
}

/** The sentences for which a rule does not hold. */
function without(rule: TemplateRule, all: Looked): Looked {
  const set = ruleSetOf(alone(rule, (one) => one));
  const seen = set.seenIn(all.small.join('\n'));
  const [{ any, and, unless }] = set.rules as [Prepared];
  if (!any.some(({ needs }) => mayFit(needs, seen))) return all;
  const holds = (one: string) => fits(any, one, seen) && (!and || fits(and, one, seen)) && !(unless && fits(unless, one, seen));
  const kept = all.small.flatMap((one, index) => (holds(one) ? [] : [index]));
  return { ...all, sentences: kept.map((index) => all.sentences[index] ?? ''), small: kept.map((index) => all.small[index] ?? '') };
}

const TURN = /;\s|,?\s+\b(?:but|however|although|though)\b\s*/i;
