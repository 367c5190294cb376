/** What hoodiecrow-imap 2.1 lacks for imapflow to work with it as with a real server; each mend is one of its plugins. */
import type hoodiecrow from 'hoodiecrow-imap';

type Server = hoodiecrow.ImapServer;

/** ENABLE must answer with an untagged ENABLED (RFC 5161 §3.2), or imapflow never turns CONDSTORE on. */
export function mendEnable(server: Server): void {
  const enable = server.getCommandHandler('ENABLE');
  server.setCommandHandler('ENABLE', (connection, parsed, data, callback) => {
    const wanted = (parsed.attributes ?? []).map(({ value }) => (value ?? '').toUpperCase());
    const enabled = wanted.filter((name) => server.enableAvailable?.includes(name));
    if (enabled.length > 0) {
      const response = { tag: '*', command: 'ENABLED', attributes: enabled.map((value) => ({ type: 'ATOM', value })) };
      connection.send(response, 'ENABLED', parsed, data);
    }
    enable(connection, parsed, data, callback);
  });
}

/** STORE must tell the other sessions of the folder about changed flags (RFC 9051 §7.5.2). */
export function mendStore(server: Server): void {
  for (const command of ['STORE', 'UID STORE']) {
    const store = server.getCommandHandler(command);
    server.setCommandHandler(command, (connection, parsed, data, callback) => {
      const mailbox = connection.selectedMailbox;
      const before = new Map(mailbox?.messages.map((message) => [message, message.flags.join(' ')]));
      store(connection, parsed, data, () => {
        for (const [index, message] of (mailbox?.messages ?? []).entries()) {
          if (mailbox && before.has(message) && before.get(message) !== message.flags.join(' ')) {
            server.notify(flagsOf(index + 1, message), mailbox, connection);
          }
        }
        callback();
      });
    });
  }
}

function flagsOf(sequence: number, message: hoodiecrow.Message): hoodiecrow.Response {
  const atom = (value: string) => ({ type: 'ATOM', value });
  return { tag: '*', attributes: [sequence, atom('FETCH'), [atom('UID'), message.uid, atom('FLAGS'), message.flags.map(atom)]] };
}

/** An IDLE leaves a timer of 30 minutes behind when its client goes without DONE, and the process cannot end before it. */
export function mendIdle(server: Server): void {
  server.connectionHandlers.push((connection) => {
    connection.socket?.once('close', () => {
      if (connection.inputHandler) connection.inputHandler('DONE');
    });
  });
}

/** Without it most answers take 44 ms. */
export function mendDelay(server: Server): void {
  server.connectionHandlers.push((connection) => connection.socket?.setNoDelay(true));
}
