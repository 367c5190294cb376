/** What a template does with a value that it found: one step after the other; a step that finds nothing leaves nothing. */
import { DateTime } from 'luxon';
import { addressOfValue } from '../fields/address.ts';
import { iso } from '../fields/date.ts';
import { personIn } from '../fields/person.ts';
import { normalised, phonesIn } from '../fields/phone.ts';
import { postcodesIn } from '../fields/postcode.ts';
import { bare, titleCase } from '../plain.ts';
import { compilePattern, type Work } from './bounded.ts';
import { globHolds } from './conditions.ts';
import type { SimpleStep, Step } from './language.ts';
import { flattened } from './view.ts';

/** `zone`: IANA name for dates that name none. */
export type StepContext = { zone: string; work: Work };

/** A longer value is cut: nobody reports a fault in more words. */
const MOST_VALUE = 20_000;

export function transformed(value: string, steps: Step | Step[], context: StepContext): string | null {
  let now: string | null = value.slice(0, MOST_VALUE);
  for (const step of Array.isArray(steps) ? steps : [steps]) {
    if (now === null || now.trim() === '') return null;
    now = typeof step === 'string' ? simple(step, now) : complex(step, now, context);
  }
  return now?.slice(0, MOST_VALUE) ?? null;
}

function simple(step: SimpleStep, value: string): string | null {
  const lines = value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  switch (step) {
    case 'trim':
      return value.replace(/^[\s,;:.\-–—*|]+/, '').replace(/[\s,;:\-–—*|]+$/, '');
    case 'oneLine':
      return lines.join(' ').replace(/\s+/g, ' ');
    case 'firstLine':
      return lines[0] ?? null;
    case 'lastLine':
      return lines.at(-1) ?? null;
    case 'upper':
      return value.toUpperCase();
    case 'lower':
      return value.toLowerCase();
    case 'title':
      return titleCase(value.toLowerCase());
    case 'sentence': {
      const small = value === value.toUpperCase() ? value.toLowerCase() : value;
      return small.charAt(0).toUpperCase() + small.slice(1);
    }
    case 'digits':
      return value.replace(/\D/g, '');
    case 'phone':
      return phonesIn(value, 'tenant')[0]?.quote ?? (normalised(value) === null ? null : value);
    case 'postcode':
      return postcodesIn(value)[0]?.postcode ?? null;
    case 'address': {
      const { lines: parts, postcode } = addressOfValue(value);
      return [...parts, postcode].filter((part) => part !== null).join('\n');
    }
    case 'name': {
      const person = personIn(value);
      return person === null ? null : [person.title, person.forename, person.surname].filter((part) => part !== null).join(' ');
    }
    case 'email':
      return emailIn(value);
    case 'yesNo': {
      const said = yesNo(value);
      return said === null ? null : said ? 'yes' : 'no';
    }
  }
}

function complex(step: Exclude<Step, string>, value: string, { zone, work }: StepContext): string | null {
  if (step.map) return mapped(step.map, value);
  if (step.date !== undefined) {
    const date = DateTime.fromFormat(value.replace(/\s+/g, ' ').trim(), step.date, {
      zone: step.zone ?? zone,
      locale: 'en-GB',
      setZone: true,
    });
    return date.isValid ? iso(date) : null;
  }
  if (step.split !== undefined) {
    const parts = value.split(step.split).map((part) => part.trim());
    const part = step.part ?? 1;
    return (part > 0 ? parts[part - 1] : parts.at(part)) ?? null;
  }
  if (step.before !== undefined) {
    const at = value.toLowerCase().indexOf(step.before.toLowerCase());
    return at < 0 ? value : value.slice(0, at).trim();
  }
  if (step.after !== undefined) {
    const at = value.toLowerCase().indexOf(step.after.toLowerCase());
    return at < 0 ? value : value.slice(at + step.after.length).trim();
  }
  if (step.remove !== undefined) {
    let left = value;
    for (const words of Array.isArray(step.remove) ? step.remove : [step.remove]) left = left.split(words).join('');
    return left.trim();
  }
  if (step.replace !== undefined) {
    const pattern = compilePattern(step.replace);
    return work.spend(pattern, value.length) ? pattern.matcher(value).replaceAll(step.with ?? '') : value;
  }
  return value;
}

/** The first entry that is the value, without regard to case and punctuation; then those with stars. */
function mapped(map: Record<string, string>, value: string): string | null {
  const plain = flattened(value);
  for (const [from, to] of Object.entries(map))
    if (!from.includes('*') && (flattened(from) === plain || (bare(from) !== '' && bare(from) === bare(value)))) return to;
  for (const [from, to] of Object.entries(map)) if (from.includes('*') && globHolds(flattened(from), plain)) return to;
  return null;
}

export function emailIn(value: string): string | null {
  return /[^\s<>()[\]"',;:]{1,64}@[^\s<>()[\]"',;:]{1,190}\.[A-Za-z]{2,24}/.exec(value.slice(0, 2_000))?.[0] ?? null;
}

export function yesNo(value: string): boolean | null {
  if (/^\W*(yes|y|true|1|on|required|requested|please|wanted)\b/i.test(value)) return true;
  return /^\W*(no|n|false|0|off|not|none|without)\b/i.test(value) ? false : null;
}
