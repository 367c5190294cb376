/** `faultline templates new MAIL`: drafts a template that already passes on that mail. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { compileTemplates, readTemplateFiles } from '../../../adapters/templates/load.ts';
import { draft, quoted, written } from '../../../reading/template/draft.ts';
import { FIELD_NAMES } from '../../../reading/template/names.ts';
import { understand } from '../../../reading/understand.ts';
import { unwrap } from '../../../reading/unwrap.ts';
import type { Config } from '../../config.ts';
import { BUNDLED_TEMPLATES } from '../../place.ts';
import { type ExampleResult, runExamples } from './examples.ts';
import { contextFor, parseMail, settingOf } from './mails.ts';

/** `text`: the template; `result`: how its example goes; `read`: what it reads, for a person to compare with the mail. */
export type Drafted = { name: string; text: string; result: ExampleResult | null; read: Record<string, string>; unused: string[] };

/**
 * @param out the file that is to be written; null: nothing is written
 * @throws Error for people when the file is there already
 */
export async function newTemplate(config: Config, mail: string, out: string | null): Promise<Drafted> {
  if (out !== null && existsSync(out)) throw new Error(`${out} is there already: name another file`);
  const folder = out === null ? process.cwd() : dirname(resolve(out));
  const message = await parseMail(readFileSync(mail));
  const bundled = readTemplateFiles([BUNDLED_TEMPLATES, ...(config.templates ? [config.templates] : [])]);
  const known = compileTemplates(bundled, [BUNDLED_TEMPLATES]).map((one) => one.template);
  const setting = settingOf(config);
  const context = contextFor(setting, known, message);
  const found = draft(unwrap(message, context), context);
  const name = freeName(
    found.name,
    known.map((one) => one.name),
  );
  const rival = known.filter((one) => one.match !== undefined).reduce((most, one) => Math.max(most, one.priority), 0);

  const file = { file: out ?? 'the draft', folder };
  const head = (examples: string) =>
    written({ ...found, name }, examples).replace(
      '\nmatch:',
      rival >= 50 ? `\npriority: ${Math.min(1000, rival + 10)}\nmatch:` : '\nmatch:',
    );
  const loaded = compileTemplates([...bundled, { ...file, text: head('') }], [BUNDLED_TEMPLATES]);
  const { reading } = understand(message, { ...context, templates: loaded.map((one) => one.template) });
  const read = Object.fromEntries(Object.entries(reading.values).map(([field, one]) => [field, String(one.value)]));
  const named = new Set<string>(found.fields.flatMap(({ field }) => membersOf(field)));
  const expected = Object.entries(reading.values).filter(
    ([field]) => (found.otherwise === 'general' || named.has(field)) && FIELD_NAMES.includes(field as never),
  );
  const examples = [
    'examples:',
    `  - mail: ${quoted(relative(folder, resolve(mail)))}`,
    '    expect:',
    ...expected.map(([field, one]) => `      ${field}: ${typeof one.value === 'boolean' ? one.value : shortened(String(one.value))}`),
  ].join('\n');
  const text = head(expected.length === 0 ? '' : examples);
  const [result = null] = await runExamples(compileTemplates([...bundled, { ...file, text }], [BUNDLED_TEMPLATES]), setting, name);
  if (out !== null) writeFileSync(out, text, { flag: 'wx' });
  return { name, text, result, read, unused: found.unused.map((one) => `${one.label}: ${one.value}`) };
}

/** A long text is compared by its beginning: whoever reads the example sees at once what is meant. */
function shortened(value: string): string {
  if (value.length <= 80 && !value.includes('\n')) return quoted(value);
  const start = value.split('\n')[0]?.slice(0, 60).trim() ?? '';
  return `{ includes: [${quoted(start)}] }`;
}

function freeName(name: string, taken: string[]): string {
  if (!taken.includes(name)) return name;
  for (let number = 2; ; number += 1) if (!taken.includes(`${name}-${number}`)) return `${name}-${number}`;
}

function membersOf(field: string): string[] {
  if (field === 'TenantName') return ['TenantTitle', 'TenantForename', 'TenantSurname'];
  if (field === 'PropertyAddress')
    return ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4', 'PropertyPostcode'];
  return [field];
}
