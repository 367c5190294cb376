/** Whose letters they are: the report's own writer, the agency's staff, and people in between such as a landlord. */
import type { Letter } from './letter.ts';

export type Roles = {
  /** The letter that reports the fault: the innermost that staff did not write. */
  main: Letter;
  /** All letters of the same person, oldest first. */
  own: Letter[];
  /** What staff wrote above it. */
  notes: Letter[];
  /** Others between the two: a landlord who passed it on. */
  others: Letter[];
  /** Staff report themselves, for somebody who rang. */
  typedByStaff: boolean;
};

export function rolesOf(letters: Letter[]): Roles {
  const first = letters[0] as Letter;
  const main =
    letters.findLast((letter) => !letter.byStaff && letter.sections.length + letter.attachments.length > 0) ??
    letters.findLast((letter) => !letter.byStaff) ??
    first;
  const isOwn = (letter: Letter) =>
    letter === main ||
    (!letter.byStaff && letter.from !== null && letter.from.address !== '' && letter.from.address === main.from?.address);
  return {
    main,
    own: letters.filter(isOwn).toReversed(),
    notes: letters.filter((letter) => letter.byStaff && letter !== main),
    others: letters.filter((letter) => !letter.byStaff && !isOwn(letter)),
    typedByStaff: main.byStaff,
  };
}
