/** Rules' patterns mean the same on whichever engine they run, and none is slow. */
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { loadTemplates } from '../../src/adapters/templates/load.ts';
import { BUNDLED_TEMPLATES } from '../../src/app/place.ts';
import { type RulePattern, rulePattern } from '../../src/reading/rule-pattern.ts';
import { firstFitting, firstRule } from '../../src/reading/rules.ts';
import { stringsIn } from '../../src/reading/strings-in.ts';

const bundled = loadTemplates([BUNDLED_TEMPLATES]).flatMap((template) =>
  [...template.priorities, ...template.presence, ...template.faults, ...(template.notNow ? [template.notNow] : [])].flatMap((rule) =>
    'name' in rule ? [...rule.any, ...(rule.and ?? []), ...(rule.unless ?? []), ...(rule.anywhere ?? [])] : rule.any,
  ),
);
const re2 = (pattern: string) =>
  RE2JS.compile(pattern.replace(/\\.|[^\\]+/g, (part) => (part.startsWith('\\') ? part : part.toLowerCase())));
/** Words of the patterns themselves, so that texts come near to what fits. */
const words = [...new Set(bundled.flatMap((pattern) => pattern.match(/[a-z]{2,}/g) ?? []))];
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom('.', ',', '’', "'", '-', ' ', '\n', 'é', '😷', '\u2028', '\u00a0', '1', '85', 'water'),
    ),
    {
      maxLength: 14,
    },
  )
  .chain((list) => fc.constantFrom(' ', ' ', '').map((gap) => list.join(gap)));

function agrees(pattern: string, compiled: RE2JS, text: string): void {
  const ours = rulePattern(pattern);
  const expected = compiled.test(text);
  expect(ours.test(text), `${pattern} in ${JSON.stringify(text)}`).toBe(expected);
  if (expected) expect(ours.needs.filter((list) => !list.some((string) => text.includes(string)))).toEqual([]);
}

