/** Reads a letter by a template: every field by its extractors in order, with a record of what each of them gave. */
import type { JobField } from '../../domain/job.ts';
import type { Values } from '../../domain/reading.ts';
import type { ReadingContext } from '../context.ts';
import { collector } from '../fill/put.ts';
import type { Template } from '../template.ts';
import { findAll, type Work } from './bounded.ts';
import { convert } from './convert.ts';
import { describe, extract, type Found, type Looking } from './extract.ts';
import { knownLabels, type Take } from './labels.ts';
import type { Extractor, Field, FieldSpec } from './language.ts';
import { FIELD_NAMES, type FieldName } from './names.ts';
import type { View } from './view.ts';

/** What one extractor gave for a field; `value` null where it gave nothing, and `why`. `path`: where the extractor stands in the template. */
export type Tried = { field: FieldName; extractor: string; value: string | null; why: string; path: PropertyKey[] };

export type Applied = {
  values: Values;
  /** Fields that the general reading may not fill: the template says that they stay empty, or they belong to a group that it filled. */
  closed: Set<JobField>;
  tried: Tried[];
  branch: string | null;
};

const LINES = ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4'] as const;
const NAMES = ['TenantTitle', 'TenantForename', 'TenantSurname'] as const;

/** Whether the text is one that the field can hold; then the field is set. */
type Give = (field: FieldName, found: Found, extractor: string, path: PropertyKey[]) => boolean;

export function apply(template: Template, view: View, context: ReadingContext, net: Template | undefined, work: Work): Applied {
  const { values, put } = collector();
  const tried: Tried[] = [];
  const closed = new Set<JobField>();
  const looking: Looking = {
    view,
    work,
    known: knownLabels(labelsOf(template)),
    take: 'line',
    steps: { zone: context.branch.timeZone, work },
  };
  const give: Give = (field, found, extractor, path) => {
    const conversion = convert(field, found.value, context, net);
    if ('why' in conversion) {
      tried.push({ field, extractor, value: null, why: `“${shortened(found.value)}”: ${conversion.why}`, path });
      return false;
    }
    tried.push({ field, extractor, value: found.value, why: '', path });
    for (const [name, value] of Object.entries(conversion.values))
      put(name as JobField, value as never, { quote: found.quote || found.value, where: found.where, rule: found.rule });
    return true;
  };

  if (template.forcePriority)
    put('IssuePriority', template.forcePriority, { quote: template.forcePriority, where: 'template', rule: 'forcePriority' });
  for (const field of inOrder(template)) {
    const spec = template.fields[field] as FieldSpec;
    const { extractors, fallback, staysEmpty } = partsOf(spec, ['fields', field]);
    const done = extractors.some(({ extractor, path }) => {
      const found = extract(extractor, { ...looking, take: takeOf(field) });
      if (found !== null) return give(field, found, describe(extractor), path);
      tried.push({ field, extractor: describe(extractor), value: null, why: 'not found', path });
      return false;
    });
    if (done) continue;
    if (fallback !== undefined)
      give(
        field,
        {
          value: String(typeof fallback === 'boolean' ? (fallback ? 'yes' : 'no') : fallback),
          quote: String(fallback),
          where: 'template',
          rule: 'default',
        },
        'default',
        ['fields', field, 'default'],
      );
    else if (staysEmpty) for (const one of membersOf(field)) closed.add(one);
  }
  fillByPatterns(template, looking, values, give);
  closeGroups(values, closed);
  const branch =
    typeof template.branch === 'string'
      ? template.branch
      : template.branch
        ? (extract(template.branch, looking)?.value.trim() ?? null)
        : null;
  return { values, closed, tried, branch };
}

/** Parts before the whole, so that a part which a template names itself is believed before the one in the whole. */
function inOrder(template: Template): FieldName[] {
  const named = FIELD_NAMES.filter((field) => template.fields[field] !== undefined);
  const parts = new Set<FieldName>([...LINES, ...NAMES, 'PropertyPostcode']);
  return [...named.filter((field) => parts.has(field)), ...named.filter((field) => !parts.has(field))];
}

