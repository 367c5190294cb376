/** `faultline templates test`: checks every template, runs all examples, and notes what never finds anything in them. */
import type { LoadedTemplate } from '../../../adapters/templates/load.ts';
import type { Config } from '../../config.ts';
import { type ExampleResult, runExamples } from './examples.ts';
import { settingOf } from './mails.ts';
import { loadSet } from './set.ts';

export type Tested = { templates: string[]; results: ExampleResult[]; notes: string[] };

/** @throws TemplateError with every problem of a template that is not valid */
export async function testTemplates(config: Config, only?: string): Promise<Tested> {
  const loaded = loadSet(config, config.templates, true);
  const results = await runExamples(loaded, settingOf(config), only);
  return { templates: loaded.map((one) => one.template.name), results, notes: loaded.flatMap((one) => notesOn(one, results)) };
}

/** Selectors and labels that never find anything, and templates without a sample: not wrong, but worth a look. */
function notesOn({ template, file, placeOf }: LoadedTemplate, results: ExampleResult[]): string[] {
  const own = results.filter((one) => one.template === template.name);
  const notes: string[] = [];
  if (own.length === 0 && template.match !== undefined && results.length > 0 && template.examples.length === 0)
    notes.push(
      `${file}: ${template.name} has no example, so nothing shows when it stops working: examples: [{ mail: sample.eml, expect: … }]`,
    );
  const tried = own.flatMap((one) => one.tried);
  const seen = new Set<string>();
  for (const { field, extractor, path } of tried) {
    const key = `${field} ${extractor}`;
    if (seen.has(key) || tried.some((one) => one.field === field && one.extractor === extractor && one.value !== null)) continue;
    seen.add(key);
    const { line, column } = placeOf(path);
    notes.push(`${file}:${line}:${column}: ${extractor} of ${field} never finds anything in the examples`);
  }
  return notes;
}
