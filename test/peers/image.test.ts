/** The production image without an engine: the files that the Dockerfile's last stage copies, run by a user that owns nothing but its data. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { removeFolder, temporaryFolder, until } from './servers/daemon.ts';
import { install } from './servers/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Debian's nobody. */
const NOBODY = 65534;
let folder: string;
let app: string;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = temporaryFolder('image');
  app = join(folder, 'app');
  mkdirSync(app);
  const built = join(folder, 'built');
  mkdirSync(built);
  execFileSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', join(built, 'dist')],
    { cwd: ROOT },
  );
  const production = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: ROOT, encoding: 'utf8' });
  for (const path of production.split('\n').slice(1).filter(Boolean)) {
    cpSync(path, join(built, relative(ROOT, path)), {
      recursive: true,
      filter: (from) => from === path || !from.startsWith(join(path, 'node_modules')),
    });
  }
  for (const [from, names] of copies())
    for (const name of names) cpSync(join(from === 'build' ? built : ROOT, name), join(app, name), { recursive: true });
  sandbox = await startSandbox();
}, 240_000);
afterAll(async () => {
  await sandbox?.close();
  removeFolder(folder);
});

/** The COPY lines of the last stage: what comes from the build, and what from the repository. */
function copies(): [string, string[]][] {
  const [last = ''] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    .split(/^FROM /m)
    .slice(-1);
  return last
    .split('\n')
    .filter((line) => line.startsWith('COPY '))
    .map((line) => {
      const words = line.split(/\s+/).slice(1);
      const isBuilt = words[0] === '--from=build';
      const sources = words.slice(isBuilt ? 1 : 0, -1).map((name) => name.replace(/^\/app\//, ''));
      return [isBuilt ? 'build' : 'repository', sources];
    });
}

const ENTRYPOINT = () => [realpathSync(process.execPath), join(app, 'dist/main.js')] as const;

function inImage(...words: string[]): string {
  const [node, main] = ENTRYPOINT();
  return execFileSync(node, [main, ...words], { cwd: '/', uid: NOBODY, gid: NOBODY, encoding: 'utf8', env: { NODE_ENV: 'production' } });
}

test('it shows its help, and reads a mail with the templates and the configuration that it ships', () => {
  expect(inImage('--help')).toContain('faultline run --config FILE');
  const mail = join(folder, 'mail.eml');
  cpSync(join(ROOT, 'fixtures/mails/iphone-inline-photos-fire-looks-great-tap-drips.eml'), mail);
  chmodSync(mail, 0o644);
  const tried = JSON.parse(inImage('try', '--json', mail));
  expect(tried).toMatchObject({ outcome: 'job', job: { TenantPhonePrimary: '07400 123118' } });
  expect(tried.replyText).not.toBe('');
});

test('it runs, takes a mail with photos all the way, and ends when it is told to', async () => {
  const data = join(folder, 'data');
  mkdirSync(data);
  chownSync(data, NOBODY, NOBODY);
  const { imap, smtp, s3, v3 } = sandbox;
  const { file } = install(data, { imap, smtp, s3, v3 });
  sandbox.imap.deliver(readFileSync(join(ROOT, 'fixtures/mails/iphone-inline-photos-fire-looks-great-tap-drips.eml')));
  const [node, main] = ENTRYPOINT();
  const child = spawn(node, [main, 'run', '--config', file], {
    cwd: '/',
    uid: NOBODY,
    gid: NOBODY,
    env: { NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await until(
      'the reply',
      () => sandbox.sent.length === 1,
      40_000,
      () => {
        if (child.exitCode !== null) throw new Error(said);
      },
    );
    expect(sandbox.v3.jobs[0]?.documents).toHaveLength(2);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});
