/** Where fields are looked for: the texts of a message's letters, the most trusted first, each with what is said of its place. */
import type { Place } from '../domain/reading.ts';
import { type Letter, type SectionKind, textOf } from './letter.ts';
import type { Roles } from './whose.ts';

/** A text in which a field is looked for, and what is said of where it stands. */
export type Source = { text: string; where: Place; letter: Letter; voice: 'tenant' | 'staff' };

const known = new WeakMap<Roles, readonly Source[]>();

/** Where fields are looked for, the most trusted first: the person's own words, subject, signature, the agent's note, others. */
export function sourcesOf(roles: Roles): readonly Source[] {
  let sources = known.get(roles);
  if (sources === undefined) {
    sources = sourcesBy(roles);
    known.set(roles, sources);
  }
  return sources;
}

function sourcesBy(roles: Roles): Source[] {
  const of = (letter: Letter, kind: SectionKind, voice: Source['voice']): Source[] => {
    const text = textOf(letter, kind);
    return text === '' ? [] : [{ text, where: placeOf(letter, kind, voice), letter, voice }];
  };
  const subject = (letter: Letter): Source => ({
    text: letter.subject,
    where: letter.by === 'sender' ? 'subject' : 'forwarded subject',
    letter,
    voice: letter.byStaff ? 'staff' : 'tenant',
  });
  const voice = roles.typedByStaff ? 'staff' : 'tenant';
  const own = [roles.main, ...roles.own.filter((letter) => letter !== roles.main)];
  return [
    ...own.flatMap((letter) => of(letter, 'body', voice)),
    ...own.map(subject),
    ...(roles.typedByStaff ? [] : own.flatMap((letter) => of(letter, 'signature', voice))),
    ...own.filter((letter) => letter.by === 'sender').flatMap((letter) => answersIn(letter, voice)),
    ...roles.notes.flatMap((letter) => [...of(letter, 'body', 'staff'), ...(letter.by === 'sender' ? [subject(letter)] : [])]),
    ...roles.others.flatMap((letter) => of(letter, 'body', 'tenant')),
  ];
}

/** What somebody typed behind a question that the quoted mail asks: `Which number can we reach you on? >>> 07400 123 131 <<<`. */
function answersIn(letter: Letter, voice: Source['voice']): Source[] {
  const quoted = textOf(letter, 'quoted');
  if (!quoted.includes('?')) return [];
  return quoted
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
