import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWording } from '../../../src/adapters/wording/liquid.ts';
import { SAMPLES } from '../../../src/adapters/wording/samples.ts';
import { REPLY_TEXTS } from '../../../src/app/place.ts';
import type { ReplyModel } from '../../../src/pipeline/ports.ts';

const MODEL = SAMPLES.find(([kind]) => kind === 'confirmation')?.[1] as ReplyModel;
const STYLE = { language: 'en', folder: null };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-texts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  ['gas', '0800 111 999'],
  ['carbon monoxide', '0800 111 999'],
  ['electrics', '999'],
  ['electrics', '105'],
  ['break-in', '999'],
] as const)('%s: the first thing in every reply says to ring %s, and HTML can be tapped', (danger, number) => {
  const wording = openWording(REPLY_TEXTS, [STYLE]);
  for (const kind of ['confirmation', 'question', 'reminder'] as const) {
    const { text, html } = wording.render(kind, { ...MODEL, dangers: [danger] }, STYLE);
    expect(text.indexOf(number)).toBeGreaterThan(-1);
    expect(text.indexOf(number)).toBeLessThan(text.indexOf('Hello'));
    expect(html).toContain(`href="tel:${number.replaceAll(' ', '')}"`);
  }
});

test('only a confirmation says that the report is logged', () => {
  const wording = openWording(REPLY_TEXTS, [STYLE]);
  const said = (kind: 'confirmation' | 'question' | 'reminder') => {
    const { subject, text, html } = wording.render(kind, MODEL, STYLE);
    return `${subject} ${text} ${html}`;
  };
  expect(said('confirmation')).toMatch(/logged/);
  expect(said('question')).not.toMatch(/logged/i);
  expect(said('reminder')).not.toMatch(/logged/i);
});

test('values are escaped in HTML, never run as Liquid, and make no second line', () => {
  const wording = openWording(REPLY_TEXTS, [STYLE]);
  const title = '<script>alert(1)</script>\r\nBcc: eve@mail.example {{ agency.name }} {% assign x = 1 %} & "quoted"';
  const { subject, text, html } = wording.render(
    'question',
    { ...MODEL, title, greeting: title, photos: { taken: [title], refused: [] } },
    STYLE,
  );
  expect(html).not.toContain('<script>');
  expect(html).toContain(
    '&lt;script&gt;alert(1)&lt;/script&gt; Bcc: eve@mail.example {{ agency.name }} {% assign x = 1 %} &amp; &#34;quoted&#34;',
  );
  expect(text).toContain('Problem:   <script>alert(1)</script> Bcc: eve@mail.example {{ agency.name }}');
  expect(text).not.toMatch(/^Bcc:/m);
  expect(subject).not.toMatch(/[\r\n]/);
});

test('HTML holds nothing that is fetched from elsewhere', () => {
  const wording = openWording(REPLY_TEXTS, [STYLE]);
  for (const [kind, model] of SAMPLES) {
    const { html } = wording.render(kind, model, STYLE);
    expect(html).not.toMatch(/<(img|script|link|iframe|object)\b|url\(|https?:/i);
    expect(html).toMatch(/^<!doctype html>/);
  }
});

test('a file of the own folder goes before the bundled one, in its language, and what is not there is bundled', () => {
  mkdirSync(join(folder, 'fr'));
  writeFileSync(
    join(folder, 'fr', 'question.txt.liquid'),
    'Subject: Une question [{{ reference }}]\n\nBonjour {{ greeting }}, votre numéro ?\n{{ agency.name }}\n',
  );
  const style = { language: 'fr', folder };
  const wording = openWording(REPLY_TEXTS, [style]);
  const question = wording.render('question', MODEL, style);
  expect(question.subject).toBe('Une question [7XCNQNCXJ]');
  expect(question.text).toBe('Bonjour Sam Okafor, votre numéro ?\nBrightkeys Lettings\n');
  expect(wording.render('confirmation', MODEL, style).text).toContain('The report is logged');
  expect(wording.render('question', MODEL, STYLE).text).toContain('Which phone number');
});

test.each([
  ['an unknown value', 'Subject: x\n\n{{ tenantNmae }}', /tenantNmae/],
  ['an unknown filter', 'Subject: x\n\n{{ reference | upcasee }}', /upcasee/],
  ['a tag that is not closed', 'Subject: x\n\n{% if reference %}', /if/],
  ['a loop without end', 'Subject: x\n\n{% for i in (1..100000000) %}{% endfor %}', /limit|memory/i],
  ['a file from elsewhere', `Subject: x\n\n{% render '/etc/hostname' %}`, /hostname|ENOENT/],
])('%s in an own text is told at the start', (_, text, why) => {
  writeFileSync(join(folder, 'reminder.txt.liquid'), text);
  expect(() => openWording(REPLY_TEXTS, [{ language: 'en', folder }])).toThrow(/the reply text reminder \(en\)/);
  expect(() => openWording(REPLY_TEXTS, [{ language: 'en', folder }])).toThrow(why);
});
