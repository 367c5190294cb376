/** Some systems hand a report over as a row of a table whose cells are parted by commas: it is read as lines of labels and values. */
import { parse } from 'csv-parse/sync';

/** What at least three columns of a report are called. */
const COLUMN =
  /^(?:ref\w*|.*\b(?:name|surname|tenant|resident|occupier|phone|telephone|mobile|tel|e-?mail|address|property|house|postcode|post code|description|details|defect|fault|issue|problem|notes?|priority|access|logged|reported|date)\b.*)$/i;
/** A line with four cells or more, and what they are called in it: nearly no mail has one. */
const HEAD = /^(?=[^\n]*(?:name|tenant|phone|mobile|mail|address|post ?code))(?:[^\n,;|.!?]{1,60}[,;|]){3}/im;
const LEAST_COLUMNS = 4;
const LEAST_KNOWN = 3;
const MOST_CHARACTERS = 60;

/** `Name,Phone` above `Jo Marsh,07400 123456` as two lines; a text without just one such row stays as it is. */
export function withoutCsv(text: string): string {
  if (!HEAD.test(text)) return text;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const delimiter = [',', ';', '|'].find((one) => isHead(line.split(one)));
    if (delimiter === undefined || /^\s*\|/.test(line)) continue;
    const end = lines.findIndex((other, at) => at > index && other.trim() === '');
    const rows = rowsOf(lines.slice(index, end < 0 ? undefined : end).join('\n'), delimiter);
    const [head, values] = rows;
    if (rows.length !== 2 || head === undefined || values === undefined || head.length !== values.length) continue;
    const pairs = head.map((label, column) => `${label}: ${(values[column] ?? '').replace(/\s*\n\s*/g, ' ')}`);
    return [...lines.slice(0, index), '', ...pairs, ...(end < 0 ? [] : lines.slice(end))].join('\n');
  }
  return text;
}

function isHead(cells: string[]): boolean {
  return (
    cells.length >= LEAST_COLUMNS &&
    cells.every((cell) => cell.trim().length <= MOST_CHARACTERS && /\p{L}/u.test(cell) && !/[.!?:]\s*$/.test(cell)) &&
    cells.filter((cell) => COLUMN.test(cell.trim().replace(/^"|"$/g, ''))).length >= LEAST_KNOWN
  );
}

function rowsOf(text: string, delimiter: string): string[][] {
  try {
    return parse(text, { delimiter, trim: true, relax_column_count: true });
  } catch {
    return []; // a quote that is never closed: no such table
  }
}
