/** Loads parsing templates: the bundled ones, and those of the admin, which replace a bundled one of the same name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { re2 } from '../../reading/rules.ts';
import { type Template, TemplateSchema } from '../../reading/template.ts';

/** What is wrong with a template file, for people. */
export class TemplateError extends Error {}

/** @throws TemplateError naming the file, the place and the problem */
export function loadTemplates(folders: string[]): Template[] {
  const found = new Map<string, Template>();
  for (const folder of folders) {
    for (const name of readdirSync(folder)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()) {
      const template = loadTemplate(join(folder, name));
      found.set(template.name, template);
    }
  }
  return [...found.values()];
}

function loadTemplate(file: string): Template {
  let tree: unknown;
  try {
    tree = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TemplateError(`${file}: this is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = TemplateSchema.safeParse(tree);
  if (!read.success)
    throw new TemplateError(`${file}:\n${read.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n')}`);
  for (const pattern of patternsOf(read.data)) {
    try {
      re2(pattern);
    } catch (error) {
      throw new TemplateError(`${file}: the pattern ${pattern} is not RE2: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return read.data;
}

function patternsOf(template: Template): string[] {
  const rules = [...template.priorities, ...template.presence];
  return [
    ...rules.flatMap((rule) => [...rule.any, ...(rule.and ?? []), ...(rule.unless ?? [])]),
    ...template.faults.flatMap((rule) => rule.any),
    ...Object.values(template.priorityWords).flat(),
  ];
}
