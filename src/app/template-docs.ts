/** The reference part of docs/templates.md, generated from the schema of the language. */
import type { z } from 'zod';
import { SIMPLE_STEPS } from '../reading/template/language.ts';
import { TemplateSchema } from '../reading/template.ts';

type Node = { _zod: { def: Record<string, unknown> }; meta?: () => { write?: string; description?: string } | undefined };

/** Between these lines of docs/templates.md stands what is generated. */
export const BEGIN = '<!-- generated from the schema: npm run schemas -->';
export const END = '<!-- end of what is generated -->';

/** The text with its generated part anew. @throws Error when the marks are missing */
export function withReference(text: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/templates.md lacks ${BEGIN} or ${END}`);
  return `${text.slice(0, from + BEGIN.length)}\n\n${reference()}\n${text.slice(to)}`;
}

function reference(): string {
  const shape = shapeOf(TemplateSchema as unknown as Node);
  const field = optionsOf(shapeOf(shape['fields'] as Node)['IssueTitle'] as Node).find((option) => 'label' in shapeOf(option)) as Node;
  const extractor = shapeOf(field);
  const steps = optionsOf(extractor['as'] as Node).find((option) => unwrapped(option)._zod.def['type'] === 'union') as Node;
  const complex = optionsOf(steps).find((option) => unwrapped(option)._zod.def['type'] === 'object') as Node;
  const simple = Object.entries(SIMPLE_STEPS).map(([name, what]) => `| \`${name}\` | ${what} |`);
  const example = (unwrapped(shape['examples'] as Node)._zod.def['element'] as Node) ?? null;
  return [
    ...section('A template', shape),
    ...section('Conditions (`match`)', shapeOf(shape['match'] as Node)),
    ...section('Fields (`fields`)', shapeOf(shape['fields'] as Node), false),
    ...section('Ways to find a value, and their options', extractor),
    '### Steps (`as`)',
    '',
    '| step | gives |',
    '| --- | --- |',
    ...simple,
    '',
    ...section('Steps with a setting', shapeOf(complex)),
    ...section('Examples (`examples`)', shapeOf(example)),
  ].join('\n');
}

function section(title: string, shape: Record<string, Node>, withWrite = true): string[] {
  const rows = Object.entries(shape).map(([key, node]) => {
    const { description = '', write = '' } = node.meta?.() ?? unwrapped(node).meta?.() ?? {};
    return withWrite ? `| \`${key}\` | ${cell(description)} | ${cell(write)} |` : `| \`${key}\` | ${cell(description)} |`;
  });
  return [
    `### ${title}`,
    '',
    withWrite ? '| key | what it says | write |' : '| key | what it says |',
    withWrite ? '| --- | --- | --- |' : '| --- | --- |',
    ...rows,
    '',
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*').replaceAll('<', '&lt;');
}

function unwrapped(node: Node): Node {
  const inner = node._zod.def['innerType'] as Node | undefined;
  return inner ? unwrapped(inner) : node;
}

function shapeOf(node: Node): Record<string, Node> {
  const shape = unwrapped(node)._zod.def['shape'];
  return (shape ?? {}) as Record<string, Node>;
}

function optionsOf(node: Node): Node[] {
  return ((unwrapped(node)._zod.def['options'] as z.core.$ZodType[] | undefined) ?? []) as unknown as Node[];
}
