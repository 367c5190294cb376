/**
 * Courier on loopback: a second IMAP server, without MOVE, CONDSTORE and UIDNEXT, and with all folders under `INBOX.`.
 * Its paths are built in (/etc/courier, /run/courier), so it runs in a mount namespace of its own, where they are temporary folders.
 */
import { randomUUID } from 'node:crypto';
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, freePorts, HOST, listens, removeFolder, runToEnd, startDaemon, temporaryFolder } from './daemon.ts';

export type CourierOptions = {
  /** Connections that one client may have at a time. Default 20. */
  connections?: number;
  /** Leaves UIDPLUS out of what it says it can. */
  noUidPlus?: boolean;
};

export type Courier = {
  host: string;
  /** Plain text. */
  port: number;
  user: string;
  password: string;
  /** Mails straight into the maildir. */
  drop(raws: Buffer[]): void;
  /** The flags and keywords are part of what the server keeps, so only the number of mails that lie there. `INBOX` or such as `INBOX.Faultline.Jobs` */
  count(mailFolder: string): number;
  stop(): Promise<void>;
  /** Again on the same port with the same mails. */
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Where install.sh unpacked the package, which cannot be installed beside Dovecot. */
const UNPACKED = '/opt/faultline-peers/courier-imap';
const USER = 'repairs';
const PASSWORD = 'pass';
/** Debian's user and group `mail`. */
const MAIL = 8;

/** Resolves when it listens (some 300 ms). Runs as root, serves as `mail`. */
export async function startCourier(options: CourierOptions = {}): Promise<Courier> {
  const folder = temporaryFolder('courier');
  const [port = 0] = await freePorts(1);
  const maildir = join(folder, 'home', 'Maildir');
  mkdirSync(join(folder, 'home'));
  mkdirSync(join(folder, 'run', 'authdaemon'), { recursive: true });
  cpSync('/etc/courier', join(folder, 'etc'), { recursive: true });
  await runToEnd('maildirmake', [maildir]);
  await runToEnd('chown', ['-R', `${MAIL}:${MAIL}`, join(folder, 'home')]);
  writeFileSync(join(folder, 'start.sh'), scriptOf(folder, port, options), { mode: 0o755 });
  writeFileSync(join(folder, 'etc', 'authdaemonrc'), authConfigOf(join(folder, 'etc', 'authdaemonrc')));
  let daemon: Daemon | undefined;
  const start = async () => {
    // All of it ends with the first process of its PID namespace.
    daemon = startDaemon('unshare', ['--mount', '--pid', '--fork', '--kill-child', join(folder, 'start.sh')]);
    await listens(port, daemon);
  };
  try {
    await start();
  } catch (error) {
    await daemon?.stop();
    removeFolder(folder);
    throw error;
  }
  const stop = async () => daemon?.stop('SIGKILL'); // unshare does not pass SIGTERM on
  return {
    host: HOST,
    port,
    user: USER,
    password: PASSWORD,
    drop(raws) {
      for (const [index, raw] of raws.entries()) {
        const path = join(maildir, 'new', `${Math.floor(Date.now() / 1000)}.M${String(index).padStart(6, '0')}P1${randomUUID()}.mx`);
        writeFileSync(path, raw.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
        chownSync(path, MAIL, MAIL);
      }
    },
    count(mailFolder) {
      const path = mailFolder === 'INBOX' ? maildir : join(maildir, mailFolder.replace(/^INBOX/, ''));
      try {
        return ['cur', 'new'].reduce((sum, name) => sum + readdirSync(join(path, name)).length, 0);
      } catch {
        return 0;
      }
    },
    stop,
    start,
    async close() {
      await stop();
      removeFolder(folder);
    },
  };
}

function authConfigOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/^authmodulelist=.*/m, 'authmodulelist="authuserdb"');
}

function scriptOf(folder: string, port: number, { connections = 20, noUidPlus = false }: CourierOptions): string {
  const capability = `IMAP4rev1 ${noUidPlus ? '' : 'UIDPLUS '}CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE`;
  return `#!/bin/sh
set -e
mkdir -p /run/courier
mount --bind ${folder}/etc /etc/courier
mount --bind ${folder}/run /run/courier
if [ ! -e /etc/courier/userdb ]; then
  mkdir /etc/courier/userdb
  chmod 700 /etc/courier/userdb
  userdb users/${USER} set uid=${MAIL} gid=${MAIL} home=${folder}/home mail=${folder}/home/Maildir systempw="$(echo ${PASSWORD} | userdbpw)"
  makeuserdb
fi
/usr/lib/courier/courier-authlib/authdaemond &
set -a
. ${UNPACKED}/etc/courier/imapd
. ${UNPACKED}/etc/courier/imapd-ssl
IMAP_CAPABILITY="${capability}"
IMAP_ENHANCEDIDLE=1
IMAP_STARTTLS=NO
IMAP_TLS_REQUIRED=0
IMAPDSTART=YES
exec couriertcpd -address=${HOST} -nodnslookup -noidentlookup -maxprocs=40 -maxperip=${connections} ${port} \\
  ${UNPACKED}/usr/lib/courier/courier/imaplogin ${UNPACKED}/usr/bin/imapd Maildir
`;
}
