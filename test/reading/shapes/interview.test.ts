import { expect, test } from 'vitest';
import { withoutQuestions } from '../../../src/reading/shapes/interview.ts';

test('what a chat robot asked and was told becomes lines of labels and values', () => {
  expect(
    withoutQuestions(
      "Q: What's your name?\nA: Jo Marsh\n\nQ: And the postcode?\nA: LS6 2AB\nQuestion 3: What is wrong?\nAnswer 3: The tap drips",
    ),
  ).toBe("What's your name?: Jo Marsh\n\nAnd the postcode?: LS6 2AB\nWhat is wrong?: The tap drips");
});

test.each(['The tap drips.\nQ: when can you come?\nA: soon', 'Q: one?\nno answer\nQ: two?\nQ: three?', ''])(
  'other texts stay as they are: %j',
  (text) => {
    expect(withoutQuestions(text)).toBe(text);
  },
);
