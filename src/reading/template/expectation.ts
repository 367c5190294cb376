/** Compares what was read from a sample mail with what its template expects. */
import { z } from 'zod';
import { normalised } from '../fields/phone.ts';
import type { Understanding } from '../understand.ts';
import { Expected, type Matcher } from './language.ts';

/** `NAME.expected.json` beside a sample mail, and what an example in a template says. */
export const Expectation = z.object({
  outcome: z.enum(['job', 'needs-info', 'ignored', 'follow-up', 'duplicate']).optional(),
  reason: z.string().optional(),
  job: Expected.default({}),
  attachments: z.array(z.string()).optional(),
  replyTo: z.string().nullable().optional(),
});
export type Expectation = z.infer<typeof Expectation>;

/** One thing that was read otherwise than expected. */
export type Miss = { field: string; wanted: string; got: string };

export function missesOf(expected: Expectation, read: Understanding): Miss[] {
  const { sorting, reading, replyTo } = read;
  const misses: Miss[] = [];
  const compare = (field: string, holds: boolean, wanted: unknown, got: unknown) => {
    if (!holds) misses.push({ field, wanted: shown(wanted), got: shown(got) });
  };
  const outcome = sorting.kind === 'set-aside' ? 'ignored' : reading.missing.includes('phone') ? 'needs-info' : 'job';
  if (expected.outcome === 'job' || expected.outcome === 'needs-info' || expected.outcome === 'ignored')
    compare('outcome', outcome === expected.outcome, expected.outcome, outcome);
  const values: Record<string, unknown> = Object.fromEntries(Object.entries(reading.values).map(([field, one]) => [field, one.value]));
  values['PropertyAddress'] = [1, 2, 3, 4]
    .map((line) => values[`PropertyAddress${line}`])
    .filter(Boolean)
    .join(', ');
  for (const [field, matcher] of Object.entries(expected.job)) {
    if (matcher !== undefined) compare(field, holds(matcher, values[field], field), matcher, values[field]);
  }
  if (expected.replyTo !== undefined)
    compare('replyTo', (expected.replyTo ?? '').toLowerCase() === (replyTo.address ?? '').toLowerCase(), expected.replyTo, replyTo.address);
  if (expected.attachments !== undefined && outcome !== 'ignored') {
    const got = read.attachments.map((one) => one.name);
    compare('attachments', squash(got.join('\n')) === squash(expected.attachments.join('\n')), expected.attachments, got);
  }
  return misses;
}

/** Texts are equal without regard to case and white space, numbers as numbers, times as instants. */
function holds(matcher: Matcher, value: unknown, field: string): boolean {
  const text = squash(value);
  if (matcher === null) return text === '';
  if (typeof matcher === 'boolean') return value === matcher;
  if (typeof matcher === 'string') {
    if (text === squash(matcher)) return true;
    if (field.startsWith('TenantPhone')) return samePhone(matcher, value);
    return field === 'ReportedAt' && sameInstant(matcher, value);
  }
  if (matcher.includes?.some((part) => !text.includes(squash(part)))) return false;
  if (matcher.excludes?.some((part) => text.includes(squash(part)))) return false;
  if (matcher.oneOf && !matcher.oneOf.some((one) => squash(one) === text)) return false;
  if (matcher.phone !== undefined && !samePhone(matcher.phone, value)) return false;
  return matcher.instant === undefined || sameInstant(matcher.instant, value);
}

function samePhone(wanted: string, value: unknown): boolean {
  const known = normalised(wanted);
  return known !== null && known === normalised(String(value ?? ''));
}

function sameInstant(wanted: string, value: unknown): boolean {
  return Date.parse(wanted) === Date.parse(String(value ?? ''));
}

function squash(value: unknown): string {
  return String(value ?? '')
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing';
  const text = typeof value === 'string' ? value.replace(/\s+/g, ' ') : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
