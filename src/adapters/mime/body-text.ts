/** The text and the HTML of a message, put together from its parts. */
import { mailboxesIn } from './addresses.ts';
import { decodedWords, fieldValue, type HeaderLine } from './part-head.ts';
import type { Part } from './split.ts';

/** A part in the order in which the parts stand, and its text where it is one that people read. */
export type Piece = { part: Part; text: string | null };

const SHOWN = ['From', 'Subject', 'Date', 'To', 'Cc', 'Bcc'] as const;

/** @returns all plain text and all HTML, in order; null where there is none */
export function bodyText(pieces: Piece[]): { text: string | null; html: string | null } {
  const text: string[] = [];
  const html: string[] = [];
  const has = (type: string) => pieces.some((piece) => piece.text !== null && piece.part.head.contentType === type);
  const [hasText, hasHtml] = [has('text/plain') || has('message/delivery-status'), has('text/html')];
  for (const piece of pieces) {
    const { part } = piece;
    // What an alternative says is said by its sibling too.
    const isAlternative = isInAlternative(part);
    if (part.parent?.head.contentType === 'message/rfc822') {
      const shown = shownHead(part.head.lines);
      if (hasHtml) html.push(headAsHtml(shown));
      if (hasText) text.push(`\n${shown.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`);
    }
    if (!piece.text) continue;
    if (part.head.contentType !== 'text/html') {
      text.push(piece.text);
      if (!isAlternative && hasHtml) html.push(asHtml(piece.text));
    } else {
      if ((!isAlternative && hasText) || (part.parent === null && !hasText)) text.push('');
      html.push(piece.text);
    }
  }
  return { text: text.length === 0 ? null : text.join('\n'), html: html.length === 0 ? null : html.join('<br/>\n') };
}

function isInAlternative(part: Part): boolean {
  for (let around = part.parent; around !== null; around = around.parent)
    if (around.head.contentType === 'multipart/alternative') return true;
  return false;
}

type Shown = [name: (typeof SHOWN)[number], text: string, html: string];

/** What a reader sees above a message that lies in the text of another. */
function shownHead(lines: HeaderLine[]): Shown[] {
  return SHOWN.flatMap((name): Shown[] => {
    const found = lines.filter(({ key }) => key === name.toLowerCase());
    const line = name === 'To' || name === 'Cc' || name === 'Bcc' ? found.at(-1) : found[0];
    if (line === undefined) return [];
    const value = fieldValue(line.line);
    if (name === 'Subject') return value === '' ? [] : [[name, decodedWords(value), `<strong>${escaped(decodedWords(value))}</strong>`]];
    if (name === 'Date') {
      const date = new Date(value);
      const shown = Number.isNaN(date.getTime()) ? value : date.toUTCString();
      return shown === '' ? [] : [[name, shown, escaped(shown)]];
    }
    const text = mailboxesIn(value)
      .map((one) => (one.name === '' ? one.address : `"${one.name.replace(/["\\]/g, '\\$&')}" <${one.address}>`))
      .join(', ');
    return [[name, text, escaped(text)]];
  });
}

function headAsHtml(shown: Shown[]): string {
  const rows = shown.map(([name, , html]) => `<tr><td class="mp_head_key">${name}:</td><td class="mp_head_value">${html}<td></tr>`);
  return `<table class="mp_head">${rows.join('\n')}<table>`;
}

/** Text among HTML: empty lines part paragraphs. */
function asHtml(text: string): string {
  const lines = escaped(text)
    .trim()
    .replace(/(^|[^ \t])[ \t]+(?=[\n\r]|$)/g, '$1')
    .trim();
  return `<p>${lines.replace(/\n\n+/g, '</p><p>').replace(/\n/g, '<br/>')}</p>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
