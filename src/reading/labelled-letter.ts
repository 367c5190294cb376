/** The letter of a message that a labelled template reads, with what it found. */
import type { ReadingContext } from './context.ts';
import { personIn } from './fields/person.ts';
import { type LabelledText, labelledIn } from './labelled.ts';
import type { Letter } from './letter.ts';
import type { Template } from './template.ts';
import { isMachine, isNamedAfterSite } from './whose.ts';

export type LabelledLetter = LabelledText & { letter: Letter; template: Template };

/** The whole text, with a rule before what is no body, since no value goes on over that. */
export function sectionsApart(letter: Letter): string {
  return letter.sections.map(({ kind, text }) => (kind === 'body' ? text : `--\n${text}`)).join('\n\n');
}

export function labelledLetter(letters: Letter[], context: ReadingContext): LabelledLetter | null {
  for (const letter of letters.toReversed()) {
    const text = sectionsApart(letter);
    for (const template of context.templates) {
      if (Object.keys(template.labels).length === 0) continue;
      const found = labelledIn(text, template);
      if (found !== null) return { ...found, letter, template };
    }
  }
  return null;
}

/** The letters with only that part of the labelled one that stands beside the labels. */
export function besideLabels(letters: Letter[], labelled: LabelledLetter): Letter[] {
  return letters.map((letter) => {
    if (letter !== labelled.letter) return letter;
    const sections = letter.sections.map(({ kind, text }) => ({
      kind,
      text: text
        .split('\n')
        .filter((line) => !labelled.taken.has(line))
        .join('\n')
        .trim(),
    }));
    return { ...letter, sections: sections.filter((section) => section.text !== '') };
  });
}

/** The letters with only what the labelled one tells of the fault: who rings or texts says name and address there. */
export function insideProblem(letters: Letter[], { letter: labelled, values }: LabelledLetter): Letter[] {
  const text = values.problem?.value ?? '';
  return letters.map((letter) => (letter === labelled ? { ...letter, sections: [{ kind: 'body', text }] } : letter));
}

/** A person who fills in labels by hand also writes beside them; what a machine writes there is no part of the report. */
export function isByPerson({ from, by, message }: Letter): boolean {
  if (from === null || isMachine(from.address) || isNamedAfterSite(from) || personIn(from.name) === null) return false;
  // A form sends in its own name, and answers go to whoever filled it in.
  return by !== 'sender' || message.replyTo.every(({ address }) => address === from.address);
}
