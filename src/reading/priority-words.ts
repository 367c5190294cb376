/** A portal's or a call handler's word for the priority. */
import type { Priority } from '../domain/job.ts';
import { matchesAny } from './rules.ts';
import type { Template } from './template.ts';

/** `Non-urgent` names a word of what it is not. */
const NOT_URGENT = /\b(?:not|no|non|isn['’]?t)[\s-]*(?:an? |very |really |so |that )?urgent\b/gi;
const NO_EMERGENCY = /\b(?:not|no|non|isn['’]?t)[\s-]*(?:an? |a real )?(?:emergency|critical|immediate)\b/gi;
const YES = /^\W*(?:yes|y|true)\b/i;
/** The graver ones first, but `low` before words that also stand in `not high`. */
const ORDER = ['Emergency', 'Low', 'High', 'Medium'] as const satisfies Priority[];

/** @param label what the value stands behind: `Is this an emergency?` makes something of a yes. Null where the value names no priority. */
export function priorityNamed(words: Template['priorityWords'] | undefined, value: string, label = ''): Priority | null {
  if (YES.test(value) && value.length <= 12) return /\bemergency\b/i.test(label) ? 'Emergency' : /\burgent\b/i.test(label) ? 'High' : null;
  const plain = value.replace(NOT_URGENT, 'low').replace(NO_EMERGENCY, 'normal');
  return ORDER.find((priority) => matchesAny(words?.[priority], plain)) ?? null;
}
