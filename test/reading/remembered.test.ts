/** What is worked out once for a mail, and that nothing of it stays. */
import { expect, test } from 'vitest';
import { remembered, remembering } from '../../src/reading/remembered.ts';

test('a text is looked at once while a mail is read, and again for the next mail', () => {
  const seen: string[] = [];
  const length = remembered((text) => {
    seen.push(text);
    return text.length;
  });
  const twice = () => remembering(() => [length('boiler'), length('boiler'), length('tap')]);
  expect(twice()).toEqual([6, 6, 3]);
  expect(seen).toEqual(['boiler', 'tap']);
  expect(twice()).toEqual([6, 6, 3]);
  expect(seen).toEqual(['boiler', 'tap', 'boiler', 'tap']);
});

test('outside of a mail, and after one that cannot be read, nothing is kept', () => {
  const seen: string[] = [];
  const upper = remembered((text) => {
    seen.push(text);
    return text.toUpperCase();
  });
  expect(() =>
    remembering(() => {
      upper('tap');
      throw new Error('broken');
    }),
  ).toThrow('broken');
  upper('tap');
  upper('tap');
  expect(seen).toEqual(['tap', 'tap', 'tap']);
});
