/** Whatever an admin writes and whoever sends the mail: reading by templates ends soon. */

import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mime } from '../../../src/adapters/mime/parse.ts';
import { layoutOf } from '../../../src/reading/layout.ts';
import { findAll, Work } from '../../../src/reading/template/bounded.ts';
import { globHolds } from '../../../src/reading/template/conditions.ts';
import { knownLabels, labelLines, labelsInText, pageLabels } from '../../../src/reading/template/labels.ts';
import { pageOf, rowsOf } from '../../../src/reading/template/page.ts';
import { SelectorError, select } from '../../../src/reading/template/selector.ts';
import { unwrap } from '../../../src/reading/unwrap.ts';
import { CONTEXT, rawOf } from '../reads.ts';
import { FROM_PORTAL, portal, templatesOf } from './read-by.ts';

/** Generous, since the tests share the machine; what these guard against takes minutes. */
const SOON_MS = 4_000;

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const PATTERNS = ['(\\w+\\s?)+:$', '(a|a|a|a|a)*b', '(.*)(.*)(.*)(.*)x', '((a?){8}){8}b', '(x+x+)+y', '[\\s\\S]*?(\\w+).*?(\\d+).*?Z'];

test.each(PATTERNS)('the pattern %s is done soon with a hostile text', (pattern) => {
  for (const text of ['a'.repeat(60_000), 'word word 07400 123 456 '.repeat(2_500), 'x'.repeat(60_000)])
    expect(timed(() => findAll(pattern, text, new Work(), 100))).toBeLessThan(SOON_MS);
});

test('patterns of a mail share their work: when it is used up, no further one is tried', () => {
  const work = new Work();
  const text = 'a'.repeat(60_000);
  const time = timed(() => {
    for (let count = 0; count < 2_000; count += 1) findAll(`((a?){8}){8}b|${count}`, text, work, 1);
  });
  expect(time).toBeLessThan(SOON_MS);
});

test('selectors with many blanks are done soon on nested and on wide pages', () => {
  const nested = pageOf('<div>'.repeat(5_000));
  const wide = pageOf(`<table>${'<tr><td class="a b">x</td><td>y</td></tr>'.repeat(5_000)}</table>`);
  for (const page of [nested, wide])
    for (const selector of ['div div div div div div div div', 'tr ~ tr ~ tr ~ tr td', '* * * * * * td', 'td:nth-child(2n+1):not(.a)'])
      expect(timed(() => select(page, selector))).toBeLessThan(SOON_MS);
});

test('labels are found soon in a text and a page of nothing but labels', () => {
  const labels = Array.from({ length: 100 }, (_, index) => `label ${index}`);
  const known = knownLabels(labels);
  const text = labelLines('label 1:\nlabel 2\n'.repeat(3_700));
  expect(timed(() => labels.map((label) => labelsInText(text, label, 'section', known)))).toBeLessThan(SOON_MS);
  expect(timed(() => pageLabels(pageOf('<tr><td>label 1</td><td>label 2</td>'.repeat(20_000))))).toBeLessThan(SOON_MS);
  expect(timed(() => rowsOf(pageOf('<table><tr><td>'.repeat(5_000))))).toBeLessThan(SOON_MS);
});

test('a mail of 60,000 characters of labels is read soon by a template that names many', async () => {
  const fields = '  IssueNotes: { join: [{ label: [a, b, c, d], take: section }, { label: [e, f] }] }\n  TenantName: { label: [g, h, a] }';
  const raw = rawOf({ ...FROM_PORTAL, text: 'a: b\nc: d\ne\n'.repeat(6_000) });
  const message = await mime.parse(Readable.from([Buffer.from(raw)], { objectMode: false }));
  const context = { ...CONTEXT, templates: templatesOf(portal(fields)) };
  const letters = unwrap(message, context);
  expect(timed(() => layoutOf(letters, context))).toBeLessThan(SOON_MS);
  expect(layoutOf(letters, context).template?.name).toBe('own');
});

test('a glob is compared in one way only, and as the words say', () => {
  expect(timed(() => globHolds(`${'*a'.repeat(100)}*b`, 'a'.repeat(60_000)))).toBeLessThan(SOON_MS);
  const part = fc.stringMatching(/^[ab]{0,3}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.stringMatching(/^[ab]{0,12}$/), (parts, text) => {
      expect(globHolds(parts.join('*'), text)).toBe(new RegExp(`^${parts.join('.*')}$`).test(text));
    }),
  );
});

test('any page and any selector: no throw but for what is no selector', () => {
  const markup = fc.array(
    fc.constantFrom(
      '<div>',
      '</div>',
      '<td class="a">',
      '<tr>',
      '</table>',
      '<table>',
      'text',
      '<b id=x>',
      '</b>',
      '<br>',
      '<style>',
      '</style>',
    ),
    { maxLength: 40 },
  );
  const selector = fc.array(
    fc.constantFrom('div', ' ', '>', '+', '~', '.a', '#x', ':first-child', ':nth-child(2)', '*', '[class]', ',', ':not(.a)', '['),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(markup, selector, (tags, parts) => {
      try {
        select(pageOf(tags.join('')), parts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(SelectorError);
      }
    }),
    { numRuns: 400 },
  );
});
