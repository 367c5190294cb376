/** Lays the answer to a question over the reading of the mail that was asked about. */
import { JOB_FIELDS } from '../domain/job.ts';
import type { Reading, Values } from '../domain/reading.ts';
import { bare } from './plain.ts';
import type { Said } from './said.ts';

const ADDRESS = ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4', 'PropertyPostcode'] as const;
/** Fields that an answer never fills: they say what the first mail was about. */
const FIRST_ONLY: readonly string[] = ['IssueTitle', 'IssueFault', 'IssuePriority', 'ReportedAt'];
/** Words around a number that tell nothing else. */
const FILLER =
  /\b(?:\d[\d ]{7,}\d|hi|hello|dear|sorry|thanks?|thank you|many|cheers|please|yes|sure|ok|here|it|its|is|s|the|my|mob|mobile|tel|telephone|phone|number|num|no|you|can|ring|call|me|on|at|x+|kind|best|regards|about|that|for|this|a|got|get|reply|back|team|all|again|best one|to|use|contact)\b/g;
const LEAST_WORDS = 2;

/**
 * The earlier reading with what it lacked. What was read first stays: an answer is short, and its other words are about the question.
 * An address is taken as a whole, so that lines of two addresses never mix. What the answer says besides the number joins the notes.
 */
export function completed(earlier: Reading, answer: { reading: Reading; said: Said }): Reading {
  const values: Values = { ...earlier.values };
  const [first, second] = answer.said.phones;
  if (first && !values.TenantPhonePrimary) values.TenantPhonePrimary = first;
  if (second && !values.TenantPhoneSecondary && second.value !== values.TenantPhonePrimary?.value) values.TenantPhoneSecondary = second;
  const hasAddress = ADDRESS.some((field) => earlier.values[field] !== undefined);
  for (const field of JOB_FIELDS) {
    const value = answer.reading.values[field];
    if (values[field] !== undefined || value === undefined || FIRST_ONLY.includes(field)) continue;
    if (hasAddress && (ADDRESS as readonly string[]).includes(field) && field !== 'PropertyPostcode') continue;
    if (field === 'TenantPhoneSecondary' && value.value === values.TenantPhonePrimary?.value) continue;
    Object.assign(values, { [field]: value });
  }
  const { IssueNotes } = earlier.values;
  if (IssueNotes && saysMore(answer.said.words) && !bare(IssueNotes.value).includes(bare(answer.said.words)))
    values.IssueNotes = { ...IssueNotes, value: `${IssueNotes.value}\n\nAdded later: ${answer.said.words}` };
  return {
    ...earlier,
    values,
    missing: earlier.missing.filter((one) => (one === 'phone' ? !values.TenantPhonePrimary : !ADDRESS.some((field) => values[field]))),
  };
}

function saysMore(words: string): boolean {
  return bare(words).replace(FILLER, ' ').split(/\s+/).filter(Boolean).length >= LEAST_WORDS;
}
