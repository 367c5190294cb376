/** Reads the command line and does what it says. Every command loads only what it needs, so that each starts fast. */
import { parseArgs } from 'node:util';
import type { Words } from './words.ts';

const HELP = `faultline: turns the emails of a maintenance inbox into agentOS jobs

  faultline run --config FILE              watch the mailboxes until it is stopped
  faultline once --config FILE [--json]    take what is there, and end
  faultline try [--json] FILE…             read mails without any server, and show why they were read so
  faultline status --config FILE           mailboxes and how many reports are at which stage
  faultline reports --config FILE          list reports [--stage STAGE] [--mailbox NAME]
  faultline show REFERENCE --config FILE   one report, with all attempts and evidence
  faultline retry REFERENCE --config FILE  bring a held report back to its step
  faultline directory --config FILE        how many tenants the directory has, and which rows are bad
  faultline templates                      test, explain, draft and list parsing templates
  faultline documents COMMAND              check, unpublish REFERENCE, audit [--remove], lifecycle
  faultline audit --config FILE            compare inbox, ledger, store and jobs: an account of every message

  --config FILE   default: faultline.yaml; for try: the bundled example
  --json          one JSON object a line, for scripts
  --help

Exit codes: 0 done; 1 something failed, see the message; 2 wrong command line; 3 wrong configuration.
`;

const OPTIONS = {
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  stage: { type: 'string' },
  mailbox: { type: 'string' },
  templates: { type: 'string' },
  since: { type: 'string' },
  out: { type: 'string' },
  remove: { type: 'boolean', default: false },
} as const;

const COMMANDS: Record<string, (words: Words) => Promise<number>> = {
  try: async (words) => (await import('./try.ts')).tryCommand(words),
  run: async (words) => (await import('./serve.ts')).runCommand(words),
  once: async (words) => (await import('./serve.ts')).onceCommand(words),
  status: async (words) => (await import('./look.ts')).statusCommand(words),
  reports: async (words) => (await import('./look.ts')).reportsCommand(words),
  show: async (words) => (await import('./look.ts')).showCommand(words),
  retry: async (words) => (await import('./look.ts')).retryCommand(words),
  directory: async (words) => (await import('./directory.ts')).directoryCommand(words),
  templates: async (words) => (await import('./templates.ts')).templatesCommand(words),
  documents: async (words) => (await import('./documents.ts')).documentsCommand(words),
  audit: async (words) => (await import('./audit.ts')).auditCommand(words),
};

const NOTHING = { config: undefined, stage: undefined, mailbox: undefined, templates: undefined, since: undefined, out: undefined };

/** @returns the exit code */
export async function main(args: string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const [name, ...rest] = positionals;
  if (values.help || name === undefined) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const command = COMMANDS[name];
  if (command === undefined) return wrong(`there is no command ${name}`);
  try {
    return await command({ ...NOTHING, ...values, rest });
  } catch (error) {
    return failed(error);
  }
}

function parse(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true });
}

function wrong(message: string): number {
  process.stderr.write(`${message}\nfaultline --help lists the commands.\n`);
  return 2;
}

function failed(error: unknown): number {
  const { name, hint, message } = error as { name?: string; hint?: string; message?: string };
  process.stderr.write(`${message ?? String(error)}\n${hint ? `${hint}\n` : ''}`);
  return name === 'ConfigError' ? 3 : 1;
}
