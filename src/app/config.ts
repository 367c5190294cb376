/** Reads the configuration file. The only reader of process.env. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { schemaProblems, short } from '../domain/schema-problem.ts';
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

/** One zod issue as what people need: where, what stands there, what is wrong, what to write. */
function problemsOf(issue: z.core.$ZodIssue, written: unknown, lineOf: (path: PropertyKey[]) => number | null): ConfigProblem[] {
  return schemaProblems(ConfigSchema, issue, written, 'what config/faultline.example.yaml shows here').map(
    ({ path, value, problem, write }) => ({
      line: lineOf(path),
      path: dotted(path),
      value,
      problem,
      write,
    }),
  );
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
  const { rawsBucket, rawsPrefix, prefix, bucket } = config.s3;
  if (config.raws === 's3' && (rawsBucket ?? bucket) === bucket) {
    const isAmong = prefix === '' || rawsPrefix.startsWith(prefix);
    const isPublic = [config.s3, ...Object.values(config.branches)].some((one) => one.public?.way === 'public-url');
    if (isAmong || isPublic)
      problems.push({
        line: lineOf(['s3']),
        path: 's3.rawsBucket',
        value: rawsBucket ?? null,
        problem: isPublic ? 'the bucket of the documents is public' : 'the raw mails would lie among the documents',
        write: isPublic ? 'the name of a private bucket' : 'the name of another bucket, or give the documents an s3.prefix such as faults/',
      });
  }
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
