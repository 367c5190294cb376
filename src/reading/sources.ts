/** Where fields are looked for: the texts of a message's letters, the most trusted first, each with what is said of its place. */
import type { Place } from '../domain/reading.ts';
import { type Letter, type SectionKind, textOf } from './letter.ts';
import type { Roles } from './whose.ts';

/** A text in which a field is looked for, and what is said of where it stands. */
export type Source = { text: string; where: Place; letter: Letter; voice: 'tenant' | 'staff' };

/** Where fields are looked for, the most trusted first: the person's own words, subject, signature, the agent's note, others. */
export function sourcesOf(roles: Roles, kinds: SectionKind[]): Source[] {
  const of = (letter: Letter, voice: 'tenant' | 'staff', which: SectionKind[]): Source[] =>
    which
      .map((kind) => ({ text: textOf(letter, kind), where: placeOf(letter, kind, voice), letter, voice }))
      .filter((source) => source.text !== '');
  const voice = roles.typedByStaff ? 'staff' : 'tenant';
  const own = [roles.main, ...roles.own.filter((letter) => letter !== roles.main)];
  const subject = (letter: Letter): Source => ({
    text: letter.subject,
    where: letter.by === 'sender' ? 'subject' : 'forwarded subject',
    letter,
    voice: letter.byStaff ? 'staff' : 'tenant',
  });
  return [
    ...own.flatMap((letter) => of(letter, voice, kinds.includes('body') ? ['body'] : [])),
    ...own.map(subject),
    ...(roles.typedByStaff
      ? []
      : own.flatMap((letter) =>
          of(
            letter,
            voice,
            kinds.filter((kind) => kind !== 'body'),
          ),
        )),
    ...own.filter((letter) => letter.by === 'sender').flatMap((letter) => answersIn(letter, voice)),
    ...roles.notes.flatMap((letter) => [...of(letter, 'staff', ['body']), ...(letter.by === 'sender' ? [subject(letter)] : [])]),
    ...roles.others.flatMap((letter) => of(letter, 'tenant', ['body'])),
  ];
}

/** What somebody typed behind a question that the quoted mail asks: `Which number can we reach you on? >>> 07400 123 131 <<<`. */
function answersIn(letter: Letter, voice: Source['voice']): Source[] {
  return textOf(letter, 'quoted')
    .split('\n')
    .map((line) => /\?\W{0,12}\s([\p{L}\p{N}(+].*)$/u.exec(line)?.[1] ?? '')
    .filter((text) => text !== '' && !/\b(?:we|our|us)\b/i.test(text)) // "Has your number changed? We have 07…" is the agency's
    .map((text) => ({ text, where: 'quoted', letter, voice }));
}

function placeOf(letter: Letter, kind: SectionKind, voice: 'tenant' | 'staff'): Place {
  if (voice === 'staff' && letter.by === 'sender') return kind === 'signature' ? 'signature' : 'note';
  if (letter.by === 'sender') return kind === 'banner' ? 'body' : kind;
  return kind === 'signature' ? 'forwarded signature' : 'forwarded body';
}
