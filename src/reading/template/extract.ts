/** Finds values in a letter, each in the way that an extractor says. */
import { headerAll } from '../../domain/message.ts';
import type { Place } from '../../domain/reading.ts';
import { bare, tidy } from '../plain.ts';
import { findAll, type Work } from './bounded.ts';
import { columnOf, type LabelFound, labelOn, labelsInText, labelsOnPage, type Take } from './labels.ts';
import type { Extractor, SimpleExtractor } from './language.ts';
import { WAYS, type Way } from './names.ts';
import { textOfElement } from './page.ts';
import { select } from './selector.ts';
import { type StepContext, transformed } from './steps.ts';
import { personText, type View } from './view.ts';

/** A value with what a person sees of where it came from; `groups` are a pattern's named groups. */
export type Found = { value: string; quote: string; where: Place; rule: string; groups?: Record<string, string> };

export type Looking = {
  view: View;
  work: Work;
  /** All labels that the template names, by their first words. */
  known: Map<string, string[]>;
  /** How much belongs to a label where the extractor does not say. */
  take: Take;
  steps: StepContext;
};

/** The one way of an extractor. */
export function wayOf(extractor: Extractor): Way | null {
  return WAYS.find((way) => extractor[way] !== undefined) ?? null;
}

/** As people read it: `label "Telephone"`. */
export function describe(extractor: Extractor): string {
  const way = wayOf(extractor);
  if (way === null) return 'nothing';
  if (way === 'join') return `join of ${(extractor.join ?? []).map(describe).join(', ')}`;
  const value = extractor[way];
  return `${way} ${typeof value === 'string' ? `"${value}"` : JSON.stringify(value)}`;
}

/** The value after its steps, or null where there is none. */
export function extract(extractor: Extractor, looking: Looking): Found | null {
  if (extractor.join) {
    const parts = extractor.join.flatMap((one) => extract(one, looking) ?? []);
    const [first] = parts;
    if (first === undefined) return null;
    const value = parts.map((part) => part.value).join(extractor.with ?? '\n');
    return finished(
      { value, quote: parts.map((part) => part.quote).join(' … '), where: first.where, rule: parts.map((part) => part.rule).join(', ') },
      extractor,
      looking,
    );
  }
  const all = candidates(extractor, looking).filter((found) => found.value.trim() !== '');
  const nth = extractor.nth ?? 1;
  const found = nth > 0 ? all[nth - 1] : all.at(nth);
  return found === undefined ? null : finished(found, extractor, looking);
}

function finished(found: Found, extractor: SimpleExtractor, looking: Looking): Found | null {
  const value = extractor.as === undefined ? found.value : transformed(found.value, extractor.as, looking.steps);
  return value === null || value.trim() === '' ? null : { ...found, value };
}

function candidates(extractor: SimpleExtractor, looking: Looking): Found[] {
  const { view, work } = looking;
  const way = wayOf(extractor);
  switch (way) {
    case 'label':
      return firstOf(extractor.label, (label) => labelled(label, extractor, looking));
    case 'column':
      return firstOf(extractor.column, (heading) => {
        const page = view.page();
        const column = page === null ? [] : columnOf(page, heading);
        const row = extractor.row;
        const picked = row === undefined ? column : [column.at(row > 0 ? row - 1 : row)].filter((one) => one !== undefined);
        return picked.map((one) => ({
          value: one.value,
          quote: `${one.label}: ${one.value}`,
          where: view.where('body'),
          rule: `column "${one.label}"`,
        }));
      });
    case 'pattern': {
      const where = extractor.in === 'subject' ? view.where('subject') : view.where('body');
      const text = extractor.in === 'subject' ? view.letter.subject : extractor.in === 'html' ? htmlOf(view) : view.text;
      return findAll(extractor.pattern as string, text, work, mostOf(extractor)).map(({ value, quote, groups }) => ({
        value,
        quote,
        where,
        rule: `pattern ${extractor.pattern}`,
        groups,
      }));
    }
    case 'between':
      return between(extractor, view);
    case 'css': {
      const page = view.page();
      if (page === null) return [];
      return select(page, extractor.css as string).map((element) => {
        const value = extractor.attribute ? (element.attributes[extractor.attribute.toLowerCase()] ?? '') : textOfElement(element);
        return { value, quote: value, where: view.where('body'), rule: `css ${extractor.css}` };
      });
    }
    case 'line': {
      const lines = view.labelled.lines;
      const start = extractor.below === undefined ? -1 : markerAt(lines, extractor.below as string, 0);
      if (extractor.below !== undefined && start < 0) return [];
      const full = lines.slice(start + 1).filter((line) => line.trim() !== '');
      const line = full.at((extractor.line as number) > 0 ? (extractor.line as number) - 1 : (extractor.line as number));
      const rule = `line ${extractor.line}${extractor.below ? ` below "${extractor.below}"` : ''}`;
      return line === undefined ? [] : [{ value: line.trim(), quote: line.trim(), where: view.where('body'), rule }];
    }
    case 'sender':
      return person(personText(view.letter.from, extractor.sender ?? 'both'), view.where('header'), 'sender');
    case 'forwarded':
      return view.innermost.by === 'sender'
        ? []
        : person(personText(view.innermost.from, extractor.forwarded ?? 'both'), 'forwarded header', 'forwarded sender');
    case 'replyTo':
      return view.message.replyTo.flatMap((one) => person(personText(one, extractor.replyTo ?? 'both'), 'header', 'Reply-To'));
    case 'header':
      return headerValues(extractor.header as string, view);
    case 'constant': {
      const value = typeof extractor.constant === 'boolean' ? (extractor.constant ? 'yes' : 'no') : String(extractor.constant);
      return [{ value, quote: value, where: 'template', rule: 'constant' }];
    }
    default:
      return [];
  }
}

