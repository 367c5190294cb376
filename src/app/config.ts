/** Reads the configuration file. The only reader of process.env. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigSchema, type ConfigTree } from './schema.ts';
import { type Missing, resolveSecrets } from './secret.ts';

/** The checked settings; folders are absolute. */
export type Config = ConfigTree & { file: string };

/** One thing wrong in the file: `write` says what to put there instead. `value` is never that of a secret. */
export type ConfigProblem = { line: number | null; path: string; value: string | null; problem: string; write: string };

/** All that is wrong with a configuration file, at once. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: ConfigProblem[];

  constructor(file: string, problems: ConfigProblem[]) {
    super(
      `${file}: ${problems.length} ${problems.length === 1 ? 'setting is' : 'settings are'} wrong\n${problems.map(describe).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}

/** The environment that settings may refer to. */
export function environment(): Record<string, string | undefined> {
  return process.env;
}

/**
 * @param secrets `required`: as the running service needs them. `ignored`: for commands that read mails only; a missing one is no error.
 * @throws ConfigError with every problem
 */
export function loadConfig(file: string, secrets: 'required' | 'ignored', env = environment()): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new ConfigError(file, [
      {
        line: null,
        path: '',
        value: null,
        problem: `the file cannot be read (${code})`,
        write: 'the path of a file like config/faultline.example.yaml',
      },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigError(
      file,
      document.errors.map((error) => ({
        line: lines.linePos(error.pos[0]).line,
        path: '',
        value: null,
        problem: `this is not YAML: ${error.message}`,
        write: 'key: value lines, indented by blanks (no tabs)',
      })),
    );
  }
  const folder = dirname(resolve(file));
  const written = document.toJS() ?? {};
  const { tree, missing } = resolveSecrets(written, { env, folder });
  const lineOf = (path: PropertyKey[]): number | null => lineAt(document, lines, path);

  const parsed = ConfigSchema.safeParse(tree);
  const problems = [
    ...(secrets === 'required' ? missing.map((one) => missingProblem(one, lineOf)) : []),
    ...(parsed.success ? crossCheck(parsed.data, lineOf) : parsed.error.issues.flatMap((issue) => problemsOf(issue, written, lineOf))),
  ];
  if (problems.length > 0 || !parsed.success)
    throw new ConfigError(
      file,
      problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    );
  const config = parsed.data;
  return {
    ...config,
    file,
    dataFolder: resolve(folder, config.dataFolder),
    ...(config.templates && { templates: resolve(folder, config.templates) }),
    ...(config.directory && { directory: resolve(folder, config.directory) }),
    replies: { ...config.replies, ...(config.replies.folder && { folder: resolve(folder, config.replies.folder) }) },
    branches: Object.fromEntries(
      Object.entries(config.branches).map(([name, branch]) => [
        name,
        { ...branch, replies: { ...branch.replies, ...(branch.replies.folder && { folder: resolve(folder, branch.replies.folder) }) } },
      ]),
    ),
  };
}

function describe(one: ConfigProblem): string {
  const place = `${one.line === null ? '' : `line ${one.line}: `}${one.path}`;
  const value = one.value === null ? '' : ` = ${one.value}`;
  return `  ${place}${value}\n    ${one.problem}\n    write ${one.write}`;
}

function missingProblem(one: Missing, lineOf: (path: PropertyKey[]) => number | null): ConfigProblem {
  return { line: lineOf(one.path), path: dotted(one.path), value: null, problem: one.problem, write: one.write };
}

type Node = { _zod: { def: Record<string, unknown> }; meta?: () => { write?: string; secret?: boolean } | undefined };

/** One zod issue as what people need: where, what stands there, what is wrong, what to write. */
function problemsOf(issue: z.core.$ZodIssue, written: unknown, lineOf: (path: PropertyKey[]) => number | null): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, allowed);
      return {
        line: lineOf([...issue.path, key]),
        path: dotted([...issue.path, key]),
        value: null,
        problem: 'there is no such setting',
        write: near ? `${near} (was that meant?)` : `one of: ${allowed.join(', ')}`,
      };
    });
  }
  const node = unwrapped(schemaAt(issue.path));
  const meta = node?.meta?.() ?? {};
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], written);
  const absent = value === undefined;
  return [
    {
      line: lineOf(issue.path),
      path: dotted(issue.path),
      value: absent ? null : meta.secret ? '(hidden)' : short(value),
      problem: absent ? 'this is missing' : plain(issue),
      write: meta.write ?? optionsOf(node) ?? 'what config/faultline.example.yaml shows here',
    },
  ];
}

/** zod's message where it helps a person; patterns and "invalid input" do not. */
function plain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.message.replace(/^Invalid input: /, '');
  return issue.code === 'too_small' || issue.code === 'too_big' ? issue.message : 'this value does not fit here';
}

