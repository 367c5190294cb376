/** Mails that were made to stop a reader: each must be read within a second, and never throw. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmlToText } from '../../src/reading/html.ts';
import { understood } from './reads.ts';

const plain = (body: string) => `From: a@b.example\r\nSubject: x\r\nMessage-ID: <1@b.example>\r\n\r\n${body}`;

test.each([
  ['2 MB of newlines', plain('\n'.repeat(2_000_000))],
  ['a line of a million blanks', plain(`${' '.repeat(1_000_000)}x`)],
  ['forty thousand dashes', plain('-'.repeat(40_000))],
  ['a million digits', plain('0740'.repeat(250_000))],
  ['digits and blanks', plain('0 7 4 '.repeat(60_000))],
  ['brackets after a digit, without end', plain(`07400 123456 ${'('.repeat(7_000)} x`)],
  ['headers of forwards without end', plain('From: a\nSent: b\nTo: c\nSubject: d\n\n'.repeat(5_000))],
  ['quotes without end', plain('> '.repeat(200_000))],
  ['flats without end', plain('flat 1 the old house '.repeat(10_000))],
  ['postcodes without end', plain('LS6 2AB '.repeat(12_000))],
  ['brackets in a date without end', `Date: Mon, 2 Feb 2026 10:00:00 +0000 ${'('.repeat(150_000)}\r\n${plain('x')}`],
  ['a value of signs without end', plain(`Name: Jo Marsh\nPhone: 07400 123456\nProblem: ${`${', . '.repeat(240)}\n`.repeat(59)}x`)],
  ['a value of dots without end', plain(`Name: Jo Marsh\nPhone: 07400 123456\nProblem: ${`${'.'.repeat(900)}\n`.repeat(59)}x`)],
  ['capital words without end', plain('The Old '.repeat(25_000))],
])('%s is read within seconds', async (_, raw) => {
  const start = performance.now();
  await understood(raw);
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('a table of eighty thousand rows and nesting of a hundred thousand levels are read in linear time', () => {
  const start = performance.now();
  htmlToText(`<table>${'<tr><td>Label</td><td>value</td></tr>'.repeat(80_000)}</table>`);
  htmlToText('<div><table><tr><td>'.repeat(100_000));
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('no bytes make reading throw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom(...'From: \r\nSubjectTo0123456789@.<>=?UTF-8q,;-_"()boilerleak'), maxLength: 400 }),
      async (text) => {
        const { reading } = await understood(text);
        expect(reading.values.ReportedAt).toBeDefined();
      },
    ),
    { numRuns: 300 },
  );
});
