/** The conversation with clamd, against a socket that answers as told. The real clamd is in test/peers/. */
import { createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { openScanner } from '../../../src/adapters/documents/scanner.ts';

const never = new AbortController().signal;
let server: Server | undefined;
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
});

/** @param answer is given all that came so far, each time more comes; what it returns is said, and the connection ends */
async function clamd(answer: (heard: Buffer) => string | null): Promise<number> {
  server = createServer((socket) => {
    sockets.add(socket);
    const heard: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      const said = answer(Buffer.concat(heard));
      if (said !== null) socket.end(said);
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const scan = (port: number, bytes: Buffer, { timeoutMs = 2_000, signal = never } = {}) =>
  openScanner({ host: '127.0.0.1', port, timeoutMs }).scan(Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]), signal);

/** The file inside an INSTREAM that is complete, or null. */
function fileOf(heard: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  for (let at = 'zINSTREAM\0'.length; at + 4 <= heard.length; ) {
    const length = heard.readUInt32BE(at);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(heard.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return null;
}

const FILE = Buffer.alloc(300_000, 'a photo ');

test('every byte is shown to the scanner, and its verdict counts', async () => {
  let seen: Buffer | null = null;
  const port = await clamd((heard) =>
    (seen = fileOf(heard)) === null ? null : seen.includes('virus') ? 'stream: Bad.Thing FOUND\0' : 'stream: OK\0',
  );
  expect(await scan(port, FILE)).toEqual({ clean: true });
  expect(seen).toEqual(FILE);
  expect(await scan(port, Buffer.from('here comes the virus'))).toEqual({ found: 'Bad.Thing' });
});

test.each([
  [
    'it says that the file is too large for it',
    (heard: Buffer) => (heard.length > 20 ? 'INSTREAM size limit exceeded. ERROR\0' : null),
    /size limit/,
  ],
  ['it hangs up without a word', (heard: Buffer) => (heard.length > 20 ? '' : null), /without a verdict|ECONNRESET|EPIPE/],
  ['it says something else', () => 'UNKNOWN COMMAND\0', /UNKNOWN COMMAND/],
  ['it says OK of something else', () => 'PONG OK\0', /PONG/],
  ['it says nothing', () => null, /no verdict within/],
])('no verdict is never taken for "clean": %s', async (_, answer, detail) => {
  const port = await clamd(answer);
  await expect(scan(port, FILE, { timeoutMs: 300 })).rejects.toMatchObject({
    code: 'scanner-unreachable',
    kind: 'retry',
    detail: expect.stringMatching(detail),
  });
});

test('a scanner that is not there is a failure that is tried again', async () => {
  await expect(scan(1, FILE)).rejects.toMatchObject({ code: 'scanner-unreachable', detail: 'ECONNREFUSED' });
  const bySocket = openScanner({ socket: '/nowhere/clamd.ctl', timeoutMs: 1_000 });
  await expect(bySocket.scan(Readable.from([FILE]), never)).rejects.toMatchObject({ code: 'scanner-unreachable', detail: 'ENOENT' });
});

test('an abort ends the waiting at once', async () => {
  const port = await clamd(() => null);
  const began = performance.now();
  await expect(scan(port, FILE, { timeoutMs: 30_000, signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(performance.now() - began).toBeLessThan(2_000);
});
