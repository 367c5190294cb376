/** The templates of the running service: a changed set is taken as a whole when all of it is valid and its examples are right, else not at all. */
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { compileTemplates, type LoadedTemplate, readTemplateFiles, type TemplateFile } from '../adapters/templates/load.ts';
import { TemplateError, type TemplateProblem } from '../adapters/templates/problems.ts';
import type { Log } from '../pipeline/ports.ts';
import type { Template } from '../reading/template.ts';
import { runExamples } from './actions/templates/examples.ts';
import { settingOf } from './actions/templates/mails.ts';
import type { Config } from './config.ts';
import { BUNDLED_TEMPLATES } from './place.ts';

/** How often the folder is looked at: watching it by the system misses what editors do over a network. */
const LOOK_MS = 2_000;
/** The admin's files that were taken last, so that a restart with a broken template goes on with what worked. */
const TAKEN = 'templates-in-use.json';

export type LiveTemplates = { templates: Template[]; close(): void };

/**
 * @param swap gets the new set; the old one stays in use for the mail in hand
 * @throws TemplateError at the start, when the set is not valid and none was taken before
 */
export async function openTemplates(
  config: Config,
  log: Log,
  swap: (templates: Template[]) => void,
  lookMs = LOOK_MS,
): Promise<LiveTemplates> {
  if (config.templates === undefined)
    return { templates: templatesOf(compileTemplates(bundled(), [BUNDLED_TEMPLATES])), close: () => undefined };
  const folder = config.templates;
  let seen = stampOf(folder);
  const first = await firstSet(config, folder, log);
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    const now = stampOf(folder);
    if (now === seen) return;
    busy = true;
    seen = now;
    try {
      const templates = await accept(config, folder);
      swap(templates);
      log.write({ event: 'templates-taken', templates: templates.length });
    } catch (error) {
      refuse(error, log);
    } finally {
      busy = false;
    }
  }, lookMs);
  timer.unref();
  return { templates: first, close: () => clearInterval(timer) };
}

async function firstSet(config: Config, folder: string, log: Log): Promise<Template[]> {
  try {
    return await accept(config, folder);
  } catch (error) {
    const before = takenBefore(config, folder);
    if (before === null) throw error;
    refuse(error, log);
    return templatesOf(compileTemplates([...bundled(), ...before], [BUNDLED_TEMPLATES, folder]));
  }
}

/** @throws TemplateError with every problem; a failing example is one too */
async function accept(config: Config, folder: string): Promise<Template[]> {
  const own = readTemplateFiles([folder]);
  const loaded = compileTemplates([...bundled(), ...own], [BUNDLED_TEMPLATES]);
  const names = new Set(
    loaded.filter((one) => one.folder === folder || own.some(({ file }) => file === one.file)).map((one) => one.template.name),
  );
  const results = await runExamples(loaded, settingOf(config));
  const failed = results.filter((one) => one.misses.length > 0);
  const problems = failed.map(({ template, file, example, misses }): TemplateProblem => {
    const at = loaded.find((one) => one.template.name === template)?.placeOf(['examples']) ?? { line: 1, column: 1 };
    const fields = misses.map((one) => one.field).join(', ');
    return {
      file,
      ...at,
      path: `${template} ${example}`,
      problem: `this example is read otherwise than expected: ${fields}`,
      write: `it right: faultline templates test ${template} shows both${names.has(template) ? '' : ' (one of your templates reads it now)'}`,
    };
  });
  if (problems.length > 0) throw new TemplateError(problems);
  keep(config, own);
  return templatesOf(loaded);
}

function refuse(error: unknown, log: Log): void {
  const problems = error instanceof TemplateError ? error.problems : [];
  const [first] = problems;
  log.write({
    event: 'templates-refused',
    problems: Math.max(1, problems.length),
    file: first === undefined ? '' : basename(first.file),
    line: first?.line ?? 0,
    column: first?.column ?? 0,
    hint: 'The templates that were in use stay. faultline templates test says what is wrong.',
  });
}

function keep(config: Config, own: TemplateFile[]): void {
  const file = join(config.dataFolder, TAKEN);
  writeFileSync(`${file}.new`, JSON.stringify(own.map(({ file: name, text }) => ({ name: basename(name), text }))));
  renameSync(`${file}.new`, file);
}

function takenBefore(config: Config, folder: string): TemplateFile[] | null {
  try {
    const kept: { name: string; text: string }[] = JSON.parse(readFileSync(join(config.dataFolder, TAKEN), 'utf8'));
    return kept.map(({ name, text }) => ({ file: join(folder, name), folder, text }));
  } catch {
    return null;
  }
}

/** Changes whenever a template or a sample mail does: names, sizes and times of both. */
function stampOf(folder: string): string {
  const parts: string[] = [];
  const look = (at: string, depth: number) => {
    try {
      for (const entry of readdirSync(at, { withFileTypes: true })) {
        const path = join(at, entry.name);
        if (entry.isDirectory() && depth < 3) look(path, depth + 1);
        else if (/\.(ya?ml|eml|json)$/.test(entry.name)) {
          const { mtimeMs, size } = statSync(path);
          parts.push(`${path} ${mtimeMs} ${size}`);
        }
      }
    } catch {
      parts.push(`${at} cannot be read`);
    }
  };
  look(resolve(folder), 0);
  return parts.sort().join('\n');
}

function bundled(): TemplateFile[] {
  return readTemplateFiles([BUNDLED_TEMPLATES]);
}

function templatesOf(loaded: LoadedTemplate[]): Template[] {
  return loaded.map((one) => one.template);
}
