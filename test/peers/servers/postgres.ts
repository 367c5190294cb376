/** A private PostgreSQL cluster on loopback, from the server programs of Debian's package. */
import { chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Daemon, freePorts, HOST, listens, removeFolder, runToEnd, startDaemon, temporaryFolder, until } from './daemon.ts';

export type PostgresServer = {
  /** A schema of its own each time, empty. @returns its URL */
  freshSchema(): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Again on the same port with the same data. */
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
};

const VERSIONS = '/usr/lib/postgresql';
/** Fast shutdown: sessions are cut, data is written. */
const STOP = 'SIGINT';

/**
 * Resolves when it takes connections (some 2 s). It refuses to run as root, so it runs as `postgres` then.
 * @param durable writes through to the disk, as it must where it may be killed itself
 */
export async function startPostgres({ durable = false } = {}): Promise<PostgresServer> {
  const version = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))[0];
  const bin = join(VERSIONS, String(version), 'bin');
  const folder = temporaryFolder('postgres');
  const data = join(folder, 'data');
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? ['/usr/bin/setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];
  const [port = 0] = await freePorts(1);
  let daemon: Daemon | undefined;
  let schemas = 0;

  const command = (...words: string[]): [string, string[]] => {
    const [first = '', ...rest] = [...as, ...words];
    return [first, rest];
  };
  const start = async () => {
    const settings = [
      `port=${port}`,
      `listen_addresses=${HOST}`,
      `unix_socket_directories=${folder}`,
      'max_connections=60',
      `fsync=${durable ? 'on' : 'off'}`,
    ];
    daemon = startDaemon(...command(join(bin, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])));
    await listens(port, daemon);
    await until('PostgreSQL answers', answers);
  };
  /** It listens before it is ready ("the database system is starting up"). */
  const answers = async () => {
    const client = new pg.Client(`postgres://faultline@${HOST}:${port}/postgres`);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  try {
    mkdirSync(data);
    if (isRoot) {
      const uid = Number((await runToEnd('id', ['-u', 'postgres'])).trim());
      for (const path of [folder, data]) chownSync(path, uid, uid);
    }
    await runToEnd(...command(join(bin, 'initdb'), '-D', data, '-U', 'faultline', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'));
    await start();
  } catch (error) {
    await daemon?.stop(STOP);
    removeFolder(folder);
    throw error;
  }
  return {
    async freshSchema() {
      const name = `ledger_${(schemas += 1)}`;
      const client = new pg.Client(`postgres://faultline@${HOST}:${port}/postgres`);
      await client.connect();
      await client.query(`create schema ${name}`);
      await client.end();
      return `postgres://faultline@${HOST}:${port}/postgres?options=-c%20search_path%3D${name}`;
    },
    stop: async (signal = STOP) => daemon?.stop(signal),
    start,
    async close() {
      await daemon?.stop(STOP);
      removeFolder(folder);
    },
  };
}
