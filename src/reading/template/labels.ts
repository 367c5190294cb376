/** Finds the value behind a label that an admin names: in lines of text, and in the cells of tables. */
import { bare } from '../plain.ts';
import { type Element, elementsOf, rowsOf, textOfElement } from './page.ts';

export type Take = 'line' | 'lines' | 'section';
export type LabelFound = { label: string; value: string };

/** What may stand between a label and its value: a colon or the like, dots, a dash, two blanks, or the end of the line. */
const AFTER = /^(?:\s*\([^)]{0,60}\))?(?:\s*[?*])?(?:\s*\.{2,}\s*:?|\s*[:=|]+|\s+[-–—](?=\s)|\s{2,}|\s*$|(?<=\?)\s)\s*(.*)$/s;
/** Bullets, quote marks and stars before a label. */
const LEAD = '^[^\\p{L}\\p{N}]{0,8}';
const OTHER_LABEL = /^[^\p{L}\p{N}]{0,4}\p{Lu}[\p{L}\p{N} /&'’().-]{0,40}\??\s*:(?!\/\/)(\s|$)/u;
/** A line that begins with something like a label: behind it a colon, dots or two blanks. */
export const LABEL_LINE = /^[^\p{L}\p{N}]{0,4}(\p{L}[\p{L}\p{N} /&'’().-]{0,44}?\??)\s*(?::(?!\/\/)|\.{2,}|\s{2,}\S|\s=\s)/u;
const RULE = /^\s*(?:[-_=*~]{4,}|--)\s*$/;
const FOOTER = /^\W*(?:end of (?:message|report)|(?:view|open|reply|respond|log ?in|sign ?in|manage) (?:this|it|in|to|your)\b)/i;

/** The words of a label, with anything but letters and digits between them. */
function patternOf(label: string): RegExp {
  const words = label.normalize('NFC').match(/[\p{L}\p{N}]+/gu) ?? [];
  const escaped = words.map((word) => [...word].join("['’]?"));
  return new RegExp(words.length === 0 ? '(?!)' : `${LEAD}(${escaped.join('[^\\p{L}\\p{N}]{1,3}')})(?![\\p{L}\\p{N}])`, 'iu');
}

/** The label and what follows it on its line, or null where the line has no such label. */
export function labelOn(line: string, label: string): LabelFound | null {
  const match = wordsOfLabel(label).pattern.exec(line);
  if (match === null) return null;
  const rest = AFTER.exec(line.slice(match[0].length));
  return rest === null ? null : { label: match[1] ?? label, value: (rest[1] ?? '').trim() };
}

/** The lines of a text, with the first word of each and where lines begin with it, so that only lines that begin like a label are compared with it. */
export type LabelLines = { lines: string[]; heads: string[]; byHead: Map<string, number[]> };
/** More lines than any person or portal writes. */
const MOST_LINES = 5_000;

export function labelLines(text: string): LabelLines {
  const lines = text.split('\n').slice(0, MOST_LINES);
  const heads = lines.map(headOf);
  const byHead = new Map<string, number[]>();
  heads.forEach((head, index) => {
    const there = byHead.get(head);
    if (there === undefined) byHead.set(head, [index]);
    else there.push(index);
  });
  return { lines, heads, byHead };
}

/** What does not change about a label that a template names. */
type LabelWords = { pattern: RegExp; head: string; words: string };

const labelWords = new Map<string, LabelWords>();

function wordsOfLabel(label: string): LabelWords {
  let found = labelWords.get(label);
  if (found === undefined) {
    found = { pattern: patternOf(label), head: headOf(label), words: bare(label) };
    if (labelWords.size > 5_000) labelWords.clear();
    labelWords.set(label, found);
  }
  return found;
}

/** The first word of most lines: of ASCII, and nothing but blanks and signs before it. */
const PLAIN_HEAD = /^[^A-Za-z0-9\u0080-\uffff]{0,20}([A-Za-z0-9]{1,40})(?![A-Za-z0-9'’\u0080-\uffff])/;

/** The first word without accents and apostrophes, in small letters. */
function headOf(text: string): string {
  const plain = PLAIN_HEAD.exec(text)?.[1];
  if (plain !== undefined) return plain.toLowerCase();
  return bare(/[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|['’](?=\p{L}))*/u.exec(text.slice(0, 80))?.[0] ?? '');
}

/** The labels that a template names, by their first words. */
export function knownLabels(labels: string[]): Map<string, string[]> {
  const known = new Map<string, string[]>();
  for (const label of labels) {
    const { head } = wordsOfLabel(label);
    known.set(head, [...(known.get(head) ?? []), label]);
  }
  return known;
}

/**
 * All values behind a label in a text, in order.
 * @param known all labels that the template names: a value ends where one of them stands
 */
export function labelsInText(text: LabelLines, label: string, take: Take, known: Map<string, string[]>): LabelFound[] {
  const { lines, heads, byHead } = text;
  const isKnown = (index: number) => known.get(heads[index] ?? '')?.some((one) => labelOn(lines[index] ?? '', one) !== null) ?? false;
  const found: LabelFound[] = [];
  const there = byHead.get(wordsOfLabel(label).head);
  if (there === undefined) return found;
  for (const index of there) {
    const here = labelOn(lines[index] ?? '', label);
    if (here !== null) found.push({ label: here.label, value: valueFrom(lines, index + 1, here.value, take, isKnown) });
  }
  return found;
}

function valueFrom(lines: string[], from: number, first: string, take: Take, isKnown: (index: number) => boolean): string {
  const value = first === '' ? [] : [first];
  if (take === 'line' && first !== '') return first;
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '') {
      if (value.length === 0 && index === from) continue;
      if (take !== 'section') break;
      if (value.length > 0 && value.at(-1) !== '') value.push('');
      continue;
    }
    if (isKnown(index) || RULE.test(line) || FOOTER.test(line)) break;
    if (OTHER_LABEL.test(line)) break;
    value.push(line.trim());
    if (take === 'line') break;
  }
  return value.join('\n').trim();
}

/** What stands in tables and definition lists, by label: the next cell, or the one below a heading. */
export type PageLabels = Map<string, LabelFound[]>;

/** A longer cell is no label. */
const LONGEST_LABEL = 120;

export function pageLabels(root: Element): PageLabels {
  const found: PageLabels = new Map();
  const add = (label: string, value: string) => {
    const key = bare(label.replace(/\([^)]*\)\s*[:?]?\s*$/, ''));
    if (key !== '') found.set(key, [...(found.get(key) ?? []), { label: label.replace(/[:\s]+$/, ''), value }]);
  };
  const rows = rowsOf(root);
  for (const [index, row] of rows.entries()) {
    const below = rows[index + 1];
    const isHeading = row.cells.length > 1 && row.cells.every((one) => one.isHead) && below?.table === row.table;
    for (const [at, cell] of row.cells.entries()) {
      if (cell.text.length > LONGEST_LABEL) continue;
      const beneath = row.cells.length === 1 && below?.cells.length === 1 ? below.cells[0] : undefined;
      const value = isHeading ? below?.cells[at] : (row.cells[at + 1] ?? beneath);
      if (value !== undefined) add(cell.text, value.text);
    }
  }
  for (const element of elementsOf(root)) {
    if (element.name !== 'dl') continue;
    const items = element.children.filter((child): child is Element => typeof child === 'object');
    for (const [index, item] of items.entries()) {
      const next = items[index + 1];
      if (item.name === 'dt' && next?.name === 'dd') add(textOfElement(item), textOfElement(next));
    }
  }
  return found;
}

/** The values of a label in `pageLabels`, in order. */
export function labelsOnPage(page: PageLabels, label: string): LabelFound[] {
  return page.get(wordsOfLabel(label).words) ?? [];
}

/** The values below a heading of a table, row by row, up to the table's end. */
export function columnOf(root: Element, heading: string): LabelFound[] {
  const wanted = bare(heading);
  const rows = rowsOf(root);
  for (const [index, row] of rows.entries()) {
    const at = row.cells.findIndex((cell) => bare(cell.text) === wanted);
    if (at < 0) continue;
    const below = rows.slice(index + 1).filter((one) => one.table === row.table);
    if (below.length === 0) continue;
    return below.flatMap((one) => (one.cells[at] ? [{ label: row.cells[at]?.text ?? heading, value: one.cells[at].text }] : []));
  }
  return [];
}
