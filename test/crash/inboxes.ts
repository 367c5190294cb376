/** The mailboxes of a crash run: Dovecot where it is installed, else an inbox in this process for each. */
import { existsSync } from 'node:fs';
import { startImap } from '../../src/sandbox/imap.ts';

export type Inboxes = {
  kind: 'Dovecot' | 'in-process';
  /** Where a mailbox is, by its name. */
  at(mailbox: string): { host: string; port: number; user: string; password: string };
  deliver(mailbox: string, raws: Buffer[]): void;
  /** How many mails lie in INBOX. */
  waiting(mailbox: string): Promise<number>;
  close(): Promise<void>;
};

/** @param choice `auto` takes Dovecot where it is installed */
export function startInboxes(choice: 'auto' | 'dovecot' | 'in-process', mailboxes: string[]): Promise<Inboxes> {
  const real = choice === 'dovecot' || (choice === 'auto' && existsSync('/usr/sbin/dovecot') && process.getuid?.() === 0);
  return real ? startReal() : startInProcess(mailboxes);
}

async function startReal(): Promise<Inboxes> {
  const { startDovecot } = await import('../peers/servers/dovecot.ts');
  const dovecot = await startDovecot({ settings: 'mail_max_userip_connections = 100\nmail_fsync = never' });
  return {
    kind: 'Dovecot',
    at: (mailbox) => ({ host: dovecot.host, port: dovecot.port, user: mailbox, password: dovecot.password }),
    deliver: (mailbox, raws) => dovecot.drop(raws, mailbox),
    waiting: (mailbox) => dovecot.count('INBOX', mailbox),
    close: () => dovecot.close(),
  };
}

async function startInProcess(mailboxes: string[]): Promise<Inboxes> {
  const servers = new Map(await Promise.all(mailboxes.map(async (name) => [name, await startImap()] as const)));
  const of = (mailbox: string) => {
    const server = servers.get(mailbox);
    if (server === undefined) throw new Error(`no mailbox ${mailbox}`);
    return server;
  };
  return {
    kind: 'in-process',
    at: (mailbox) => {
      const { host, port, user, password } = of(mailbox);
      return { host, port, user, password };
    },
    deliver: (mailbox, raws) => {
      for (const raw of raws) of(mailbox).deliver(raw);
    },
    waiting: async (mailbox) =>
      of(mailbox)
        .folders()
        .find(({ path }) => path === 'INBOX')?.mails.length ?? 0,
    async close() {
      for (const server of servers.values()) await server.close();
    },
  };
}
