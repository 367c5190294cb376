/** Loads parsing templates: the bundled ones, and those of the admin, which replace a bundled one of the same name. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { nearest, schemaProblems } from '../../domain/schema-problem.ts';
import { problemsIn } from '../../reading/template/check.ts';
import { extended, type Tree } from '../../reading/template/extends.ts';
import { type Template, TemplateSchema } from '../../reading/template.ts';
import { placeOf, TemplateError, type TemplateProblem, type Written } from './problems.ts';

/** A template file as text; `file` is how messages name it, `folder` where its sample mails lie. */
export type TemplateFile = { file: string; folder: string; text: string };
/** A template with where it comes from. */
export type LoadedTemplate = {
  template: Template;
  file: string;
  folder: string;
  /** Line and column of a setting in the file. */
  placeOf(path: PropertyKey[]): { line: number; column: number };
};

const MOST_BYTES = 512 * 1024;
const MOST_FILES = 500;

/** The .yaml files of the folders, later folders last. @throws TemplateError when a folder or file cannot be read */
export function readTemplateFiles(folders: string[]): TemplateFile[] {
  return folders.flatMap((folder) => {
    const names = readable(folder, () => readdirSync(folder))
      .filter((file) => /\.ya?ml$/.test(file))
      .sort();
    if (names.length > MOST_FILES) throw problem(folder, `there are more than ${MOST_FILES} templates`, 'fewer files into it');
    return names.map((name) => {
      const file = join(folder, name);
      return { file: shown(file), folder: dirname(file), text: readable(file, () => readFileSync(file, 'utf8')) };
    });
  });
}

/**
 * @param trusted folders whose templates the tests have checked already: their patterns are compiled when they are needed
 * @throws TemplateError with every problem
 */
export function loadTemplates(folders: string[], trusted: string[] = []): Template[] {
  return compileTemplates(readTemplateFiles(folders), trusted).map((one) => one.template);
}

/** Checks the files together, since templates extend each other. @throws TemplateError with every problem */
export function compileTemplates(files: TemplateFile[], trusted: string[] = []): LoadedTemplate[] {
  const problems: TemplateProblem[] = [];
  const parsed = files.flatMap((file) => parse(file, problems) ?? []);
  const byName = new Map<string, Parsed>();
  for (const one of parsed) byName.set(String(one.tree['name'] ?? one.file.file), one);
  const loaded = [...byName.values()].flatMap((one) => check(one, byName, trusted.includes(one.file.folder), problems) ?? []);
  if (problems.length > 0)
    throw new TemplateError(problems.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column)));
  return loaded;
}

type Parsed = { file: TemplateFile; tree: Tree; written: Written };

function parse(file: TemplateFile, problems: TemplateProblem[]): Parsed | null {
  if (file.text.length > MOST_BYTES) {
    problems.push(
      problem(file.file, `the file is larger than ${MOST_BYTES / 1024} KB`, 'a smaller template').problems[0] as TemplateProblem,
    );
    return null;
  }
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems.push({
      file: file.file,
      line,
      column: col,
      path: '',
      problem: `this is not YAML: ${error.message}`,
      write: yamlHint(error.message),
    });
  }
  if (document.errors.length > 0) return null;
  const tree: unknown = document.toJS({ maxAliasCount: 50 });
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) {
    problems.push(
      problem(file.file, 'this is no template', 'name: my-portal, and so on: see docs/templates.md').problems[0] as TemplateProblem,
    );
    return null;
  }
  return { file, tree: tree as Tree, written: { document, lines } };
}

function check(
  { file, tree, written }: Parsed,
  all: Map<string, Parsed>,
  isTrusted: boolean,
  problems: TemplateProblem[],
): LoadedTemplate | null {
  const before = problems.length;
  const add = (path: PropertyKey[], atKey: boolean, what: string, write: string, inside?: number | null) =>
    problems.push({
      file: file.file,
      ...placeOf(written, path, atKey, inside ?? null),
      path: path.map(String).join('.'),
      problem: what,
      write,
    });
  let whole: Tree;
  try {
    whole = extended(tree, (name) => all.get(name)?.tree);
  } catch (error) {
    const near = nearest(String(tree['extends']), [...all.keys()]);
    add(
      ['extends'],
      false,
      error instanceof Error ? error.message : String(error),
      near ? `${near} (was that meant?)` : `one of: ${[...all.keys()].join(', ')}`,
    );
    return null;
  }
  /** What is wrong in the template that this one extends is said there. */
  const isOwn = (path: PropertyKey[]) => whole === tree || tree[String(path[0])] !== undefined || whole[String(path[0])] === undefined;
  const read = TemplateSchema.safeParse(whole);
  if (!read.success) {
    for (const issue of read.error.issues)
      for (const one of schemaProblems(TemplateSchema, issue, whole, 'what docs/templates.md says of it').filter(({ path }) => isOwn(path)))
        add(one.path, one.atKey, one.value === null ? one.problem : `${one.value}: ${one.problem}`, one.write);
    return null;
  }
  if (!isTrusted)
    for (const one of problemsIn(read.data).filter(({ path }) => isOwn(path))) add(one.path, false, one.problem, one.write, one.at);
  return problems.length > before
    ? null
    : { template: read.data, file: file.file, folder: file.folder, placeOf: (path) => placeOf(written, path, false) };
}

function yamlHint(message: string): string {
  if (/tab/i.test(message)) return 'blanks instead of tabs at the beginning of the line';
  if (/escape/i.test(message)) return 'patterns in single quotes: between double quotes YAML reads the backslash itself';
  if (/duplicate|unique/i.test(message)) return 'each key once; several ways to find a field are a list';
  return 'key: value lines, indented by blanks; a text with : # { [ * & or quotes in it stands in single quotes';
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw problem(
      path,
      `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
      'the path of a folder with templates, and let Faultline read it',
    );
  }
}

function problem(file: string, what: string, write: string): TemplateError {
  return new TemplateError([{ file: shown(file), line: 1, column: 1, path: '', problem: what, write }]);
}

/** As the admin would type it. */
function shown(file: string): string {
  const near = relative(process.cwd(), file);
  return near === '' || near.startsWith('..') ? file : near;
}
