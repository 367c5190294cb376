/** The letter of a message that a labelled template reads, with what it found. */
import type { ReadingContext } from './context.ts';
import { type LabelledValues, labelledIn } from './labelled.ts';
import type { Letter } from './letter.ts';
import type { Template } from './template.ts';

/** The whole text, with a rule before what is no body, since no value goes on over that. */
export function sectionsApart(letter: Letter): string {
  return letter.sections.map(({ kind, text }) => (kind === 'body' ? text : `--\n${text}`)).join('\n\n');
}

export function labelledLetter(
  letters: Letter[],
  context: ReadingContext,
): { letter: Letter; template: Template; values: LabelledValues } | null {
  for (const letter of letters.toReversed()) {
    const text = sectionsApart(letter);
    for (const template of context.templates) {
      if (Object.keys(template.labels).length === 0) continue;
      const values = labelledIn(text, template);
      if (values !== null) return { letter, template, values };
    }
  }
  return null;
}
