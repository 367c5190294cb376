/** How a mail is laid out: which template reads it, which letter of it, and what it finds there; else the common labels in it. */
import type { Attachment } from '../domain/message.ts';
import type { ReadingContext } from './context.ts';
import { labelledValues } from './labelled.ts';
import { type LabelledLetter, labelledLetter, sectionsApart } from './labelled-letter.ts';
import type { Letter } from './letter.ts';
import { type Applied, apply } from './template/apply.ts';
import { choose, netOf, reports } from './template/choose.ts';
import { globHolds } from './template/conditions.ts';
import type { View } from './template/view.ts';
import type { Template } from './template.ts';

export type Layout = {
  /** The template that reads the mail; null for the general one. */
  template: Template | null;
  /** What a template with conditions found; null where none fits. */
  applied: Applied | null;
  view: View | null;
  /** What common labels tell of the fields that it left out. */
  labelled: LabelledLetter | null;
  /** How the rest is read. */
  otherwise: 'labels' | 'general' | 'nothing';
  /** Whether such a mail reports a fault, whatever its words. */
  report: 'always' | 'maybe' | 'never';
};

const known = new WeakMap<Letter[], { context: ReadingContext; layout: Layout }>();

/** The same for the same letters: sorting and reading ask for it one after the other. */
export function layoutOf(letters: Letter[], context: ReadingContext): Layout {
  const before = known.get(letters);
  if (before?.context === context) return before.layout;
  const layout = look(letters, context);
  known.set(letters, { context, layout });
  return layout;
}

function look(letters: Letter[], context: ReadingContext): Layout {
  const chosen = choose(letters, context);
  const labelled = labelledLetter(letters, context);
  if (chosen === null || (labelled !== null && labelled.template.priority > chosen.template.priority)) {
    const report = labelled === null ? 'maybe' : 'always';
    return {
      template: labelled?.template ?? null,
      applied: null,
      view: null,
      labelled,
      otherwise: labelled ? 'labels' : 'general',
      report,
    };
  }
  const { template, view, work } = chosen;
  const net = netOf(context.templates);
  const rest = template.otherwise === 'labels' && net ? labelsOf(view.letter, net) : null;
  const applied = apply(template, view, context, net, work);
  return { template, applied, view, labelled: rest, otherwise: template.otherwise, report: reports(template) };
}

function labelsOf(letter: Letter, template: Template): LabelledLetter {
  const { found, taken, told } = labelledValues(sectionsApart(letter), template);
  return { values: found, taken, told, letter, template };
}

/** The attachments that go into the job: those that look like it, or those that the template names. */
export function attachmentsBy(layout: Layout, worth: Attachment[], letters: Letter[]): Attachment[] {
  const wanted = layout.applied === null ? undefined : layout.template?.attachments;
  if (wanted === undefined) return worth;
  if (wanted === 'none') return [];
  const named = (globs: string[], attachment: Attachment) =>
    globs.some((glob) => globHolds(glob.toLowerCase(), attachment.name.toLowerCase()));
  const all = wanted.only ? letters.flatMap((letter) => letter.attachments) : worth;
  return all.filter(
    (one) => (wanted.only === undefined || named(wanted.only, one)) && (wanted.except === undefined || !named(wanted.except, one)),
  );
}
