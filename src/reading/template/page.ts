/** The HTML of a mail as a small tree, for selectors and tables: bounded in elements and depth, so that no mail makes it slow. */
import { Parser } from 'htmlparser2';

/** A mail that a person or a portal writes has some hundred elements; what comes after these is left out. */
const MOST_ELEMENTS = 10_000;
/** Elements below this depth are taken as children of the one above them. */
const MOST_DEPTH = 200;
const MOST_HTML = 2 << 20;
const CHUNK = 16_384;
const INVISIBLE = /\u00ad|\u034f|[\u200b-\u200f]|\ufeff/g;
const SKIPPED = new Set(['style', 'script', 'head', 'title', 'template', 'noscript', 'svg', 'object']);
const VOID = new Set(['br', 'img', 'hr', 'meta', 'link', 'input', 'col', 'area', 'base', 'wbr', 'source', 'track', 'embed', 'param']);
const LINES = new Set([
  'p',
  'div',
  'li',
  'tr',
  'table',
  'ul',
  'ol',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'dt',
  'dd',
  'blockquote',
  'section',
  'address',
  'pre',
]);

export type Element = {
  name: string;
  attributes: Readonly<Record<string, string>>;
  parent: Element | null;
  children: (Element | string)[];
};

/** @returns the root, an element without a name */
export function pageOf(html: string): Element {
  const root: Element = { name: '', attributes: {}, parent: null, children: [] };
  let at = root;
  let depth = 0;
  let elements = 0;
  /** Depth inside elements that are beyond MOST_DEPTH, or skipped. */
  let beyond = 0;
  let skipped: string | null = null;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (skipped !== null) return;
      if (SKIPPED.has(name)) {
        if (name !== 'head') skipped = name;
        return;
      }
      if (elements >= MOST_ELEMENTS) return;
      elements += 1;
      const element: Element = { name, attributes, parent: at, children: [] };
      at.children.push(element);
      if (VOID.has(name)) return;
      if (depth >= MOST_DEPTH) beyond += 1;
      else {
        at = element;
        depth += 1;
      }
    },
    ontext(text) {
      if (skipped === null && elements < MOST_ELEMENTS && depth > 0) at.children.push(text);
      else if (skipped === null && depth === 0) root.children.push(text);
    },
    onclosetag(name) {
      if (skipped !== null) {
        if (name === skipped) skipped = null;
        return;
      }
      if (VOID.has(name) || SKIPPED.has(name)) return;
      if (beyond > 0) beyond -= 1;
      else if (at.name === name && at.parent) {
        at = at.parent;
        depth -= 1;
      }
    },
  });
  const whole = html.slice(0, MOST_HTML);
  for (let from = 0; from < whole.length && elements < MOST_ELEMENTS && beyond < 1000; from += CHUNK)
    parser.write(whole.slice(from, from + CHUNK));
  parser.end();
  return root;
}

/** All elements below the root in the order of the page, the root left out. */
export function* elementsOf(root: Element): Generator<Element> {
  const stack: Element[] = [root];
  while (stack.length > 0) {
    const element = stack.pop() as Element;
    if (element !== root) yield element;
    for (let index = element.children.length - 1; index >= 0; index -= 1) {
      const child = element.children[index];
      if (typeof child === 'object') stack.push(child);
    }
  }
}

/** The text of an element as a reader sees it: blocks and `<br>` begin a new line, white space is one blank. */
export function textOfElement(element: Element): string {
  const parts: string[] = [];
  const stack: (Element | string | null)[] = [element];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node === null) parts.push('\n');
    else if (typeof node === 'string') parts.push(node.replace(INVISIBLE, '').replace(/\s+/g, ' '));
    else if (node !== undefined) {
      if (node.name === 'br') parts.push('\n');
      const isLine = node !== element && LINES.has(node.name);
      if (isLine) {
        parts.push('\n');
        stack.push(null);
      } else if (node.name === 'td' || node.name === 'th') parts.push(' ');
      for (let index = node.children.length - 1; index >= 0; index -= 1) stack.push(node.children[index] as Element | string);
    }
  }
  return parts
    .join('')
    .replace(/ {2,}/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/** The rows of every table, as texts of cells; a table that only lays out others has their rows apart. */
export function rowsOf(root: Element): { table: Element; cells: { text: string; isHead: boolean }[] }[] {
  const rows: { table: Element; cells: { text: string; isHead: boolean }[] }[] = [];
  for (const element of elementsOf(root)) {
    if (element.name !== 'tr') continue;
    const cells = element.children.filter((child): child is Element => typeof child === 'object' && /^t[dh]$/.test(child.name));
    if (cells.some(holdsTable)) continue;
    rows.push({ table: tableOf(element), cells: cells.map((cell) => ({ text: textOfElement(cell), isHead: cell.name === 'th' })) });
  }
  return rows;
}

function tableOf(row: Element): Element {
  let at = row.parent;
  while (at !== null && at.name !== 'table') at = at.parent;
  return at ?? (row.parent as Element);
}

function holdsTable(cell: Element): boolean {
  for (const element of elementsOf(cell)) if (element.name === 'table') return true;
  return false;
}
