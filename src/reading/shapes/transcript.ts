/** A transcript that is set as a quote below its heading: what was said, and no earlier mail. */

const HEAD = /^\W*(?:transcript(?:ion)?|message|voice ?mail|what (?:they|he|she) said|note|comment)\b[^\n]{0,40}$/i;
/** A voicemail system says of itself at the beginning what it is. */
const HEAD_WITHIN = 120;
const QUOTED = /^\s*>\s?/;

/** Such lines without their marks; a text without them stays as it is. */
export function withoutQuoteMarks(text: string): string {
  if (!/^\s*>/m.test(text)) return text;
  if (/\bvoice ?mail\b|\bvoice message\b/i.test(text.slice(0, HEAD_WITHIN)) && !/\bwrote:/.test(text))
    return text.replace(/^\s*>\s?/gm, '');
  const lines = text.split('\n');
  let isSaid = false;
  return lines
    .map((line, index) => {
      const before = lines[index - 1]?.trim() === '' ? lines[index - 2] : lines[index - 1];
      isSaid = QUOTED.test(line) && (isSaid || (before !== undefined && !QUOTED.test(before) && HEAD.test(before)));
      return isSaid ? line.replace(QUOTED, '') : line;
    })
    .join('\n');
}
