import fc from 'fast-check';
import { expect, test } from 'vitest';
import { phonesIn, written } from '../../../src/reading/fields/phone.ts';

const found = (text: string, voice: 'tenant' | 'staff' = 'tenant') => phonesIn(text, voice).map((phone) => [phone.number, phone.owner]);

test.each([
  ['T: 07400 1 23 8 12', '+447400123812'],
  ['My number ٠٧٤٠٠ ١٢٣ ٥١٢', '+447400123512'],
  ['074 double 0 123 416 after 6', '+447400123416'],
  ['my num 074oo 123218', '+447400123218'],
  ['0044 (0) 7400 123 063', '+447400123063'],
  ['M: +44 (0)7400 123341', '+447400123341'],
  ['07400.123.498', '+447400123498'],
  ['(07400) 123 193', '+447400123193'],
  ['07400 one two three 4 5 6', '+447400123456'],
  ['07400 one two three 456. 14 Elm Road', '+447400123456'],
  ['oh seven four double oh, one two three, four five six. 14 Elm Road', '+447400123456'],
  ['074 zero zero 123 four five six', '+447400123456'],
  ['call me on 07400\n123 456 after six', '+447400123456'],
  ['call me on 07400 12\n34 56', '+447400123456'],
  ['on +44 7400\n  123456.', '+447400123456'],
  ['0113\n496 0123 in the day', '+441134960123'],
])('%s is a number', (text, number) => {
  expect(found(text)).toEqual([[number, 'own']]);
});

test.each([
  'MPAN 14 2007 4001 2311 8',
  'cold on 01.12.2025, 02.12.2025 and 07.12.2025',
  'crime ref 44260118822',
  'student ID is 249 006 118',
  'job no BK-0121-4960-3',
  'Invoice 07400123456',
  'we were told 07400\n2 plumbers came',
  'meter 07400\n123 456 7 units',
  'on 07400\n12:34 the boiler went',
  '0 degrees at\n7 400 123 456',
])('%s is none', (text) => {
  expect(found(text)).toEqual([]);
});

test('two numbers on one line are two', () => {
  expect(found('0118 496 0855 07400 123 640')).toEqual([
    ['+441184960855', 'own'],
    ['+447400123640', 'own'],
  ]);
});

test('whose a number is depends on who speaks', () => {
  expect(found('his number is 07400 123662')).toEqual([['+447400123662', 'foreign']]);
  expect(found("her number's 07400 123 524", 'staff')).toEqual([['+447400123524', 'own']]);
  expect(found('ring me 07400 123181', 'staff')).toEqual([['+447400123181', 'foreign']]);
  expect(found('if no answer my husband Yusuf 07400123357')).toEqual([['+447400123357', 'family']]);
});

test('any way of grouping the digits of a mobile gives the same number', () => {
  const digits = fc.integer({ min: 0, max: 999 }).map((last) => `07400123${String(last).padStart(3, '0')}`);
  fc.assert(
    fc.property(digits, fc.array(fc.constantFrom('', '', ' ', '-', '.'), { minLength: 10, maxLength: 10 }), (number, gaps) => {
      const text = [...number]
        .map((digit, index) => digit + (gaps[index] ?? ''))
        .join('')
        .replace(/[ .-]+$/, '');
      expect(found(`call ${text} please`)).toEqual([[`+44${number.slice(1)}`, 'own']]);
    }),
  );
});

test('no text makes it throw, and what it finds can be written', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789oO +()-./,:\nabcdouble tel') }), (text) => {
      for (const phone of phonesIn(text, 'tenant')) expect(written(phone.number, 'national')).toMatch(/\d/);
    }),
    { numRuns: 2000 },
  );
});
