import { expect, test } from 'vitest';
import { TemplateError, type TemplateProblem } from '../../../src/adapters/templates/problems.ts';
import { portal, templatesOf } from './read-by.ts';

function problemsOf(...texts: string[]): TemplateProblem[] {
  try {
    templatesOf(...texts);
  } catch (error) {
    if (error instanceof TemplateError) return error.problems;
    throw error;
  }
  throw new Error('it was accepted');
}

const place = ({ line, column }: TemplateProblem) => `${line}:${column}`;

test('a wrong key is named with file, line, column and the key that was meant', () => {
  const [wrong] = problemsOf('name: own\nabout: A test\nmatch: { sender: x.example }\nfields:\n  TenantPhonePrimary: { lable: Tel }\n');
  expect(wrong).toEqual({
    file: 'own-1.yaml',
    line: 5,
    column: 25,
    path: 'fields.TenantPhonePrimary.lable',
    problem: 'there is no such setting',
    write: 'label (was that meant?)',
  });
});

test.each([
  ['TenantPhone', 'TenantPhonePrimary'],
  ['Address', 'PropertyAddress'],
  ['IssueTitel', 'IssueTitle'],
  ['Postcode', 'PropertyPostcode'],
])('the unknown field %s leads to %s', (field, meant) => {
  const [wrong] = problemsOf(portal(`  ${field}: { label: x }`));
  expect(wrong).toMatchObject({ line: 6, column: 3, write: `${meant} (was that meant?)` });
});

test.each([
  ['lookahead', 'Tel(?=:)', '(?=', 'lookahead'],
  ['negative lookahead', 'Tel(?!x)', '(?!', '[^x]'],
  ['lookbehind', '(?<=Tel)x', '(?<=', 'lookbehind'],
  ['a backreference', '(a)\\1', '\\1', 'backreference'],
  ['a possessive repeat', 'a++', '++', 'possessive'],
  ['an atomic group', 'x(?>a)', '(?>', 'atomic'],
  ['\\u', 'x\\u0041', '\\u', '\\x{00A3}'],
  ['\\Z', 'x\\Z', '\\Z', '\\z'],
  ['an open list', 'x[a', '[a', 'not closed'],
  ['an open group', 'x(a', '(a', 'not closed'],
  ['a huge repeat', 'a{2000}', '{2000}', '1000'],
])('a pattern with %s is refused at its place, with what to write instead', (_, pattern, part, said) => {
  const [wrong] = problemsOf(portal(`  IssueFault: { pattern: '${pattern}' }`));
  const column = "  IssueFault: { pattern: '".length + pattern.indexOf(part) + 1;
  expect(`${wrong?.problem} ${wrong?.write}`).toContain(said);
  if (!['an open group'].includes(_)) expect(place(wrong as TemplateProblem)).toBe(`6:${column}`);
});

test.each([
  ['two ways in one', '{ label: a, css: b }', 'label and css'],
  ['an option of another way', '{ label: a, attribute: href }', 'attribute goes with css'],
  ['counting from nought', '{ label: a, nth: 0 }', 'begins at 1'],
  ['a group of another name', "{ pattern: '(?<titel>x)' }", 'not called value'],
  ['a selector that is none', "{ css: 'td[' }", 'not a selector'],
  ['a selector that is not known', "{ css: 'td:has(a)' }", ':has is not known'],
  ['a date with capitals', '{ label: a, as: { date: DD/MM/YYYY } }', 'small letters'],
  ['an unknown zone', '{ label: a, as: { date: d/M/yyyy, zone: Europe/Leeds } }', 'no such time zone'],
  ['a step that does nothing', '{ label: a, as: {} }', 'does nothing'],
  ['no way', '{ }', 'where the value stands'],
])('%s is refused', (_, field, said) => {
  const [wrong] = problemsOf(portal(`  IssueFault: ${field}`));
  expect(wrong?.problem).toContain(said);
  expect(wrong?.line).toBe(6);
});

test('a priority that V3 does not know is refused, since V3 would take it as Low', () => {
  expect(problemsOf(portal('  IssuePriority: { constant: Urgent }'))[0]?.problem).toContain('no such priority');
});

test('a pattern in double quotes, a tab, and a key that stands twice are explained', () => {
  expect(problemsOf('name: own\nabout: x\npatterns: ["\\d"]\n')[0]?.write).toContain('single quotes');
  expect(problemsOf('name: own\nabout: x\nmatch:\n\tsender: x\n')[0]?.write).toContain('blanks instead of tabs');
  expect(problemsOf(portal('  IssueTitle: { label: a }\n  IssueTitle: { label: b }'))[0]?.write).toContain('each key once');
});

test('a template that extends none that is known, or itself, is refused', () => {
  expect(problemsOf('name: own\nabout: x\nextends: labeled\n')[0]).toMatchObject({ line: 3, write: 'labelled (was that meant?)' });
  expect(problemsOf('name: own\nabout: x\nextends: own\n')[0]?.problem).toContain('circle');
});

test('all problems of all files come at once', () => {
  const problems = problemsOf(portal('  IssueTitle: { lable: x }\n  IssueNotes: { css: 5 }'), 'about: no name\n');
  expect(problems.map((one) => `${one.file} ${one.path}`)).toEqual([
    'own-1.yaml fields.IssueTitle.lable',
    'own-1.yaml fields.IssueNotes.css',
    'own-2.yaml name',
  ]);
});
