/** A parsing template: a versioned rule set that reads one kind of mail, as an admin writes it in YAML. */
import { z } from 'zod';
import { PRIORITIES } from '../domain/job.ts';
import { LANGUAGE } from './template/language.ts';
import { LABELLED } from './template/names.ts';

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

const wanted = <T extends z.ZodType>(schema: T, write: string, description: string): T => schema.meta({ write, description }) as T;

export const TemplateSchema = z.strictObject({
  name: wanted(
    z
      .string()
      .max(60)
      .regex(/^[a-z0-9-]+$/),
    'a short name of small letters, digits and hyphens, such as mendwell-portal',
    'What it is called in lists and readings.',
  ),
  version: wanted(z.int().min(1), 'a whole number from 1', 'Count it up when you change the template: readings tell it.').default(1),
  about: wanted(z.string().min(1).max(500), 'one sentence', 'Which mails it reads, for people.'),
  ...LANGUAGE,
  priorities: wanted(
    z.array(PriorityRule).max(100),
    'a list of { name, priority, any: [patterns] }',
    'Rules by which a sentence decides on the priority; the first that holds wins. Left out: those of the general template.',
  ).default([]),
  notNow: wanted(
    Rule,
    '{ name, any: [patterns] }',
    'What tells of a danger that is over, denied or only imagined: such words make neither Emergency nor High.',
  ).optional(),
  defaultPriority: wanted(z.enum(PRIORITIES), PRIORITIES.join(', '), 'The priority where no rule holds.').optional(),
  presence: wanted(
    z.array(Rule.extend({ value: z.boolean() })).max(100),
    'a list of { name, value, any: [patterns] }',
    'Rules by which a sentence says whether the tenant wants to be there. Left out: those of the general template.',
  ).default([]),
  faults: wanted(
    z.array(FaultRule).max(100),
    'a list of { fault, any: [patterns] }',
    'Categories for IssueFault; the first that fits the title, else the notes. Left out: those of the general template.',
  ).default([]),
  labels: wanted(
    z.partialRecord(z.enum(LABELLED), z.array(z.string().min(1)).max(200)),
    'lists of labels by what they tell, as in templates/labelled.yaml',
    'Common labels for mails that no template is written for.',
  ).default({}),
  priorityWords: wanted(
    z.partialRecord(z.enum(PRIORITIES), patterns),
    'lists of patterns by priority',
    'Words of a labelled priority and what they mean.',
  ).default({}),
});
export type Template = z.infer<typeof TemplateSchema>;
export type TemplateRule = z.infer<typeof Rule>;