type Parts = { extractors: { extractor: Extractor; path: PropertyKey[] }[]; fallback: string | boolean | undefined; staysEmpty: boolean };

function partsOf(spec: FieldSpec, path: PropertyKey[] = []): Parts {
  if (Array.isArray(spec))
    return { extractors: spec.map((extractor, index) => ({ extractor, path: [...path, index] })), fallback: undefined, staysEmpty: false };
  const { from, default: fallback, otherwise, ...own } = spec as Field;
  const extractors = [
    ...(isExtractor(own) ? [{ extractor: own, path }] : []),
    ...(from ?? []).map((one, index) => ({ extractor: withSteps(one, own.as), path: [...path, 'from', index] })),
  ];
  return { extractors, fallback, staysEmpty: otherwise === 'nothing' };
}

function isExtractor(own: Extractor): boolean {
  return describe(own) !== 'nothing';
}

/** Steps that stand beside `from` are for all of its extractors that have none of their own. */
function withSteps(extractor: Extractor, steps: Extractor['as']): Extractor {
  return steps === undefined || extractor.as !== undefined ? extractor : { ...extractor, as: steps };
}

function takeOf(field: FieldName): Take {
  return field === 'PropertyAddress' || field === 'IssueNotes' ? 'lines' : 'line';
}

function fillByPatterns(template: Template, looking: Looking, values: Values, give: Give): void {
  for (const [index, pattern] of template.patterns.entries()) {
    const [found] = findAll(pattern, looking.view.text, looking.work, 1);
    if (found === undefined) continue;
    for (const field of FIELD_NAMES) {
      const value = found.groups[field];
      if (value === undefined || value.trim() === '' || membersOf(field).some((one) => values[one] !== undefined)) continue;
      give(field, { value, quote: found.quote, where: looking.view.where('body'), rule: `pattern ${pattern}` }, `pattern ${pattern}`, [
        'patterns',
        index,
      ]);
    }
  }
}

/** Lines of two addresses, or names of two people, never mix; a secondary number is never the primary one. */
function closeGroups(values: Values, closed: Set<JobField>): void {
  for (const group of [LINES, NAMES]) if (group.some((field) => values[field] !== undefined)) for (const field of group) closed.add(field);
  const { TenantPhonePrimary: first, TenantPhoneSecondary: second } = values;
  if (first && second && first.value === second.value) delete values.TenantPhoneSecondary;
}

function membersOf(field: FieldName): JobField[] {
  if (field === 'TenantName') return [...NAMES];
  if (field === 'PropertyAddress') return [...LINES];
  return [field as JobField];
}

/** Every label that the template names anywhere: values end where one of them stands. */
export function labelsOf(template: Template): string[] {
  const found: string[] = [];
  const add = (words: unknown) => found.push(...(Array.isArray(words) ? words : words === undefined ? [] : [words as string]));
  const visit = (extractor: Extractor) => {
    add(extractor.label);
    for (const one of extractor.join ?? []) visit(one);
  };
  for (const field of FIELD_NAMES) {
    const spec = template.fields[field];
    if (spec !== undefined) for (const { extractor } of partsOf(spec).extractors) visit(extractor);
  }
  const condition = template.match?.labels;
  add(Array.isArray(condition) ? condition : condition?.of);
  return [...new Set(found)];
}

function shortened(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > 60 ? `${flat.slice(0, 59)}…` : flat;
}

/** Fields that the template names and that a reading lacks: many of them are the sign of a changed layout. */
export function missedFields(template: Template, values: Values): FieldName[] {
  return FIELD_NAMES.filter((field) => {
    const spec = template.fields[field];
    return spec !== undefined && partsOf(spec).extractors.length > 0 && !membersOf(field).some((one) => values[one] !== undefined);
  });
}
