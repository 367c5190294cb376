/** Finds the report that a message belongs to: by Message-IDs, by the reference in a subject, and by the very same words. */
import { createHash } from 'node:crypto';
import type { Message } from '../domain/message.ts';
import type { Reading } from '../domain/reading.ts';
import { referenceInSubject } from '../domain/reference.ts';
import type { Stage } from '../domain/report.ts';
import type { Sorting } from '../domain/sorting.ts';
import { type Letter, textOf } from './letter.ts';
import { bare } from './plain.ts';
import { rolesOf } from './whose.ts';

/** Shorter texts ("any news?") are written by many people, many times. */
const LEAST_WORDS = 8;

/** Keys under which the report of this message is found again. */
export function marksOf(message: Message, letters: Letter[]): string[] {
  return unique([...ids(message), ...words(letters)]);
}

/** Keys by which to look for the report that this message belongs to. */
export function cluesOf(message: Message, letters: Letter[]): string[] {
  const reference = referenceInSubject(message.subject);
  const answered = [...message.inReplyTo, ...message.references].map((id) => `id:${id}`);
  return unique([...ids(message), ...answered, ...words(letters), ...(reference === null ? [] : [`ref:${reference}`])]);
}

/** Where a message belongs, given the reports that its clues found (the newest first). */
export function belong(
  understanding: { sorting: Sorting; reading: Reading; marks: string[] },
  found: { reference: string; stage: Stage; matched: string[] }[],
): Sorting {
  const same = found.find((one) => one.matched.some((key) => key.startsWith('words:') || understanding.marks.includes(key)));
  if (same) return { kind: 'adds', as: 'duplicate', to: same.reference, why: 'the same words came before' };
  const [first] = found;
  if (!first) return understanding.sorting;
  const asked = found.find((one) => one.stage === 'asking');
  if (asked && understanding.reading.values.TenantPhonePrimary)
    return { kind: 'adds', as: 'answer', to: asked.reference, why: 'it answers our question' };
  return { kind: 'adds', as: 'follow-up', to: first.reference, why: 'it belongs to the same thread' };
}

function ids(message: Message): string[] {
  return [message.messageId, ...message.attached.map((inner) => inner.message.messageId)]
    .filter((id) => id !== null)
    .map((id) => `id:${id}`);
}

function words(letters: Letter[]): string[] {
  const { main } = rolesOf(letters);
  const text = bare(textOf(main, 'body'));
  if (text.split(' ').length < LEAST_WORDS) return [];
  return [
    `words:${createHash('sha256')
      .update(`${main.from?.address ?? ''}\0${text}`)
      .digest('hex')
      .slice(0, 32)}`,
  ];
}

function unique(keys: string[]): string[] {
  return [...new Set(keys)];
}
