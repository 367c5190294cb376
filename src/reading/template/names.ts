/** The names that templates are made of, without their schema: what reads mails loads only these. */
import { JOB_FIELDS } from '../../domain/job.ts';

/** A longer pattern is refused: nobody can read it, and its program would be large. */
export const MOST_PATTERN_CHARACTERS = 500;

/** The ways to find a value; an extractor has exactly one of them. */
export const WAYS = [
  'label',
  'column',
  'pattern',
  'between',
  'css',
  'line',
  'sender',
  'forwarded',
  'replyTo',
  'header',
  'constant',
  'join',
] as const;
export type Way = (typeof WAYS)[number];

/** Fields of V3, and two that fill several of them. */
export const COMPOSITES = ['TenantName', 'PropertyAddress'] as const;
export const FIELD_NAMES = [...COMPOSITES, ...JOB_FIELDS] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/** What a common label may tell, in a template that has any. */
export const LABELLED = [
  'phone',
  'secondPhone',
  'name',
  'caller',
  'email',
  'address',
  'postcode',
  'problem',
  'title',
  'priority',
  'presence',
  'access',
  'personTitle',
  'forename',
  'surname',
] as const;
export type Labelled = (typeof LABELLED)[number];

/** The name and version that a reading carries. */
export function labelOf({ name, version }: { name: string; version: number }): string {
  return `${name}@${version}`;
}
