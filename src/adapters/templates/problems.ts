/** What is wrong with template files, for people: file, line and column, what stands there, and what to write instead. */
import { type Document, isMap, isPair, isScalar, type LineCounter, type Node } from 'yaml';

/** Lines and columns count from 1. */
export type TemplateProblem = { file: string; line: number; column: number; path: string; problem: string; write: string };

/** All that is wrong with a set of template files, at once. */
export class TemplateError extends Error {
  readonly problems: TemplateProblem[];

  constructor(problems: TemplateProblem[]) {
    super(problems.map(describe).join('\n'));
    this.name = 'TemplateError';
    this.problems = problems;
  }
}

function describe({ file, line, column, path, problem, write }: TemplateProblem): string {
  return `${file}:${line}:${column}${path === '' ? '' : `  ${path}`}\n    ${problem}\n    write ${write}`;
}

/** A file's text as a tree whose places are known. */
export type Written = { document: Document; lines: LineCounter };

/** Where a path leads in a file; `inside` counts characters within a text that stands there. */
export function placeOf(
  { document, lines }: Written,
  path: PropertyKey[],
  atKey: boolean,
  inside: number | null = null,
): { line: number; column: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const here = path.slice(0, length);
    const isWhole = length === path.length;
    const node = isWhole && !atKey ? (document.getIn(here, true) as Node | undefined) : keyAt(document, here);
    const at = node?.range?.[0];
    if (at === undefined) continue;
    const quoted = isScalar(node) && (node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE') ? 1 : 0;
    const { line, col } = lines.linePos(at + (isWhole && !atKey && inside !== null ? inside + quoted : 0));
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

function keyAt(document: Document, path: PropertyKey[]): Node | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return document.getIn(path, true) as Node | undefined;
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1));
  return pair?.key as Node | undefined;
}
