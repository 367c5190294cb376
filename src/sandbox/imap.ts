/** An IMAP inbox in this process, over hoodiecrow-imap: plain text, one account, with IDLE, UIDPLUS, MOVE, CONDSTORE and keywords. */
import type { AddressInfo, Socket } from 'node:net';
import hoodiecrow from 'hoodiecrow-imap';
import { mendDelay, mendEnable, mendIdle, mendStore } from './imap-mends.ts';

export type ImapOptions = { port?: number; user?: string; password?: string };

export type FolderContent = { path: string; mails: { raw: Buffer; flags: string[]; uid: number }[] };

export type ImapStandIn = {
  host: string;
  port: number;
  user: string;
  password: string;
  /** Appends to INBOX and announces it to the clients that idle there. @throws RangeError for an empty mail or one with NUL bytes */
  deliver(raw: Buffer): void;
  /** Every folder with its mails, by UID. */
  folders(): FolderContent[];
  /** Cuts all connections. */
  close(): Promise<void>;
};

/** In the order in which they must be loaded: ENABLE before CONDSTORE. */
const PLUGINS = [
  ...[
    'ID',
    'AUTH-PLAIN',
    'SASL-IR',
    'NAMESPACE',
    'IDLE',
    'ENABLE',
    'CONDSTORE',
    'LITERALPLUS',
    'UNSELECT',
    'SPECIAL-USE',
    'UIDPLUS',
    'MOVE',
  ],
  ...[mendEnable, mendStore, mendIdle, mendDelay],
];

/** Resolves when it listens on 127.0.0.1; port 0, the default, takes a free one. No TLS. */
export async function startImap(options: ImapOptions = {}): Promise<ImapStandIn> {
  const { user = 'repairs', password = 'secret', port = 0 } = options;
  const server = hoodiecrow({
    plugins: PLUGINS,
    users: { [user]: { password } },
    storage: { INBOX: { messages: [], uidvalidity: 42 }, '': { separator: '/', folders: {} } },
  });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    user,
    password,
    deliver(raw) {
      if (raw.length === 0 || raw.includes(0)) throw new RangeError('The IMAP stand-in cannot hold an empty mail or NUL bytes');
      server.appendMessage('INBOX', [], false, raw.toString('binary'));
    },
    folders: () => Object.values(server.folderCache).map(contentOf),
    close: () =>
      new Promise((resolve) => {
        server.server.close(() => resolve());
        for (const socket of sockets) socket.destroy(); // close() alone keeps the clients
      }),
  };
}

function contentOf(mailbox: hoodiecrow.Mailbox): FolderContent {
  const mails = mailbox.messages.map(({ raw, flags, uid }) => ({ raw: Buffer.from(raw, 'binary'), flags: [...flags], uid }));
  return { path: mailbox.path, mails };
}