function firstOf(words: string | string[] | undefined, look: (word: string) => Found[]): Found[] {
  for (const word of Array.isArray(words) ? words : words === undefined ? [] : [words]) {
    const found = look(word).filter((one) => one.value.trim() !== '');
    if (found.length > 0) return found;
  }
  return [];
}

/** `N/A`, `-`, `not given`: somebody filled a form in where there was nothing to say. */
const EMPTY = /^\W*(not (provided|given|known|supplied|stated)|none( given| provided)?|n\/?a|unknown|nil|tbc|-+|—)?\W*$/i;

/** In tables first, since a cell says exactly where a value ends. */
function labelled(label: string, extractor: SimpleExtractor, looking: Looking): Found[] {
  const { view } = looking;
  const take = extractor.take ?? looking.take;
  const inTables = labelsOnPage(view.pageLabels(), label);
  const usable = (found: LabelFound[]) => found.filter((one) => !EMPTY.test(one.value));
  const found = usable(inTables).length > 0 ? usable(inTables) : usable(labelsInText(view.labelled, label, take, looking.known));
  return found.map((one) => ({
    value: extractor.keepLabel ? `${one.label}: ${one.value}` : one.value,
    quote: `${one.label}: ${one.value}`,
    where: view.where('body'),
    rule: `label "${one.label}"`,
  }));
}

function between(extractor: SimpleExtractor, view: View): Found[] {
  const { start, end } = extractor.between as NonNullable<SimpleExtractor['between']>;
  const starts = Array.isArray(start) ? start : [start];
  const ends = end === undefined ? [] : Array.isArray(end) ? end : [end];
  const lines = view.labelled.lines;
  for (const marker of starts) {
    const at = markerAt(lines, marker, 0);
    if (at < 0) continue;
    const rest = afterMarker(lines[at] ?? '', marker);
    const value = rest === '' ? [] : [rest];
    const stops = ends.map((end) => markerAt(lines, end, at + 1)).filter((index) => index > at);
    value.push(...lines.slice(at + 1, stops.length > 0 ? Math.min(...stops) : lines.length));
    const text = value.join('\n').trim();
    if (text !== '')
      return [
        {
          value: text,
          quote: text,
          where: view.where('body'),
          rule: `between "${marker}" and ${ends.length > 0 ? `"${ends.join('" or "')}"` : 'the end'}`,
        },
      ];
  }
  return [];
}

/** What stands on the marker's own line behind it, without the colon. */
function afterMarker(line: string, marker: string): string {
  const asLabel = labelOn(line, marker);
  if (asLabel !== null) return asLabel.value;
  const at = line.toLowerCase().indexOf(marker.toLowerCase());
  return line
    .slice(at + marker.length)
    .replace(/^[\s:–—=*_-]+/, '')
    .trim();
}

/** The line that is the marker and nothing else, before one that only contains it; -1 where there is none. */
function markerAt(lines: string[], marker: string, from: number): number {
  const whole = bare(marker);
  const exact = whole === '' ? -1 : lines.findIndex((line, index) => index >= from && line.length < 200 && bare(line) === whole);
  return exact >= 0 ? exact : lines.findIndex((line, index) => index >= from && includes(line, marker));
}

function includes(line: string, words: string): boolean {
  return line.toLowerCase().replace(/\s+/g, ' ').includes(words.toLowerCase().trim());
}

function person(value: string, where: Place, rule: string): Found[] {
  return value === '' ? [] : [{ value, quote: value, where, rule }];
}

function headerValues(name: string, view: View): Found[] {
  const plain = name.toLowerCase().replace(/:$/, '');
  const own = plain === 'subject' ? view.letter.subject : plain === 'date' ? (view.letter.date ?? '') : null;
  const values = own === null ? headerAll(view.message, plain) : [own];
  return values.map((value) => ({
    value,
    quote: value,
    where: plain === 'subject' ? view.where('subject') : view.where('header'),
    rule: `header ${name}`,
  }));
}

function htmlOf(view: View): string {
  return tidy(view.message.html ?? '');
}

function mostOf(extractor: SimpleExtractor): number {
  const nth = extractor.nth ?? 1;
  return nth > 0 ? nth : 100;
}
