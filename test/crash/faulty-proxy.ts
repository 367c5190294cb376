/** A TCP proxy on loopback that breaks some of its connections: after some bytes from the server, or all at once when it is told to. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Break =
  /** The connection is cut after so many bytes from the server. */
  | { kind: 'cut'; afterBytes: number }
  /** IMAP: behind the first whole answer after so many bytes the server says BYE (RFC 9051 §7.1.5) and hangs up. */
  | { kind: 'bye'; afterBytes: number };

export type FaultyProxy = {
  port: number;
  /** Cuts what is open now. */
  cutAll(): void;
  close(): Promise<void>;
};

/** @param nextBreak asked for each connection; null: it lives as long as the two ends want */
export async function startFaultyProxy(target: { host: string; port: number }, nextBreak: () => Break | null): Promise<FaultyProxy> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target);
    const breaking = nextBreak();
    let bytes = 0;
    const end = () => {
      client.destroy();
      upstream.destroy();
      open.delete(client);
    };
    open.add(client);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.once('error', end);
      socket.once('close', end);
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (breaking?.kind === 'cut' && bytes > breaking.afterBytes) {
        client.write(chunk.subarray(0, Math.max(0, chunk.length - (bytes - breaking.afterBytes))), end);
        return;
      }
      client.write(chunk);
      if (breaking?.kind === 'bye' && bytes > breaking.afterBytes && endsAnswer(chunk)) client.write('* BYE the server restarts\r\n', end);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const cutAll = () => {
    for (const client of [...open]) client.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cutAll,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

/** The chunk ends with a tagged answer, so nothing is under way. */
function endsAnswer(chunk: Buffer): boolean {
  return /(^|\r\n)[A-Za-z0-9]+ (OK|NO|BAD) [^\r\n]*\r\n$/.test(chunk.subarray(-500).toString('latin1'));
}
