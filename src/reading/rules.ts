/** Applies a template's rules to sentences. Patterns run on RE2: linear time, whatever an admin writes and whoever sends the mail. */
import { RE2JS } from 're2js';
import type { TemplateRule } from './template.ts';

const compiled = new Map<string, RE2JS>();

/** @throws Error when the pattern is not RE2 (templates are checked when they are loaded) */
export function re2(pattern: string): RE2JS {
  let found = compiled.get(pattern);
  if (found === undefined) {
    found = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    compiled.set(pattern, found);
  }
  return found;
}

export function matches(pattern: string, text: string): boolean {
  return re2(pattern).matcher(text).find();
}

/** The first rule that holds for one of the sentences, and that sentence; earlier rules win over earlier sentences. */
export function firstRule<R extends TemplateRule>(rules: R[], sentences: string[]): { rule: R; sentence: string } | null {
  for (const rule of rules) {
    for (const sentence of sentences) {
      if (!rule.any.some((pattern) => matches(pattern, sentence))) continue;
      if (rule.and && !rule.and.some((pattern) => matches(pattern, sentence))) continue;
      if (rule.unless?.some((pattern) => matches(pattern, sentence))) continue;
      return { rule, sentence };
    }
  }
  return null;
}
