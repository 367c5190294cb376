/** Dovecot on loopback: an IMAP server with IDLE, MOVE, UIDPLUS and keywords, and LMTP to deliver to it. */
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { type Daemon, freePorts, HOST, listens, removeFolder, runToEnd, selfSigned, startDaemon, temporaryFolder } from './daemon.ts';

export type DovecotOptions = {
  user?: string;
  /** Lines that are added to dovecot.conf, such as `mail_max_userip_connections = 1`. */
  settings?: string;
  /** Listen on these ports, not on free ones. */
  ports?: { imap: number; imaps: number; lmtp: number };
};

export type Dovecot = {
  host: string;
  /** Plain text; STARTTLS is offered. */
  port: number;
  imapsPort: number;
  lmtpPort: number;
  user: string;
  /** Every user has this one. */
  password: string;
  /** The PEM file of its certificate, which signs itself. */
  certificate: string;
  /** Its own temporary folder; `dovecot.log` is in it. */
  folder: string;
  /** Through LMTP, as a mail server hands it over. @param user default: `user` */
  deliver(raw: Buffer, user?: string): Promise<void>;
  /** Many mails at once, straight into the maildir, each with the date of now. */
  drop(raws: Buffer[], user?: string): void;
  /** Runs `doveadm` on this instance, such as `('mailbox', 'rename', '-u', user, 'A', 'B')`. @returns its output */
  doveadm(...args: string[]): Promise<string>;
  /** How many mails lie in the folder `INBOX`, `Faultline/Jobs`, … */
  count(mailFolder: string, user?: string): Promise<number>;
  /** The flags of each mail of a folder, by UID; without \Recent, which belongs to the session. */
  flags(mailFolder: string, user?: string): Promise<Map<number, string[]>>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Again on the same ports with the same mails. @param settings replaces the added lines */
  start(settings?: string): Promise<void>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
};

const PASSWORD = 'pass';
/** Debian's user and group `mail`. */
const MAIL = 8;

/** Resolves when it listens (some 50 ms). Runs as root, its processes as `mail` and `dovecot`. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const { user = 'repairs' } = options;
  const folder = temporaryFolder('dovecot');
  const ports = options.ports ?? (await portsOf());
  const { certificate, key } = await selfSigned(folder);
  const mails = join(folder, 'mail');
  mkdirSync(mails);
  chownSync(mails, MAIL, MAIL);
  const file = join(folder, 'dovecot.conf');
  let daemon: Daemon | undefined;
  let settings = options.settings ?? '';

  const start = async (added = settings) => {
    settings = added;
    const run = join(folder, `run-${randomUUID().slice(0, 8)}`); // a used one can hold sockets of the instance before
    writeFileSync(file, configOf({ folder, run, certificate, key, ports, settings }));
    daemon = startDaemon('dovecot', ['-F', '-c', file]);
    await listens(ports.imap, daemon);
    await listens(ports.lmtp, daemon);
  };
  const stop = async (signal?: NodeJS.Signals) => daemon?.stop(signal);
  const doveadm = (...args: string[]) => runToEnd('doveadm', ['-c', file, ...args]);
  const lmtp = createTransport({ host: HOST, port: ports.lmtp, lmtp: true, ignoreTLS: true });
  try {
    await start();
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  return {
    host: HOST,
    port: ports.imap,
    imapsPort: ports.imaps,
    lmtpPort: ports.lmtp,
    user,
    password: PASSWORD,
    certificate,
    folder,
    async deliver(raw, to = user) {
      await lmtp.sendMail({ envelope: { from: 'sender@mx.example', to: [to] }, raw });
    },
    drop(raws, to = user) {
      const maildir = join(mails, to);
      for (const path of [maildir, ...['cur', 'new', 'tmp'].map((name) => join(maildir, name))]) {
        if (existsSync(path)) continue;
        mkdirSync(path, { mode: 0o700 });
        chownSync(path, MAIL, MAIL);
      }
      const start = readdirSync(join(maildir, 'new')).length;
      for (const [index, raw] of raws.entries()) {
        const path = join(
          maildir,
          'new',
          `${Math.floor(Date.now() / 1000)}.M${String(start + index).padStart(6, '0')}P1${randomUUID()}.mx`,
        );
        writeFileSync(path, raw);
        chownSync(path, MAIL, MAIL);
      }
    },
    doveadm,
    async count(mailFolder, of = user) {
      const answer = await doveadm('-f', 'flow', 'mailbox', 'status', '-u', of, 'messages', mailFolder).catch(() => 'messages=0');
      return Number(/messages=(\d+)/.exec(answer)?.[1] ?? 0);
    },
    async flags(mailFolder, of = user) {
      const answer = await doveadm('-f', 'tab', 'fetch', '-u', of, 'uid flags', 'mailbox', mailFolder);
      const rows = answer.trimEnd().split('\n').slice(1).filter(Boolean);
      return new Map(
        rows.map((row) => {
          const [uid, flags = ''] = row.split('\t');
          return [Number(uid), flags.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent')];
        }),
      );
    },
    stop,
    start,
    async close() {
      lmtp.close();
      await stop();
      removeFolder(folder);
    },
  };
}

async function portsOf(): Promise<{ imap: number; imaps: number; lmtp: number }> {
  const [imap = 0, imaps = 0, lmtp = 0] = await freePorts(3);
  return { imap, imaps, lmtp };
}

type Places = {
  folder: string;
  run: string;
  certificate: string;
  key: string;
  ports: { imap: number; imaps: number; lmtp: number };
  settings: string;
};

function configOf({ folder, run, certificate, key, ports, settings }: Places): string {
  return `base_dir = ${run}
state_dir = ${run}
log_path = ${folder}/dovecot.log
listen = ${HOST}
protocols = imap lmtp
ssl = yes
ssl_cert = <${certificate}
ssl_key = <${key}
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
auth_mechanisms = plain login
# Failed logins slow the next ones down, unless both are off.
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
  }
}
service lmtp {
  inet_listener lmtp {
    address = ${HOST}
    port = ${ports.lmtp}
  }
}
${settings}
`;
}
