/** Which of many short strings stand in a text, found in one pass over it. */

/** By the number of the string in the list: 1 where it stands in the text. */
export type Seen = Uint8Array;

const ASCII = 128;

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
    const seen = new Uint8Array(strings.length);
    /** The columns of the text. */
    const at = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < ASCII) at[index] = columns[code] as number;
    }
    for (let start = 0; start < at.length; start += 1) {
      let row = rows[at[start] as number] as number;
      for (let index = start + 1; row !== 0; index += 1) {
        const end = ends[row] as number;
        if (end !== 0) seen[end - 1] = 1;
        const column = index < at.length ? (at[index] as number) : 0;
        row = column === 0 ? 0 : (rows[row * width + column] as number);
      }
    }
    return seen;
  };
}
