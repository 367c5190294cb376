/** HTML to plain text in one linear pass: table rows become `Label: value` lines, hidden text and tracking pixels are gone. */

import { Parser } from 'htmlparser2';
import { remembered } from './remembered.ts';

const SKIPPED = new Set(['style', 'script', 'head', 'title', 'template', 'noscript', 'svg', 'object']);
const BLOCKS = new Set([
  'p',
  'div',
  'ul',
  'ol',
  'li',
  'table',
  'tr',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'pre',
  'hr',
  'section',
  'article',
  'blockquote',
  'address',
  'center',
  'dl',
  'dt',
  'dd',
  'form',
]);
const APART = new Set(['p', 'h1', 'h2', 'h3', 'table', 'blockquote', 'ul', 'ol']);
const VOID = new Set(['br', 'img', 'hr', 'meta', 'link', 'input', 'col', 'area', 'base', 'wbr', 'source', 'track', 'embed', 'param']);
const HIDDEN = /display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d])|max-height\s*:\s*0(?![.\d])/i;
/** Deeper rows than this are read as plain text: no person nests tables so far. */
const MOST_LEVELS = 100;
/** Elements open at once. Beyond that the rest is taken as text: the parser's own stack would make it slow. */
const MOST_OPEN = 2_000;
const CHUNK = 16_384;
const MOST_HTML = 8 << 20;

/** Text being written: of the page, of one cell. Lines are kept apart, since a growing string would be copied for each. */
class Lines {
  readonly #done: string[] = [];
  #line = '';
  #blank = false;

  write(text: string): void {
    const words = text.replace(/[\s\u00a0]+/g, ' ');
    if (words === '') return;
    if (words === ' ') {
      this.#blank = this.#line !== '';
      return;
    }
    const spaced = this.#line !== '' && (this.#blank || words.startsWith(' ')) && !this.#line.endsWith(' ');
    this.#line += (spaced ? ' ' : '') + words.trim();
    this.#blank = words.endsWith(' ');
  }

  /** Ends the line; `apart` leaves a blank line. */
  end(apart: boolean): void {
    if (this.#line !== '') this.breakLine();
    if (apart && this.#done.length > 0 && this.#done.at(-1) !== '') this.#done.push('');
  }

  breakLine(): void {
    this.#done.push(this.#line);
    this.#line = '';
    this.#blank = false;
  }

  block(text: string): void {
    this.end(false);
    this.#done.push(text);
  }

  toString(): string {
    return [...this.#done, this.#line]
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  }
}

type Row = { cells: Lines[]; open: boolean };

export const htmlToText: (html: string) => string = remembered((html) => {
  const page = new Lines();
  const rows: Row[] = [];
  let open = 0;
  let hiddenDepth = 0;
  /** Elements that are open inside a hidden one, by name. */
  const hiddenNames: string[] = [];
  const quotes: { at: Lines; before: Lines }[] = [];
  let current = page;
  const place = (): Lines => {
    const row = rows.at(-1);
    const cell = row?.open ? row.cells.at(-1) : undefined;
    return cell ?? current;
  };

  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const isVoid = VOID.has(name);
        if (!isVoid) open += 1;
        if (hiddenDepth > 0) {
          if (!isVoid) hiddenNames.push(name);
          return;
        }
        if (SKIPPED.has(name) || 'hidden' in attributes || HIDDEN.test(attributes['style'] ?? '')) {
          if (isVoid) return;
          hiddenDepth = 1;
          hiddenNames.length = 0;
          hiddenNames.push(name);
          return;
        }
        if (name === 'br') place().breakLine();
        else if (name === 'tr' && rows.length < MOST_LEVELS) {
          place().end(false);
          rows.push({ cells: [], open: false });
        } else if ((name === 'td' || name === 'th') && rows.length > 0) {
          const row = rows.at(-1) as Row;
          row.cells.push(new Lines());
          row.open = true;
        } else if (name === 'blockquote' && rows.length === 0 && quotes.length < MOST_LEVELS) {
          quotes.push({ at: new Lines(), before: current });
          current = (quotes.at(-1) as { at: Lines }).at;
        } else if (BLOCKS.has(name)) {
          place().end(APART.has(name));
          if (name === 'li') place().write('- ');
          if (name === 'hr') place().block('_'.repeat(32));
        }
      },
      ontext(text) {
        if (hiddenDepth === 0) place().write(text);
      },
      onclosetag(name) {
        if (!VOID.has(name)) open -= 1;
        if (hiddenDepth > 0) {
          if (VOID.has(name)) return;
          const at = hiddenNames.lastIndexOf(name);
          if (at >= 0) hiddenNames.length = at;
          if (hiddenNames.length === 0) hiddenDepth = 0;
          return;
        }
        if (name === 'tr' && rows.length > 0) {
          const row = rows.pop() as Row;
          const text = rowText(row.cells.map(String));
          if (text !== '') place().block(text);
        } else if (name === 'td' || name === 'th') {
          const row = rows.at(-1);
          if (row) row.open = false;
        } else if (name === 'blockquote' && quotes.length > 0 && rows.length === 0) {
          const { at, before } = quotes.pop() as { at: Lines; before: Lines };
          current = before;
          const quoted = at.toString();
          if (quoted !== '')
            current.block(
              quoted
                .split('\n')
                .map((line) => `> ${line}`)
                .join('\n'),
            );
        } else if (BLOCKS.has(name)) place().end(APART.has(name));
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  const whole = html.slice(0, MOST_HTML);
  let at = 0;
  for (; at < whole.length && open <= MOST_OPEN; at += CHUNK) parser.write(whole.slice(at, at + CHUNK));
  parser.end();
  if (at < whole.length)
    page.block(
      whole
        .slice(at)
        .replace(/<[^<>]*>/g, ' ')
        .replace(/\s+/g, ' '),
    );
  return page.toString();
});

/** Two cells are a label and its value, four are two such pairs; cells with several lines are blocks of their own. */
function rowText(cells: string[]): string {
  const full = cells.filter((cell) => cell !== '');
  const [first] = cells;
  const isPairs =
    cells.length >= 2 && cells.length % 2 === 0 && first !== undefined && cells.every((cell, index) => index % 2 === 1 || isLabel(cell));
  if (isPairs) {
    const lines: string[] = [];
    for (let index = 0; index < cells.length; index += 2) lines.push(pair(cells[index] ?? '', cells[index + 1] ?? ''));
    return lines.join('\n');
  }
  return full.join(full.some((cell) => cell.includes('\n')) ? '\n' : '  ');
}

function isLabel(cell: string): boolean {
  return cell !== '' && cell.length <= 48 && !cell.includes('\n') && (!/[.!]$/.test(cell) || /\bno\.$/i.test(cell));
}

function pair(label: string, value: string): string {
  const head = /[:?]$/.test(label) ? label : `${label}:`;
  return value.includes('\n') ? `${head}\n${value}` : `${head} ${value}`.trim();
}
