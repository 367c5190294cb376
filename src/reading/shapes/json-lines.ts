/** Some forms send what their program holds: JSON over many lines, which is read as lines of labels and values. */

const PAIR = /^\s*"([A-Za-z][\w .-]{0,40})"\s*:\s*(.+?),?\s*$/;
const BRACKETS = /^\s*[[\]{}]+,?\s*$/;
/** With fewer pairs it is no dump of a form. */
const LEAST_PAIRS = 4;

/** `"first_name": "Sorrel",` as `first_name: Sorrel`; a text without such lines stays as it is. */
export function withoutJson(text: string): string {
  if (!text.includes('":')) return text;
  const lines = text.split('\n');
  if (lines.filter((line) => PAIR.test(line)).length < LEAST_PAIRS) return text;
  return lines
    .flatMap((line) => {
      const [, key = '', value = ''] = PAIR.exec(line) ?? [];
      if (key !== '') return /^[[{]/.test(value) ? [] : `${key}: ${plainly(value)}`;
      return BRACKETS.test(line) ? [] : line;
    })
    .join('\n');
}

function plainly(written: string): string {
  try {
    return String(JSON.parse(written)).replace(/\s+/g, ' ');
  } catch {
    return written;
  }
}
