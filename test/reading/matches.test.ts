import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesIn } from '../../src/reading/matches.ts';

test('all places are those that matchAll finds, also where nothing is matched', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('a', 'a*', 'b?', '\\b', '(a)|(b)', '.', '(?=a)', '[^a]', 'ab|ba', '$'),
      fc.constantFrom('g', 'gu', 'gi', 'giu'),
      fc.array(fc.constantFrom('a', 'b', 'A', ' ', '😷', 'é', '\n'), { maxLength: 12 }).map((list) => list.join('')),
      (source, flags, text) => {
        const pattern = new RegExp(source, flags);
        const plain = (matches: Iterable<RegExpExecArray>) => [...matches].map((match) => ({ index: match.index, groups: [...match] }));
        expect(plain(matchesIn(text, pattern))).toEqual(plain(text.matchAll(pattern)));
        expect(plain(matchesIn(text, pattern))).toEqual(plain(text.matchAll(pattern)));
      },
    ),
    { numRuns: 1_000 },
  );
});
