/** What is wrong with a template although its keys and types are right: patterns, selectors, and keys that do not go together. */
import { IANAZone } from 'luxon';
import { PRIORITIES } from '../../domain/job.ts';
import type { Template } from '../template.ts';
import { compilePattern } from './bounded.ts';
import { wayOf } from './extract.ts';
import type { Condition, Extractor, FieldSpec, Step } from './language.ts';
import { FIELD_NAMES, WAYS } from './names.ts';
import { patternProblem } from './pattern-errors.ts';
import { compile, SelectorError } from './selector.ts';

/** `path` leads to the value in the file; `at` is a place inside a pattern, in characters. */
export type Problem = { path: PropertyKey[]; problem: string; write: string; at?: number | null };

/** Instructions of all patterns of one template: what its rules may cost on every sentence. */
const MOST_INSTRUCTIONS = 50_000;
/** Options that belong to one way. */
const OPTION_OF: Partial<Record<keyof Extractor, (typeof WAYS)[number]>> = {
  take: 'label',
  keepLabel: 'label',
  in: 'pattern',
  row: 'column',
  below: 'line',
  attribute: 'css',
  with: 'join',
};

type Found = Problem[];

/** All that is wrong with it, each with what to write instead. */
export function problemsIn(template: Template): Problem[] {
  const found: Found = [];
  if (template.match) checkMatch(template.match, found);
  for (const field of FIELD_NAMES) {
    const spec = template.fields[field];
    if (spec !== undefined) checkField(spec, ['fields', field], field === 'IssuePriority', found);
  }
  for (const [index, pattern] of template.patterns.entries()) {
    checkPattern(pattern, ['patterns', index], found);
    checkGroups(pattern, ['patterns', index], FIELD_NAMES, found);
  }
  if (template.branch && typeof template.branch === 'object') checkExtractor(template.branch, ['branch'], true, found);
  for (const [index, example] of template.examples.entries()) {
    if ((example.mail === undefined) === (example.raw === undefined))
      found.push({ path: ['examples', index], problem: 'an example has either mail or raw', write: 'mail: sample.eml' });
    if (example.raw !== undefined && example.expect === undefined)
      found.push({
        path: ['examples', index],
        problem: 'it does not say what is expected',
        write: 'expect: { PropertyPostcode: LS7 4NQ }',
      });
  }
  if (template.answer === 'tenant' && template.otherwise === 'nothing' && template.fields.TenantEMailAddress === undefined)
    found.push({
      path: ['answer'],
      problem: 'no field says where the tenant’s address stands',
      write: 'TenantEMailAddress: { label: Email } under fields',
    });
  checkRules(template, found);
  return found;
}

/** What is wrong with a single pattern, with its place; for rules of one sentence too. */
function checkPattern(pattern: string, path: PropertyKey[], found: Found): boolean {
  const wrong = patternProblem(pattern);
  if (wrong) found.push({ path, ...wrong });
  return wrong === null;
}

function checkMatch(match: NonNullable<Template['match']>, found: Found): void {
  const { all, any, none, ...own } = match;
  if (Object.keys(match).length === 0)
    found.push({
      path: ['match'],
      problem: 'without a condition it would read every mail',
      write: 'sender: portal.example, or remove match',
    });
  checkCondition(own, ['match'], found);
  for (const [key, list] of Object.entries({ all, any, none }))
    for (const [index, condition] of (list ?? []).entries()) {
      if (Object.keys(condition).length === 0)
        found.push({ path: ['match', key, index], problem: 'a condition is empty', write: 'subject: New repair' });
      checkCondition(condition, ['match', key, index], found);
    }
}

function checkCondition(condition: Condition, path: PropertyKey[], found: Found): void {
  const words = (value: unknown, at: PropertyKey[]) => {
    if (typeof value === 'object' && value !== null && 'pattern' in value) checkPattern(String(value.pattern), [...at, 'pattern'], found);
  };
  words(condition.subject, [...path, 'subject']);
  words(condition.body, [...path, 'body']);
  if (typeof condition.header === 'object') words(condition.header.has, [...path, 'header', 'has']);
  const selectors = condition.html === undefined ? [] : Array.isArray(condition.html) ? condition.html : [condition.html];
  for (const [index, selector] of selectors.entries())
    checkSelector(selector, Array.isArray(condition.html) ? [...path, 'html', index] : [...path, 'html'], found);
  if (condition.labels && !Array.isArray(condition.labels) && condition.labels.least > condition.labels.of.length)
    found.push({
      path: [...path, 'labels', 'least'],
      problem: `only ${condition.labels.of.length} labels are named`,
      write: `a number up to ${condition.labels.of.length}`,
    });
}

