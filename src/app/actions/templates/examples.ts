/** Runs the examples of templates: sample mails with what must be read from them. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { LoadedTemplate } from '../../../adapters/templates/load.ts';
import { layoutOf } from '../../../reading/layout.ts';
import type { Tried } from '../../../reading/template/apply.ts';
import { Expectation, type Miss, missesOf } from '../../../reading/template/expectation.ts';
import type { Example } from '../../../reading/template/language.ts';
import type { Template } from '../../../reading/template.ts';
import { understand } from '../../../reading/understand.ts';
import { unwrap } from '../../../reading/unwrap.ts';
import { contextFor, parseMail, type Setting } from './mails.ts';

/** How one example went; no misses: as expected. `tried`: what each way of the template gave. */
export type ExampleResult = { template: string; file: string; example: string; misses: Miss[]; tried: Tried[] };

/** A longer sample is no sample. */
const MOST_BYTES = 20 << 20;

/** All examples of the set, one after the other, each read with the whole set. Never throws for an example: it is a miss. */
export async function runExamples(loaded: LoadedTemplate[], setting: Setting, only?: string): Promise<ExampleResult[]> {
  const templates = loaded.map((one) => one.template);
  const results: ExampleResult[] = [];
  for (const one of loaded) {
    if (only !== undefined && one.template.name !== only) continue;
    for (const [index, example] of one.template.examples.entries()) {
      const name = example.mail === undefined ? `example ${index + 1}` : basename(example.mail);
      const result = await run(one, example, templates, setting).catch((error: unknown) => ({
        misses: [{ field: 'mail', wanted: 'a mail that can be read', got: error instanceof Error ? error.message : String(error) }],
        tried: [],
      }));
      results.push({ template: one.template.name, file: one.file, example: name, ...result });
    }
  }
  return results;
}

async function run(
  one: LoadedTemplate,
  example: Example,
  templates: Template[],
  setting: Setting,
): Promise<Pick<ExampleResult, 'misses' | 'tried'>> {
  const { template, folder } = one;
  const raw = rawOf(example, folder);
  const message = await parseMail(raw);
  const context = contextFor(setting, templates, message);
  const read = understand(message, context);
  const misses = missesOf(expectationOf(example, folder), read);
  const reader = read.reading.template.split('@')[0] ?? '';
  if (reader !== template.name && template.match !== undefined)
    misses.unshift({
      field: 'template',
      wanted: template.name,
      got: `${reader} (faultline templates explain ${template.name} MAIL says why)`,
    });
  return { misses, tried: layoutOf(unwrap(message, context), context).applied?.tried ?? [] };
}

function rawOf(example: Example, folder: string): Buffer {
  if (example.raw !== undefined) return Buffer.from(example.raw.replace(/\r?\n/g, '\r\n'));
  const file = resolve(folder, example.mail ?? '');
  const raw = readFileSync(file);
  if (raw.length > MOST_BYTES) throw new Error(`${file} is larger than ${MOST_BYTES >> 20} MB`);
  return raw;
}

function expectationOf(example: Example, folder: string): Expectation {
  const { expect, replyTo, attachments } = example;
  if (expect !== undefined)
    return { job: expect, ...(replyTo !== undefined && { replyTo }), ...(attachments !== undefined && { attachments }) };
  const file = join(folder, (example.mail ?? '').replace(/\.eml$/i, '.expected.json'));
  if (!existsSync(file)) throw new Error(`neither expect nor ${file} says what must be read from it`);
  return Expectation.parse(JSON.parse(readFileSync(file, 'utf8')));
}
