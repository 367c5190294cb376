/** Applies a template's rules to sentences. Patterns run on RE2: linear time, whatever an admin writes and whoever sends the mail. */
import { RE2JS } from 're2js';
import type { Template, TemplateRule } from './template.ts';

const compiled = new Map<string, RE2JS>();

/**
 * For texts in lower case: RE2 passes over a text that lacks a word which the pattern needs, but only where case counts.
 * @throws Error when the pattern is not RE2 (templates are checked when they are loaded)
 */
export function re2(pattern: string): RE2JS {
  let found = compiled.get(pattern);
  if (found === undefined) {
    found = RE2JS.compile(lowered(pattern));
    compiled.set(pattern, found);
  }
  return found;
}

/** The pattern's own letters in lower case; escapes such as `\B` and `\p{Lu}` stay, the latter as any letter. */
function lowered(pattern: string): string {
  return pattern.replace(/\\[pP]\{\^?(?:Lu|Lt|Ll)\}|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\(\?P?<[^>]*>|[^\\(]+|\(/gsu, (part) => {
    if (/^\\p\{(?:Lu|Lt|Ll)\}$/.test(part)) return '\\p{L}';
    return part.startsWith('\\') || part.startsWith('(?') ? part : part.toLowerCase();
  });
}

export function matches(pattern: string, text: string): boolean {
  return re2(pattern).test(text.toLowerCase());
}

const combined = new WeakMap<readonly string[], RE2JS>();

/** Whether one of the patterns is found; they run as one alternation, in one pass. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  let all = combined.get(patterns);
  if (all === undefined) {
    all = re2(patterns.map((pattern) => `(?:${pattern})`).join('|'));
    combined.set(patterns, all);
  }
  return all.test(text.toLowerCase());
}

/** The first rule that holds for one of the sentences, and that sentence; earlier rules win over earlier sentences. */
export function firstRule<R extends TemplateRule>(rules: R[], sentences: readonly string[]): { rule: R; sentence: string } | null {
  for (const rule of rules) {
    const sentence = sentences.find((one) => holds(rule, one));
    if (sentence !== undefined && (rule.anywhere === undefined || sentences.some((one) => matchesAny(rule.anywhere ?? [], one))))
      return { rule, sentence };
  }
  return null;
}

function holds(rule: TemplateRule, sentence: string): boolean {
  if (!matchesAny(rule.any, sentence)) return false;
  if (rule.and && !matchesAny(rule.and, sentence)) return false;
  return !(rule.unless && matchesAny(rule.unless, sentence));
}

/** The priority that sentences ask for. What stands on either side of a "but" is judged apart, and what is over makes nothing urgent. */
export function firstPriority(
  template: Pick<Template, 'priorities' | 'notNow'>,
  sentences: readonly string[],
): { rule: Template['priorities'][number]; sentence: string } | null {
  const clauses = sentences.flatMap((sentence) => sentence.split(TURN).filter((clause) => clause.trim() !== ''));
  const present = template.notNow ? clauses.filter((clause) => !holds(template.notNow as TemplateRule, clause)) : clauses;
  for (const rule of template.priorities) {
    const found = firstRule([rule], rule.priority === 'Emergency' || rule.priority === 'High' ? present : clauses);
    if (found) return found;
  }
  return null;
}

const TURN = /;\s|,?\s+\b(?:but|however|although|though)\b\s*/i;
