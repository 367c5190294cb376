/** exim on loopback: a mail relay that takes replies by SMTP and passes them on by LMTP (to Dovecot), or keeps them in a maildir. */
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, HOST, listens, removeFolder, runToEnd, selfSigned, startDaemon, temporaryFolder } from './daemon.ts';

export type Exim = {
  host: string;
  port: number;
  /** It relays only for this user; nobody else may send anywhere. */
  user: string;
  password: string;
  /** The PEM file of its certificate, which signs itself; STARTTLS is offered. */
  certificate: string;
  /** What it kept, oldest first, with the envelope in `Return-path:` and `Envelope-to:`; only without `lmtpPort`. */
  kept(): Buffer[];
  /** What waits in its queue. */
  queued(): number;
  log(): string;
  close(): Promise<void>;
};

const USER = 'app';
const PASSWORD = 'pass';

/** Resolves when it listens (some 30 ms). Runs as root, delivers as Debian-exim. @param lmtpPort where every mail goes, whatever its domain */
export async function startExim({ lmtpPort }: { lmtpPort?: number } = {}): Promise<Exim> {
  const folder = temporaryFolder('exim');
  const [port = 0] = await freePorts(1);
  const { certificate, key } = await selfSigned(folder);
  const kept = join(folder, 'kept');
  const spool = join(folder, 'spool');
  const [uid, gid] = (await Promise.all(['-u', '-g'].map((which) => runToEnd('id', [which, 'Debian-exim'])))).map(Number);
  for (const path of [kept, spool, join(folder, 'log')]) {
    mkdirSync(path);
    chownSync(path, uid ?? 0, gid ?? 0);
  }
  chownSync(key, uid ?? 0, gid ?? 0);
  const file = join(folder, 'exim.conf');
  writeFileSync(file, configOf({ folder, port, certificate, key, ...(lmtpPort !== undefined && { lmtpPort }) }));
  const daemon = startDaemon('exim4', ['-C', file, '-bdf', '-q1s']);
  try {
    await listens(port, daemon);
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  return {
    host: HOST,
    port,
    user: USER,
    password: PASSWORD,
    certificate,
    kept() {
      const fresh = join(kept, 'new');
      if (!existsSync(fresh)) return [];
      return readdirSync(fresh)
        .sort()
        .map((name) => readFileSync(join(fresh, name)));
    },
    queued: () => (existsSync(join(spool, 'input')) ? readdirSync(join(spool, 'input')).filter((name) => name.endsWith('-H')).length : 0),
    log() {
      const path = join(folder, 'log', 'mainlog');
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    },
    async close() {
      await daemon.stop();
      removeFolder(folder);
    },
  };
}

type Places = { folder: string; port: number; certificate: string; key: string; lmtpPort?: number };

function configOf({ folder, port, certificate, key, lmtpPort }: Places): string {
  const transport =
    lmtpPort === undefined
      ? `  driver = appendfile
  directory = ${folder}/kept
  maildir_format
  envelope_to_add
  return_path_add
  user = Debian-exim`
      : `  driver = smtp
  protocol = lmtp
  port = ${lmtpPort}
  hosts_avoid_tls = *
  hosts_try_fastopen =`;
  const router = lmtpPort === undefined ? '  driver = accept' : `  driver = manualroute\n  route_list = * ${HOST}\n  self = send`;
  return `primary_hostname = mx.brightkeys.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
local_interfaces = ${HOST}
daemon_smtp_ports = ${port}
tls_advertise_hosts = *
tls_certificate = ${certificate}
tls_privatekey = ${key}
trusted_users = root
never_users =
exim_user = Debian-exim
exim_group = Debian-exim
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
begin acl
acl_rcpt:
  deny    message = relay not permitted
          !authenticated = *
  deny    message = no such mailbox
          local_parts = nobody
  accept
acl_data:
  accept
begin routers
all:
${router}
  transport = out
begin transports
out:
${transport}
begin retry
* * F,10m,1s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${USER}}}{eq{$auth3}{${PASSWORD}}}}}
  server_set_id = $auth2
`;
}
