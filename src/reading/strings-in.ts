/** Which of many short strings stand in a text, found in one pass over it. */

/** The numbers, in the list, of those that stand in the text. */
export type Seen = ReadonlySet<number>;

const ASCII = 128;

/** The columns of the text that is looked at: one for all, since a typed array costs more to make than a text of this length to read. */
let columnsOfText = new Uint8Array(8_192);

/**
 * @param strings of ASCII, none of them empty or twice there
 * @returns what looks for all of them at once, in a time that grows with the text times the longest string at most
 */
export function stringsIn(strings: readonly string[]): (text: string) => Seen {
  const letters = [...new Set(strings.join(''))];
  const width = letters.length + 1;
  /** The column of each character; 0 for those that no string has. */
  const columns = new Uint8Array(ASCII);
  for (const [index, letter] of letters.entries()) columns[letter.charCodeAt(0)] = index + 1;
  /** A tree of all beginnings of the strings, the root in row 0: the row to go on in, 0 where no string goes on so. */
  const rows = new Uint32Array((1 + strings.reduce((sum, { length }) => sum + length, 0)) * width);
  /** The string that ends in a row, by its number counted from 1. */
  const ends = new Uint32Array(rows.length / width);
  let last = 0;
  for (const [number, string] of strings.entries()) {
    let row = 0;
    for (const letter of string) {
      const cell = row * width + (columns[letter.charCodeAt(0)] as number);
      if (rows[cell] === 0) {
        last += 1;
        rows[cell] = last;
      }
      row = rows[cell] as number;
    }
    ends[row] = number + 1;
  }
  return (text) => {
    const seen = new Set<number>();
    if (columnsOfText.length < text.length) columnsOfText = new Uint8Array(2 * text.length);
    const at = columnsOfText;
    const { length } = text;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      at[index] = code < ASCII ? (columns[code] as number) : 0;
    }
    for (let start = 0; start < length; start += 1) {
      let row = rows[at[start] as number] as number;
      for (let index = start + 1; row !== 0; index += 1) {
        const end = ends[row] as number;
        if (end !== 0) seen.add(end - 1);
        const column = index < length ? (at[index] as number) : 0;
        row = column === 0 ? 0 : (rows[row * width + column] as number);
      }
    }
    return seen;
  };
}
