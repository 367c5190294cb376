/** Whether a template's conditions hold for a letter, and which of them did. */
import { headerAll } from '../../domain/message.ts';
import { bare } from '../plain.ts';
import { occurs, type Work } from './bounded.ts';
import { labelsInText, labelsOnPage } from './labels.ts';
import type { Condition, Match, Words } from './language.ts';
import { select } from './selector.ts';
import { flattened, type View } from './view.ts';

/** One condition as people read it; `seen` is what stood there instead. */
export type Checked = { condition: string; holds: boolean; seen: string };

/** @returns every condition that was looked at; all hold when the template fits. `none` is turned round: its checks hold when the condition does not. */
export function check(match: Match, view: View, work: Work): { holds: boolean; checks: Checked[] } {
  const { all, any, none, ...own } = match;
  const checks = checkCondition(own, view, work);
  for (const condition of all ?? []) checks.push(...checkCondition(condition, view, work));
  for (const condition of none ?? []) {
    const inner = checkCondition(condition, view, work);
    checks.push({
      condition: `none: ${inner.map((one) => one.condition).join(' and ')}`,
      holds: !inner.every((one) => one.holds),
      seen: inner.map((one) => one.seen).join('; '),
    });
  }
  if (any) {
    const ways = any.map((condition) => checkCondition(condition, view, work));
    const held = ways.find((way) => way.every((one) => one.holds));
    checks.push({
      condition: `any: ${(held ?? ways.flat()).map((one) => one.condition).join(held ? ' and ' : ' or ')}`,
      holds: held !== undefined,
      seen: held ? held.map((one) => one.seen).join('; ') : '',
    });
  }
  return { holds: checks.every((one) => one.holds), checks };
}

/** As `check`, but it stops at the first condition that does not hold: for the many templates that do not fit. */
export function fits(match: Match, view: View, work: Work): boolean {
  const { all, any, none } = match;
  const holds = (condition: Condition) => {
    for (const key of BY_COST) if (condition[key] !== undefined && !checkOne(key, condition, view, work).holds) return false;
    return true;
  };
  return holds(match) && (all ?? []).every(holds) && !(none ?? []).some(holds) && (any === undefined || any.some(holds));
}

/** Conditions in the order of what it costs to look at them: HTML has to be parsed. */
const BY_COST = ['sender', 'forwarded', 'recipient', 'header', 'subject', 'body', 'labels', 'html'] as const satisfies (keyof Condition)[];

function checkCondition(condition: Condition, view: View, work: Work): Checked[] {
  return Object.entries(condition)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({
      condition: `${key} ${JSON.stringify(value)}`,
      ...checkOne(key as keyof Condition, condition, view, work),
    }));
}

function checkOne(key: keyof Condition, condition: Condition, view: View, work: Work): Omit<Checked, 'condition'> {
  switch (key) {
    case 'sender': {
      const address = view.letter.from?.address ?? '';
      return { holds: listOf(condition.sender).some((wanted) => isAddress(wanted, address)), seen: address };
    }
    case 'recipient': {
      const addresses = [...view.message.to, ...view.message.cc, ...view.letter.to].map((one) => one.address);
      addresses.push(...['delivered-to', 'x-original-to'].flatMap((name) => headerAll(view.message, name)));
      const held = addresses.find((address) => listOf(condition.recipient).some((wanted) => isAddress(wanted, address)));
      return { holds: held !== undefined, seen: held ?? addresses.slice(0, 3).join(', ') };
    }
    case 'subject':
      return {
        holds: hasWords(condition.subject as Words, view.letter.subject, flattened(view.letter.subject), work),
        seen: view.letter.subject,
      };
    case 'body':
      return { holds: hasWords(condition.body as Words, view.text, view.flat, work), seen: short(view.flat) };
    case 'header': {
      const wanted = condition.header as NonNullable<Condition['header']>;
      const { name, has } = typeof wanted === 'string' ? { name: wanted, has: undefined } : wanted;
      const values = headerAll(view.message, name);
      const held = values.find((value) => has === undefined || hasWords(has, value, flattened(value), work));
      return { holds: held !== undefined, seen: short(held ?? values[0] ?? 'no such header') };
    }
    case 'labels': {
      const wanted = condition.labels as NonNullable<Condition['labels']>;
      const { of, least } = Array.isArray(wanted) ? { of: wanted, least: wanted.length } : wanted;
      const there = of.filter((label) => hasLabel(view, label));
      return { holds: there.length >= least, seen: there.length > 0 ? there.join(', ') : 'none of them' };
    }
    case 'html': {
      const page = view.page();
      const held = page === null ? undefined : listOf(condition.html).find((selector) => select(page, selector).length > 0);
      return { holds: held !== undefined, seen: held ?? (page === null ? 'no HTML' : 'no such element') };
    }
    case 'forwarded': {
      const is = view.letter.by !== 'sender';
      return { holds: is === condition.forwarded, seen: is ? 'forwarded' : 'not forwarded' };
    }
  }
}

const NO_LABELS: Map<string, string[]> = new Map();

function hasLabel(view: View, label: string): boolean {
  return labelsInText(view.labelled, label, 'line', NO_LABELS).length > 0 || labelsOnPage(view.pageLabels(), label).length > 0;
}

/** `a@b.example` as it is, `b.example` for its domain and those below it, stars for anything. */
function isAddress(wanted: string, address: string): boolean {
  const known = address.toLowerCase().trim();
  const plain = wanted.toLowerCase().trim();
  if (known === '') return false;
  if (plain.includes('*')) return globHolds(plain, known);
  if (plain.startsWith('@')) return known.endsWith(plain);
  return plain.includes('@') ? known === plain : known.endsWith(`@${plain}`) || known.endsWith(`.${plain}`);
}

/** Whether a text is as a pattern with stars says; both in the same case. Time grows with both lengths only. */
export function globHolds(glob: string, text: string): boolean {
  const parts = glob.split('*');
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return glob === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function hasWords(wanted: Words, text: string, flat: string, work: Work): boolean {
  if (typeof wanted === 'object' && !Array.isArray(wanted)) return occurs(wanted.pattern, text, work);
  return listOf(wanted).some(
    (phrase) =>
      flat.includes(asFlat(phrase)) ||
      (phrase.includes('’') && bare(phrase).length > 0 && flat.includes(asFlat(phrase.replaceAll('’', "'")))),
  );
}

const flatPhrases = new Map<string, string>();
const MOST_PHRASES = 5_000;

/** A template's phrase as texts are compared with it. */
function asFlat(phrase: string): string {
  let flat = flatPhrases.get(phrase);
  if (flat === undefined) {
    flat = flattened(phrase);
    if (flatPhrases.size >= MOST_PHRASES) flatPhrases.clear();
    flatPhrases.set(phrase, flat);
  }
  return flat;
}

function listOf<T>(one: T | T[] | undefined): T[] {
  return one === undefined ? [] : Array.isArray(one) ? one : [one];
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
