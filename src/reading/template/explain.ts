/** Why a template reads a mail or not: its conditions one by one, what every extractor gave, and which template won. */
import type { ReadingContext } from '../context.ts';
import type { Letter } from '../letter.ts';
import type { Template } from '../template.ts';
import { type Applied, apply } from './apply.ts';
import { Work } from './bounded.ts';
import { netOf, ranked } from './choose.ts';
import { type Checked, check } from './conditions.ts';
import { viewOf } from './view.ts';

export type Explained = {
  /** Who wrote the letter that was looked at: the innermost that fits, else the one of which most conditions hold. */
  letter: Letter;
  holds: boolean;
  checks: Checked[];
  /** What it would read, whether it won or not. */
  applied: Applied;
  /** Templates whose conditions hold too, the one that wins first. */
  rivals: Template[];
};

export function explain(template: Template, letters: Letter[], context: ReadingContext): Explained {
  const views = letters.toReversed().map((letter) => viewOf(letter, letters));
  const looked = views.map((view) => ({ view, ...check(template.match ?? {}, view, new Work()) }));
  const score = (one: (typeof looked)[number]) => one.checks.filter((checked) => checked.holds).length;
  const best = looked.find((one) => one.holds) ?? looked.toSorted((a, b) => score(b) - score(a))[0];
  if (best === undefined) throw new Error('a mail has at least one letter');
  const rivals = ranked(context.templates).filter(
    (one) => one.name !== template.name && one.match !== undefined && views.some((view) => check(one.match ?? {}, view, new Work()).holds),
  );
  return {
    letter: best.view.letter,
    holds: template.match !== undefined && best.holds,
    checks: best.checks,
    applied: apply(template, best.view, context, netOf(context.templates), new Work()),
    rivals,
  };
}
