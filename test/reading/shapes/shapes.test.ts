import { expect, test } from 'vitest';
import { withoutCsv } from '../../../src/reading/shapes/csv-row.ts';
import { withoutMarkdown } from '../../../src/reading/shapes/markdown.ts';
import { asLines } from '../../../src/reading/shapes/shapes.ts';

test('a row of a table with commas becomes lines of labels and values', () => {
  expect(
    withoutCsv(
      'List (1 row)\n\nRef,Surname,First name,Mobile,House,Defect\nS1,Reed,Jo,07400 123456,"62 Elm Rise, Leeds","Cold, and\nloud"\n\nEnd',
    ),
  ).toBe(
    'List (1 row)\n\n\nRef: S1\nSurname: Reed\nFirst name: Jo\nMobile: 07400 123456\nHouse: 62 Elm Rise, Leeds\nDefect: Cold, and loud\n\nEnd',
  );
  expect(withoutCsv('Name;Phone;Address;Problem\nJo;1;2 Elm Rise;Tap')).toBe('\nName: Jo\nPhone: 1\nAddress: 2 Elm Rise\nProblem: Tap');
});

test.each([
  'My name, phone, address and problem are below,\nJo, 07400, Leeds, the tap',
  'Name,Phone,Address,Problem\nJo,1,2,3\nSam,1,2,3',
  'Name,Phone,Address,Problem\nJo,"1,2,3',
  'The boiler, the heating, the shower, the lights\nall of them, every one, are dead, since noon',
])('what is no such row stays as it is: %j', (text) => {
  expect(withoutCsv(text)).toBe(text);
});

test('marks of Markdown go, and a quote below a heading is no earlier mail', () => {
  expect(
    withoutMarkdown(
      '# Device fault\n\n| Field | Value |\n| --- | --- |\n| **Site** | 7 Elm Mews |\n\n## Note\n\n> It shrieks.\n\nSee the [console](https://a.example/1).',
    ),
  ).toBe('Device fault:\n\n| Field | Value |\n| **Site** | 7 Elm Mews |\n\nNote:\n\nIt shrieks.\n\nSee the console.'.replaceAll('**', ''));
  expect(withoutMarkdown('*Name:* Jo Marsh\n\n*What can we fix?:* The tap')).toBe('Name: Jo Marsh\n\nWhat can we fix?: The tap');
  expect(withoutMarkdown('> It drips\n\n# 3 is my flat, 2 * 3 * 4, not __init__')).toContain('> It drips');
});

test('all of them leave an ordinary mail as it is', () => {
  const mail = 'Hi,\n\nthe tap drips, the door sticks, and the light is out.\nRing 07400 123456 - any time.\n\n> Which flat?\n\nJo';
  expect(asLines(mail)).toBe(mail);
});
