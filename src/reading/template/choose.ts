/** Which template reads a mail, and which letter of it: the highest priority whose conditions hold, of the innermost letter that fits. */
import type { ReadingContext } from '../context.ts';
import type { Letter } from '../letter.ts';
import type { Template } from '../template.ts';
import { Work } from './bounded.ts';
import { fits } from './conditions.ts';
import { type View, viewOf } from './view.ts';

export type Chosen = { template: Template; view: View; work: Work };

const known = new WeakMap<Letter[], { templates: Template[]; chosen: Chosen | null }>();

/** Null when no template with conditions fits: then the labelled or the general one reads the mail. */
export function choose(letters: Letter[], context: ReadingContext): Chosen | null {
  const before = known.get(letters);
  if (before?.templates === context.templates) return before.chosen;
  const chosen = look(letters, context);
  known.set(letters, { templates: context.templates, chosen });
  return chosen;
}

function look(letters: Letter[], context: ReadingContext): Chosen | null {
  const work = new Work();
  const views = letters.toReversed().map((letter) => viewOf(letter, letters));
  for (const template of ranked(context.templates)) {
    if (template.match === undefined) continue;
    const view = views.find((one) => fits(template.match as NonNullable<Template['match']>, one, work));
    if (view) return { template, view, work };
  }
  return null;
}

/** In the order in which they are tried: by priority, then by name, so that the order of files never matters. */
export function ranked(templates: Template[]): readonly Template[] {
  let list = inOrder.get(templates);
  if (list === undefined) {
    list = templates.toSorted((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
    inOrder.set(templates, list);
  }
  return list;
}

const inOrder = new WeakMap<Template[], readonly Template[]>();

/** Whether such a mail is always a report. */
export function reports(template: Template): 'always' | 'maybe' | 'never' {
  return template.report ?? (Object.keys(template.fields).length > 0 || template.patterns.length > 0 ? 'always' : 'maybe');
}

/** The template of common labels: what it does not say itself, a template finds there. */
export function netOf(templates: Template[]): Template | undefined {
  return templates.find((template) => template.match === undefined && Object.keys(template.labels).length > 0);
}
