/** A table that is drawn with pipes is read as lines of labels and values, what goes on below a label as indented lines. */

const ROW = /^\s*\|(.*)\|\s*$/;
/** `+-----+------+` between the rows. */
const BORDER = /^\s*\+(?:[-=]+\+)+\s*$/;
/** With fewer rows it is no table. */
const LEAST_ROWS = 4;

/** `| CALLER | Mr Roe |` as `CALLER | Mr Roe`; a text without such lines stays as it is. */
export function withoutFrame(text: string): string {
  if (!text.includes('|')) return text;
  const lines = text.split('\n');
  if (lines.filter((line) => ROW.test(line)).length < LEAST_ROWS) return text;
  return lines
    .filter((line) => !BORDER.test(line))
    .map((line) => {
      const inner = ROW.exec(line)?.[1];
      if (inner === undefined) return line;
      const cells = inner.split('|').map((cell) => cell.trim());
      return cells[0] === '' ? `    ${cells.slice(1).join(' ')}` : cells.join(' | ');
    })
    .join('\n');
}