describe('a rule’s pattern', () => {
  test('of the bundled templates fits the same texts as RE2 says', () => {
    const compiled = bundled.map((pattern) => ({ pattern, compiled: re2(pattern) }));
    fc.assert(
      fc.property(texts, (text) => {
        for (const one of compiled) agrees(one.pattern, one.compiled, text);
      }),
      { numRuns: 300 },
    );
  });

  test('of any shape fits the same texts as RE2 says', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      'ab',
      '\\b',
      '\\w',
      '\\W',
      '\\s',
      '\\d',
      '.',
      '^',
      '$',
      '[ab]',
      '[^a-]',
      '[-b ]',
      '[\\w.]',
      'é',
      '’',
      '\\.',
      '\\-',
      ' ',
    );
    const pattern = fc.letrec<{ any: string }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie('any'), tie('any')).map(([a, b]) => a + b),
        fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}|${b})`),
        fc.tuple(tie('any'), fc.constantFrom('?', '*', '+', '{2}', '{0,3}', '{1,}', '??', '*?')).map(([a, sign]) => `(?:${a})${sign}`),
      ),
    })).any;
    const short = fc
      .array(fc.constantFrom('a', 'b', ' ', '.', '-', '\n', '7', 'é', '’', '_', '😷', '\u00a0'), { maxLength: 9 })
      .map((list) => list.join(''));
    fc.assert(
      fc.property(pattern, fc.array(short, { minLength: 1, maxLength: 8 }), (source, list) => {
        const compiled = RE2JS.compile(source);
        for (const text of list) agrees(source, compiled, text);
      }),
      { numRuns: 3_000 },
    );
  });

  test('runs on JavaScript’s engine only where no repeat is without end and the ways are few', () => {
    const native = (pattern: string) => rulePattern(pattern).isNative;
    expect(['\\bno (hot )?water\\b', 'a{2,5}', '(a|b|c){1,3}', '[89]\\d', "isn['’]?t"].map(native)).toEqual([true, true, true, true, true]);
    expect(
      ['a*', '(a+)+b', 'water.*light', '\\w+ed', '(a|aa){12}', '(a?){20}b', '(?i)a', '(?<n>a)', '\\pL', 'x{1,}'].filter(native),
    ).toEqual([]);
  });

  test('of the bundled templates mostly runs there', () => {
    expect(bundled.filter((pattern) => rulePattern(pattern).isNative).length / bundled.length).toBeGreaterThan(0.7);
  });

  test('takes no time that grows faster than the text, whatever it is', () => {
    for (const text of [
      'water '.repeat(10_000),
      'a'.repeat(60_000),
      'burn'.repeat(15_000),
      "isn't ".repeat(10_000),
      'the door lock wall '.repeat(3_000),
    ]) {
      const before = process.cpuUsage().user;
      for (const pattern of bundled.filter((one) => rulePattern(one).isNative)) rulePattern(pattern).test(text);
      expect((process.cpuUsage().user - before) / 1000).toBeLessThan(2_000);
    }
  });

  test('a repeat without end is soon done there, in a text of a sentence’s length', () => {
    const texts = ['water ', 'a', 'burn', 'burning ', 'door lock wall ', 'boiler heating ', 'the ', 'tile glass ', '. '].map((text) =>
      text.repeat(200).slice(0, 200),
    );
    // Of five tries the fastest counts, since the tests share the machine. Two or more such repeats in one pattern take 10 ms and more.
    const fastest = (pattern: RulePattern, text: string) =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const start = performance.now();
          pattern.test(text);
          return performance.now() - start;
        }),
      );
    const slow = [...bundled, 'a*a*a*b', '(a*)*b', '(a?){30}a*b'].filter((source) =>
      texts.some((text) => fastest(rulePattern(source), text) > 1),
    );
    expect(slow).toEqual([]);
  });
});

describe('rules', () => {
  const rules = [
    { name: 'gas', any: ['\\bsmell of gas\\b', 'gas leak'], unless: ['\\bno smell\\b'] },
    { name: 'baby', any: ['\\bno heating\\b'], anywhere: ['\\bbab(y|ies)\\b'] },
    { name: 'water', any: ['water'], and: ['ceiling', 'light'] },
  ];

  test('hold for one sentence; earlier rules win over earlier sentences', () => {
    expect(firstRule(rules, ['Water comes through the ceiling.', 'A SMELL of gas.'])).toMatchObject({
      rule: { name: 'gas' },
      sentence: 'A SMELL of gas.',
    });
    expect(firstRule(rules, ['There is no smell of gas.', 'Water comes through the ceiling.'])?.rule.name).toBe('water');
    expect(firstRule(rules, ['There is no heating.', 'We have a baby.'])).toMatchObject({
      rule: { name: 'baby' },
      sentence: 'There is no heating.',
    });
    expect(firstRule(rules, ['There is no heating.'])).toBeNull();
    expect(firstRule(rules, ['Water in the bath.', 'The ceiling is fine.'])).toBeNull();
    expect(firstRule(rules, [])).toBeNull();
  });

  test('fit a text by any of their patterns, the first in the list', () => {
    expect(firstFitting(rules, 'A gas leak, and water')?.name).toBe('gas');
    expect(firstFitting(rules, 'Nothing')).toBeNull();
  });
});

test('strings are found wherever they stand, also inside each other', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.array(fc.constantFrom('a', 'b', ' '), { minLength: 1, maxLength: 4 }).map((list) => list.join('')),
        { maxLength: 12 },
      ),
      fc.array(fc.constantFrom('a', 'b', ' ', 'c', 'é', '😷'), { maxLength: 30 }).map((list) => list.join('')),
      (strings, text) => {
        expect([...stringsIn(strings)(text)].toSorted((a, b) => a - b)).toEqual(
          [...strings.keys()].filter((index) => text.includes(strings[index] ?? '')),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});
