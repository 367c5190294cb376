/** Asks a ClamAV daemon about a file (clamd(8), INSTREAM: chunks of a 4-byte length and so many bytes, ended by a length of 0). */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Failure } from '../../domain/failure.ts';

export type Scanner = {
  /** Reads the stream. @throws Failure scanner-unreachable, also for any answer that is not a verdict */
  scan(body: Readable, signal: AbortSignal): Promise<{ clean: true } | { found: string }>;
};

export type ScannerSettings = { socket: string; timeoutMs: number } | { host: string; port: number; timeoutMs: number };

/** More than any verdict has. */
const MOST_ANSWER = 4096;

export function openScanner(settings: ScannerSettings): Scanner {
  return {
    async scan(body, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
      const socket = 'socket' in settings ? connect({ path: settings.socket }) : connect({ host: settings.host, port: settings.port });
      const stop = () => socket.destroy(new Error(`no verdict within ${settings.timeoutMs / 1000} s`));
      limit.addEventListener('abort', stop, { once: true });
      if (limit.aborted) stop();
      try {
        const answer = answerOf(socket);
        answer.catch(() => undefined);
        await Promise.race([send(socket, body), answer]);
        return verdictOf(await answer);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Failure) throw error;
        const { code, message } = error as { code?: string; message?: string };
        throw new Failure('scanner-unreachable', code ?? message ?? 'no answer', { cause: error });
      } finally {
        limit.removeEventListener('abort', stop);
        body.destroy();
        socket.destroy();
      }
    },
  };
}

async function send(socket: Socket, body: Readable): Promise<void> {
  const write = async (bytes: Uint8Array) => {
    if (!socket.write(bytes)) await once(socket, 'drain');
  };
  await write(Buffer.from('zINSTREAM\0'));
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (chunk.length === 0) continue;
    await write(lengthOf(chunk.length));
    await write(chunk);
  }
  await write(lengthOf(0));
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

/** The daemon may answer before everything was sent, and then closes. */
async function answerOf(socket: Socket): Promise<string> {
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (answer.includes('\0') || answer.length > MOST_ANSWER) break;
  }
  return answer;
}

function verdictOf(answer: string): { clean: true } | { found: string } {
  const line = answer.replace(/\0.*$/s, '').trim();
  if (line === 'stream: OK') return { clean: true };
  const found = /^stream: (.+) FOUND$/.exec(line)?.[1];
  if (found !== undefined) return { found };
  throw new Failure('scanner-unreachable', line === '' ? 'it closed the connection without a verdict' : `it said: ${line.slice(0, 200)}`);
}
