/** A parsing template: a versioned rule set that reads one kind of mail, as an admin writes it in YAML. */
import { z } from 'zod';
import { PRIORITIES } from '../domain/job.ts';

const patterns = z.array(z.string().min(1).max(500)).max(200);

/** Patterns are RE2, without regard to case, against one sentence at a time. */
const Rule = z.strictObject({
  name: z.string().min(1),
  any: patterns.min(1),
  and: patterns.optional(),
  unless: patterns.optional(),
  /** One of these must hold too, in whichever sentence. */
  anywhere: patterns.optional(),
});
const PriorityRule = Rule.extend({ priority: z.enum(PRIORITIES) });
const FaultRule = z.strictObject({ fault: z.string().min(1), any: patterns.min(1) });

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

export const TemplateSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  version: z.int().min(1),
  about: z.string().min(1),
  /** Rules by which priority, IssueFault and TenantPresenceRequested are decided; the first that holds wins. */
  priorities: z.array(PriorityRule).default([]),
  /** What tells of a danger that is over, denied or only imagined: such words make neither Emergency nor High. */
  notNow: Rule.optional(),
  defaultPriority: z.enum(PRIORITIES).optional(),
  presence: z.array(Rule.extend({ value: z.boolean() })).default([]),
  faults: z.array(FaultRule).default([]),
  /** What may stand before the colon, for each thing that a labelled mail tells. */
  labels: z.partialRecord(z.enum(LABELLED), z.array(z.string().min(1)).max(100)).default({}),
  /** Words in a value and the priority that they mean. */
  priorityWords: z.partialRecord(z.enum(PRIORITIES), patterns).default({}),
});
export type Template = z.infer<typeof TemplateSchema>;
export type TemplateRule = z.infer<typeof Rule>;

/** The name and version that a reading carries. */
export function labelOf(template: Template): string {
  return `${template.name}@${template.version}`;
}
