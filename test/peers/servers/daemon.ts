/** What the harness of every real server is made of: a temporary folder, free ports, a process that is stopped for sure. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const HOST = '127.0.0.1';

/** A folder that other users may enter: servers drop root's rights. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `faultline-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** So many ports that are free now: no two the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ close }) => close()));
  return ports;
}

function listening(): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
}

export type Daemon = {
  pid: number;
  /** What it wrote so far, for the message of a failed start. */
  output(): string;
  hasEnded(): boolean;
  /** SIGTERM, and SIGKILL after 5 s. Resolves when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
};

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) killAll(child, 'SIGKILL');
});

/** It and its children: they are one process group. */
function killAll(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // None is left.
  }
}

/** Starts a program that stays in the foreground. It ends with this process. @param env is added to a minimal environment */
export function startDaemon(command: string, args: string[], env: Record<string, string> = {}): Daemon {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...env },
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output = (output + text).slice(-20_000)));
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += `\n${command}: ${error.message}`;
      running.delete(child);
      resolve();
    });
    child.once('exit', () => {
      running.delete(child);
      resolve();
    });
  });
  return {
    pid: child.pid ?? -1,
    output: () => output,
    hasEnded: () => !running.has(child),
    async stop(signal = 'SIGTERM') {
      if (!running.has(child)) return;
      child.kill(signal);
      const last = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(last);
      killAll(child, 'SIGKILL'); // Dovecot leaves open sessions to themselves
    },
  };
}

/** Runs a program to its end: what it wrote to its standard output. @throws Error with all that it wrote, also when it took over a minute */
export async function runToEnd(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', ...env },
      timeout: 60_000,
    });
    let written = '';
    let complaints = '';
    child.stdout.on('data', (text: Buffer) => (written += text));
    child.stderr.on('data', (text: Buffer) => (complaints += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(written);
      else reject(new Error(`${command} ${args.join(' ')}: ${code ?? signal}\n${written}${complaints}`));
    });
  });
}

/** Resolves when the port takes connections. @throws Error with the daemon's output when it ends before, or after `ms` */
export async function listens(port: number, daemon: Daemon, ms = 30_000): Promise<void> {
  await until(
    `port ${port} of ${daemon.pid}`,
    () => connects(port),
    ms,
    () => {
      if (daemon.hasEnded()) throw new Error(`the server ended at its start:\n${daemon.output()}`);
    },
  );
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const end = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false)).setTimeout(1_000, end(false));
  });
}

/** Asks again and again until the answer is true. @throws Error after `ms` */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, ms = 10_000, check = () => {}): Promise<void> {
  const last = Date.now() + ms;
  while (!(await isSo())) {
    check();
    if (Date.now() > last) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A certificate of 127.0.0.1 and localhost, signed by itself: it is its own CA. @returns the paths of its PEM files */
export async function selfSigned(folder: string, days = 2): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await runToEnd('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', String(days)],
    ...['-keyout', key, '-out', certificate, ...subject],
  ]);
  return { certificate, key };
}
