/** One process of the real program: started, killed, and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export type Worker = {
  /** Resolves when it says that it works, or has ended before. */
  started: Promise<void>;
  /** Resolves with how it ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasEnded(): boolean;
  /** How many things it has done so far: mails stored, settled and filed, and steps. */
  worked(): number;
  signal(name: 'SIGKILL' | 'SIGTERM'): void;
  /** What it wrote to standard error. */
  errors(): string;
};

/** Compiled modules, kept from start to start: the program is started hundreds of times. */
const CACHE = mkdtempSync(join(tmpdir(), 'faultline-crash-cache-'));

const WORK = new Set(['mail-stored', 'mail-settled', 'mail-filed', 'step-done', 'step-failed']);

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
  rmSync(CACHE, { recursive: true, force: true });
});

/** @param onEvent gets each line of its log */
export function startWorker(configFile: string, onEvent: (event: Record<string, unknown>) => void): Worker {
  const child = spawn(process.execPath, [MAIN, 'run', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: CACHE },
  });
  alive.add(child);
  let isOver = false;
  let work = 0;
  let errors = '';
  let rest = '';
  let begin: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    begin = resolve;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = eventOf(line);
      if (event['event'] === 'started') begin();
      if (WORK.has(String(event['event']))) work += 1;
      onEvent(event);
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-10_000);
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      alive.delete(child);
      isOver = true;
      begin();
      resolve({ code, signal });
    });
  });
  return { started, ended, hasEnded: () => isOver, worked: () => work, signal: (name) => void child.kill(name), errors: () => errors };
}

/** A killed process may leave half a line. */
function eventOf(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { event: 'unreadable' };
  }
}
