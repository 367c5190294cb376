/** An IMAP server that says what a test tells it to: for answers that no real server can be made to give. */
import { createServer, type Socket } from 'node:net';

export type Scripted = {
  port: number;
  /** The commands that came, without their tags. */
  heard: string[];
  close(): Promise<void>;
};

/** One answer: lines without CRLF; `TAG` is the command's own. `silence` never answers, `cut` drops the connection. */
export type Answer = string[] | 'silence' | 'cut';

const CAPABILITY = 'IMAP4rev1 NAMESPACE UIDPLUS MOVE IDLE';

/**
 * A server with an INBOX of three mails, UIDVALIDITY 7.
 * @param replies the answer to each command that begins so, instead of the usual one
 */
export async function startScripted(replies: Record<string, Answer>, capability = CAPABILITY): Promise<Scripted> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const usual: Record<string, string[]> = {
    CAPABILITY: [`* CAPABILITY ${capability}`, 'TAG OK'],
    LOGIN: ['TAG OK logged in'],
    NAMESPACE: ['* NAMESPACE (("" "/")) NIL NIL', 'TAG OK'],
    SELECT: [
      '* 3 EXISTS',
      '* FLAGS (\\Seen \\Deleted FaultlineAsked)',
      '* OK [PERMANENTFLAGS (\\*)] any',
      '* OK [UIDVALIDITY 7] valid',
      'TAG OK [READ-WRITE]',
    ],
    LIST: ['* LIST () "/" INBOX', '* LIST () "/" Jobs', 'TAG OK'],
    LOGOUT: ['* BYE', 'TAG OK'],
    'UID FETCH': [1, 2, 3].map((n) => `* ${n} FETCH (UID ${n} RFC822.SIZE 10)`).concat('TAG OK'),
    GREETING: [`* OK [CAPABILITY ${capability}] ready`],
  };
  const say = (socket: Socket, tag: string, command: string) => {
    const of = (table: Record<string, Answer>) => Object.entries(table).find(([start]) => command.toUpperCase().startsWith(start))?.[1];
    const answer = of(replies) ?? of(usual) ?? ['TAG OK'];
    if (answer === 'cut') socket.destroy();
    else if (answer !== 'silence') for (const line of answer) socket.write(`${line.replace('TAG', tag)}\r\n`);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    say(socket, '*', 'GREETING');
    let rest = '';
    socket.on('data', (data) => {
      const lines = (rest + data.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [tag = '', ...words] = line.split(' ');
        heard.push(words.join(' '));
        say(socket, tag, words.join(' '));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
