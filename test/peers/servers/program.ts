/** The program as people run it: a process of its own with a configuration file, against whichever servers a test started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { LogEvent } from '../../../src/pipeline/ports.ts';
import type { S3StandIn } from '../../../src/sandbox/s3.ts';
import { until } from './daemon.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

type MailServer = { host: string; port: number; user: string; password: string };
export type Places = {
  /** TLS by the certificate of the server when it has one. */
  imap: MailServer & { imapsPort?: number; certificate?: string };
  smtp: { host: string; port: number; user?: string; password?: string; certificate?: string };
  s3: Omit<S3StandIn, 'close'>;
  v3: { url: string; apiKey: string; certificate?: string };
};

export type Program = {
  /** What `run` logged so far. */
  events: LogEvent[];
  named<Name extends LogEvent['event']>(name: Name): Extract<LogEvent, { event: Name }>[];
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
  /** Sends a signal and waits for nothing: SIGSTOP halts it, as when its machine hangs, and SIGCONT has it go on. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM by default. Resolves with the exit code and how long it took. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; ms: number }>;
};

/**
 * An installation in a folder: `changes` are merged into the top level of its faultline.yaml.
 * @param through a command with its arguments that runs the program, such as `unshare`; it must become the program (exec)
 */
export function install(folder: string, { imap, smtp, s3, v3 }: Places, changes: Record<string, unknown> = {}, through: string[] = []) {
  const file = join(folder, 'faultline.yaml');
  const certificates = [imap.certificate, smtp.certificate, v3.certificate].filter((path) => path !== undefined);
  writeFileSync(join(folder, 'ca.pem'), certificates.map((path) => readFileSync(path)).join('\n'));
  const config = {
    dataFolder: 'data',
    agency: { name: 'Brightkeys Lettings', staff: ['brightkeys.example'] },
    v3: { url: v3.url, timeoutSeconds: 20 },
    s3: {
      endpoint: s3.endpoint,
      region: s3.region,
      bucket: s3.bucket,
      accessKeyId: s3.accessKeyId,
      secretAccessKey: s3.secretAccessKey,
      pathStyle: true,
    },
    smtp: {
      host: smtp.host,
      port: smtp.port,
      tls: smtp.certificate ? 'starttls' : 'none',
      ...(smtp.user && { user: smtp.user, password: smtp.password }),
      timeoutSeconds: 10,
    },
    branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
    mailboxes: [
      {
        name: 'repairs',
        branch: 'leeds',
        imap: {
          host: imap.host,
          port: imap.certificate ? imap.imapsPort : imap.port,
          tls: imap.certificate ? 'implicit' : 'none',
          user: imap.user,
          password: imap.password,
          timeoutSeconds: 5,
        },
        replyFrom: { name: 'Brightkeys Repairs', address: 'repairs@brightkeys.example' },
        pollSeconds: 60,
      },
    ],
    retry: { firstSeconds: 0.2, mostSeconds: 2 },
    ...changes,
  };
  writeFileSync(file, stringify(config));
  const env = { ...process.env, NO_COLOR: '1', ...(certificates.length > 0 && { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }) };
  const children = new Set<ChildProcess>();
  const start = (words: string[]) => {
    const [command = '', ...args] = [...through, process.execPath, MAIN, ...words, '--config', file];
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };

  return {
    file,
    /** One command to its end. */
    async faultline(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
      const child = start(words);
      const [out, err] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
      return { code, out: (await out)?.join('') ?? '', err: (await err)?.join('') ?? '' };
    },
    /** `faultline run`; resolves when it has started. */
    async run(): Promise<Program> {
      const child = start(['run']);
      const events: LogEvent[] = [];
      let err = '';
      child.stderr.on('data', (text) => (err += text));
      createInterface(child.stdout).on('line', (line) => events.push(JSON.parse(line)));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const named = <Name extends LogEvent['event']>(name: Name) =>
        events.filter((event): event is Extract<LogEvent, { event: Name }> => event.event === name);
      await until(
        'the program runs',
        () => named('started').length > 0,
        60_000,
        () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${err}`);
        },
      );
      return {
        events,
        named,
        ended,
        signal: (name) => void child.kill(name),
        async stop(signal = 'SIGTERM') {
          const began = Date.now();
          child.kill(signal);
          return { code: await ended, ms: Date.now() - began };
        },
      };
    },
    /** Kills what still runs. */
    close() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}
export type Installation = ReturnType<typeof install>;