/** Things that zod cannot see in one place. */
function crossCheck(config: ConfigTree, lineOf: (path: PropertyKey[]) => number | null): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const branches = Object.keys(config.branches);
  const seen = new Set<string>();
  config.mailboxes.forEach((mailbox, index) => {
    const at = (key: string, problem: string, value: string, write: string) =>
      problems.push({ line: lineOf(['mailboxes', index, key]), path: `mailboxes.${index}.${key}`, value: short(value), problem, write });
    if (!branches.includes(mailbox.branch)) at('branch', 'no branch has this name', mailbox.branch, `one of: ${branches.join(', ')}`);
    if (seen.has(mailbox.name)) at('name', 'two mailboxes have this name', mailbox.name, 'a name that no other mailbox has');
    seen.add(mailbox.name);
  });
  const { accessKeyId, secretAccessKey } = config.s3;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const missing = accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey';
    problems.push({
      line: lineOf(['s3']),
      path: `s3.${missing}`,
      value: null,
      problem: 'an access key is of use only with its secret',
      write: 'both accessKeyId and secretAccessKey, or neither to use the role of the machine',
    });
  }
  problems.push(...crossCheckPeople(config, lineOf));
  return problems;
}

/** Notices that come back into a watched mailbox would be read as reports; and a fallback needs its number. */
function crossCheckPeople(config: ConfigTree, lineOf: (path: PropertyKey[]) => number | null): ConfigProblem[] {
  const watched = config.mailboxes.flatMap((mailbox) => [mailbox.imap.user, mailbox.replyFrom.address, ...mailbox.ownAddresses]);
  const entries: [PropertyKey[], string | undefined][] = [
    [['agency', 'noticesTo'], config.agency.noticesTo],
    ...Object.entries(config.branches).map(([name, { noticesTo }]): [PropertyKey[], string | undefined] => [
      ['branches', name, 'noticesTo'],
      noticesTo,
    ]),
  ];
  const back = entries.filter(([, to]) => to !== undefined && watched.some((address) => address.toLowerCase() === to.toLowerCase()));
  const numberless = Object.entries(config.branches).filter(([, { fallbackPhone }]) => !(fallbackPhone ?? config.agency.fallbackPhone));
  return [
    ...back.map(([path, to]) => ({
      line: lineOf(path),
      path: dotted(path),
      value: short(to),
      problem: 'notices would come back into a watched mailbox',
      write: 'an address of the office that no mailbox here watches',
    })),
    ...(config.conversation.withoutAnswer === 'fallback-phone' && numberless.length > 0
      ? [
          {
            line: lineOf(['conversation', 'withoutAnswer']),
            path: 'conversation.withoutAnswer',
            value: short(config.conversation.withoutAnswer),
            problem: 'there is no number to fall back on',
            write: 'hold, or set agency.fallbackPhone',
          },
        ]
      : []),
  ];
}

/** The schema node at a path, through optional, default and record wrappers. */
function schemaAt(path: PropertyKey[]): Node | undefined {
  let node = ConfigSchema as unknown as Node | undefined;
  for (const key of path) node = child(unwrapped(node), key);
  return node;
}

function unwrapped(node: Node | undefined): Node | undefined {
  const inner = node?._zod.def['innerType'] as Node | undefined;
  return inner ? unwrapped(inner) : node;
}

function child(node: Node | undefined, key: PropertyKey): Node | undefined {
  const def = node?._zod.def;
  if (def?.['type'] === 'object') return (def['shape'] as Record<PropertyKey, Node>)[key];
  if (def?.['type'] === 'array') return def['element'] as Node;
  if (def?.['type'] === 'record') return def['valueType'] as Node;
  if (def?.['type'] === 'union') return (def['options'] as Node[]).map((option) => child(option, key)).find((found) => found !== undefined);
  return undefined;
}

function keysAt(path: PropertyKey[]): string[] {
  const def = unwrapped(schemaAt(path))?._zod.def;
  if (def?.['type'] === 'union')
    return [...new Set((def['options'] as Node[]).flatMap((option) => Object.keys(option._zod.def['shape'] as object)))];
  return def?.['type'] === 'object' ? Object.keys(def['shape'] as object) : [];
}

function optionsOf(node: Node | undefined): string | undefined {
  const def = unwrapped(node)?._zod.def;
  if (def?.['type'] === 'literal') return (def['values'] as unknown[]).join(' or ');
  if (def?.['type'] === 'object') return `the settings ${Object.keys(def['shape'] as object).join(', ')}`;
  if (def?.['discriminator']) return 'way: presigned, way: public-read, or way: public-url with a baseUrl';
  return undefined;
}

function lineAt(document: ReturnType<typeof parseDocument>, lines: LineCounter, path: PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}

function dotted(path: PropertyKey[]): string {
  return path.map(String).join('.');
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The known key that differs least, if it is near enough to be a slip. */
function nearest(key: string, known: string[]): string | null {
  const best = known
    .map((name) => ({ name, distance: distance(key.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= Math.max(2, Math.floor(key.length / 3)) ? best.name : null;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