function checkField(spec: FieldSpec, path: PropertyKey[], isPriority: boolean, found: Found): void {
  if (Array.isArray(spec)) {
    for (const [index, one] of spec.entries()) checkExtractor(one, [...path, index], false, found);
    return;
  }
  const { from, default: fallback, otherwise, ...own } = spec;
  const hasWay = wayOf(own) !== null;
  if (!hasWay && !from && fallback === undefined && otherwise === undefined)
    found.push({ path, problem: 'it does not say where the value stands', write: `one of ${WAYS.join(', ')}, such as label: Telephone` });
  checkExtractor(own, path, true, found);
  for (const [index, one] of (from ?? []).entries()) checkExtractor(one, [...path, 'from', index], false, found);
  if (isPriority) {
    for (const [key, value] of [
      ['default', fallback],
      ['constant', own.constant],
    ] as const)
      if (value !== undefined && !PRIORITIES.some((one) => one.toLowerCase() === String(value).toLowerCase()))
        found.push({ path: [...path, key], problem: 'V3 has no such priority', write: PRIORITIES.join(', ') });
  }
}

function checkExtractor(extractor: Extractor, path: PropertyKey[], mayBeEmpty: boolean, found: Found): void {
  const ways = WAYS.filter((way) => extractor[way] !== undefined);
  if (ways.length > 1)
    found.push({
      path: [...path, ways[1] as string],
      problem: `two ways in one: ${ways.join(' and ')}`,
      write: `a list, so that they are tried in order: [{ ${ways[0]}: … }, { ${ways[1]}: … }]`,
    });
  if (ways.length === 0 && !mayBeEmpty)
    found.push({ path, problem: 'it does not say where the value stands', write: `one of ${WAYS.join(', ')}, such as label: Telephone` });
  for (const [option, way] of Object.entries(OPTION_OF))
    if (extractor[option as keyof Extractor] !== undefined && ways.length > 0 && !ways.includes(way))
      found.push({
        path: [...path, option],
        problem: `${option} goes with ${way}, not with ${ways.join(' or ')}`,
        write: `it beside ${way}, or leave it out`,
      });
  for (const key of ['nth', 'line', 'row'] as const)
    if (extractor[key] === 0)
      found.push({ path: [...path, key], problem: 'counting begins at 1', write: '1 for the first, -1 for the last' });
  if (extractor.pattern !== undefined && checkPattern(extractor.pattern, [...path, 'pattern'], found))
    checkGroups(extractor.pattern, [...path, 'pattern'], ['value'], found);
  if (extractor.css !== undefined) checkSelector(extractor.css, [...path, 'css'], found);
  const steps = extractor.as === undefined ? [] : Array.isArray(extractor.as) ? extractor.as : [extractor.as];
  for (const [index, step] of steps.entries())
    checkStep(step, Array.isArray(extractor.as) ? [...path, 'as', index] : [...path, 'as'], found);
  for (const [index, one] of (extractor.join ?? []).entries()) checkExtractor(one, [...path, 'join', index], false, found);
}

function checkGroups(pattern: string, path: PropertyKey[], allowed: readonly string[], found: Found): void {
  let names: string[];
  try {
    names = Object.keys(compilePattern(pattern).namedGroups());
  } catch {
    return;
  }
  const wrong = names.find((name) => !allowed.includes(name));
  if (wrong !== undefined)
    found.push({
      path,
      problem: `the group ${wrong} is not ${allowed.length === 1 ? 'called value' : 'the name of a field'}`,
      write:
        allowed.length === 1
          ? '(?<value>…); to fill several fields at once, put the pattern under patterns:'
          : `one of ${allowed.join(', ')}`,
      at: pattern.indexOf(wrong),
    });
  if (allowed.length > 1 && names.length === 0)
    found.push({ path, problem: 'no group has the name of a field', write: '(?<TenantName>…) around what gives the name' });
}

