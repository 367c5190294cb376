/** A TCP proxy on loopback that can do what networks do: forget a connection without a word, cut it, or let nobody through. */
import { connect, createServer, type Socket } from 'node:net';
import { HOST } from './daemon.ts';

export type Proxy = {
  port: number;
  /** How many connections were made through it. */
  made(): number;
  /** From now on the bytes of all open connections go nowhere, in both directions; new connections work. */
  swallow(): void;
  /** The next bytes from a client that fit still reach the server, but no answer comes back: the connection is dropped soon after. */
  loseAnswerTo(command: RegExp): void;
  /** Drops all open connections. */
  cut(): void;
  close(): Promise<void>;
};

export async function startProxy(target: number): Promise<Proxy> {
  const pairs = new Set<{ inner: Socket; outer: Socket; isSilent: boolean }>();
  let made = 0;
  let losing: RegExp | null = null;
  const server = createServer((outer) => {
    made += 1;
    const inner = connect({ host: HOST, port: target });
    const pair = { inner, outer, isSilent: false };
    pairs.add(pair);
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (bytes) => {
        if (!pair.isSilent) to.write(bytes);
        if (from !== outer || !losing?.test(bytes.toString('latin1'))) return;
        losing = null;
        pair.isSilent = true;
        setTimeout(() => {
          inner.destroy();
          outer.destroy();
        }, 300);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        if (!pair.isSilent) to.destroy(); // a forgotten connection is not told of the end either
        if (from.destroyed && to.destroyed) pairs.delete(pair);
      });
    };
    pass(outer, inner);
    pass(inner, outer);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  const cut = () => {
    for (const { inner, outer } of pairs) {
      inner.destroy();
      outer.destroy();
    }
  };
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    made: () => made,
    swallow() {
      for (const pair of pairs) pair.isSilent = true;
    },
    loseAnswerTo(command) {
      losing = command;
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
