/** Text with the marks of Markdown in it, as programs send it that were made to write into a chat: read without them. */

/** A table's second row. */
const DASHES = /^\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?\s*)?$/;
const HEADING = /^#{1,4}\s+(\S.*?)\s*#*$/;
const BOLD = /(\*\*|__)(?=\S)([^*_\n]{1,80}?\S)\1/g;
const BOLD_LABEL = /^\*([^*\n]{1,60}[:?])\*(?=\s|$)/gm;
const LINK = /\[([^\]\n]{1,80})\]\(https?:[^)\s]{1,300}\)/g;

/** A text without such marks stays as it is. */
export function withoutMarkdown(text: string): string {
  if (!/^#{1,4}\s|\*\*|__|^\*[^*\n]+\*|^\s*\|?\s*:?-{3,}:?\s*\|/m.test(text)) return text;
  const plain = text.replace(BOLD, '$2').replace(BOLD_LABEL, '$1').replace(LINK, '$1');
  const lines = plain.split('\n');
  // Where headings are marked, so are quotes: what somebody said of the fault, and no earlier mail.
  const isPage = lines.filter((line, index) => HEADING.test(line) && lines[index + 1]?.trim() === '').length >= 2;
  return lines
    .filter((line) => !DASHES.test(line))
    .map((line) => {
      const heading = HEADING.exec(line)?.[1];
      // Otherwise it is a remark in some program's format.
      if (heading !== undefined) return isPage ? heading.replace(/[\s:]*$/, ':') : heading;
      return isPage ? line.replace(/^\s*>\s?/, '') : line;
    })
    .join('\n');
}