function checkSelector(selector: string, path: PropertyKey[], found: Found): void {
  try {
    compile(selector);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    found.push({
      path,
      problem: `this is not a selector that can be used: ${error.message}`,
      write: "one such as 'td.phone', '#details td:nth-child(2)' or 'a[href^=\"tel:\"]'",
    });
  }
}

const STEP_KINDS = ['map', 'date', 'split', 'before', 'after', 'remove', 'replace'] as const;
/** What luxon reads; other letters stand for nothing. */
const DATE_TOKENS = /^(?:yyyy|yy|y|MMMM|MMM|MM|M|dd|d|EEEE|EEE|cccc|ccc|HH|H|hh|h|mm|m|ss|s|a|ZZZ|ZZ|Z|z|'[^']*'|[^A-Za-z'])+$/;

function checkStep(step: Step, path: PropertyKey[], found: Found): void {
  if (typeof step === 'string') return;
  const kinds = STEP_KINDS.filter((kind) => step[kind] !== undefined);
  if (kinds.length !== 1)
    found.push({
      path,
      problem: kinds.length === 0 ? 'this step does nothing' : `two steps in one: ${kinds.join(' and ')}`,
      write: 'a list of steps, each with one of ' + STEP_KINDS.join(', '),
    });
  if (step.part !== undefined && step.split === undefined)
    found.push({ path: [...path, 'part'], problem: 'part goes with split', write: 'split: " - " beside it' });
  if (step.part === 0)
    found.push({ path: [...path, 'part'], problem: 'counting begins at 1', write: '1 for the first part, -1 for the last' });
  if (step.with !== undefined && step.replace === undefined)
    found.push({ path: [...path, 'with'], problem: 'with goes with replace', write: 'replace: a pattern, beside it' });
  if (step.replace !== undefined) checkPattern(step.replace, [...path, 'replace'], found);
  if (step.zone !== undefined && !IANAZone.isValidZone(step.zone))
    found.push({ path: [...path, 'zone'], problem: 'no such time zone is known', write: 'Europe/London or UTC' });
  if (step.date !== undefined && !DATE_TOKENS.test(step.date))
    found.push({
      path: [...path, 'date'],
      problem: /[DY]/.test(step.date) ? 'days and years are small letters here' : 'it has letters that stand for nothing',
      write: /[DY]/.test(step.date)
        ? step.date.replaceAll('D', 'd').replaceAll('Y', 'y')
        : "dd/MM/yyyy HH:mm, with fixed words in quotes: d MMMM yyyy 'at' HH:mm",
    });
}

/** The rules that decide on priority, presence and category, each pattern on one sentence at a time. */
function checkRules(template: Template, found: Found): void {
  let size = 0;
  const look = (patterns: string[] | undefined, path: PropertyKey[]) =>
    (patterns ?? []).forEach((pattern, index) => {
      if (!checkPattern(pattern, [...path, index], found)) return;
      const { groups, size: steps } = sizeOf(pattern);
      size += steps;
      if (groups)
        found.push({ path: [...path, index], problem: 'a rule’s pattern takes no named group', write: '(?:…) instead of (?<name>…)' });
    });
  for (const [key, rules] of [
    ['priorities', template.priorities],
    ['presence', template.presence],
  ] as const)
    rules.forEach((rule, index) => {
      for (const list of ['any', 'and', 'unless', 'anywhere'] as const) look(rule[list], [key, index, list]);
    });
  for (const list of ['any', 'and', 'unless', 'anywhere'] as const) look(template.notNow?.[list], ['notNow', list]);
  for (const [index, rule] of template.faults.entries()) look(rule.any, ['faults', index, 'any']);
  for (const priority of PRIORITIES) look(template.priorityWords[priority], ['priorityWords', priority]);
  if (size > MOST_INSTRUCTIONS)
    found.push({ path: ['priorities'], problem: 'the rules are too large together', write: 'fewer or smaller patterns' });
}

function sizeOf(pattern: string): { groups: boolean; size: number } {
  const made = compilePattern(pattern);
  return { groups: Object.keys(made.namedGroups()).length > 0, size: made.programSize() };
}
