/** The letter of a message that a labelled template reads, with what it found. */
import type { ReadingContext } from './context.ts';
import { type LabelledValues, labelledIn } from './labelled.ts';
import type { Letter } from './letter.ts';
import type { Template } from './template.ts';

export function labelledLetter(
  letters: Letter[],
  context: ReadingContext,
): { letter: Letter; template: Template; values: LabelledValues } | null {
  for (const letter of letters.toReversed()) {
    const text = letter.sections.map((section) => section.text).join('\n\n');
    for (const template of context.templates) {
      if (Object.keys(template.labels).length === 0) continue;
      const values = labelledIn(text, template);
      if (values !== null) return { letter, template, values };
    }
  }
  return null;
}
