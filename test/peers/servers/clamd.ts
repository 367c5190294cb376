/** ClamAV's daemon on loopback, with one signature made by hand: it is up in a moment and needs no database. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, HOST, listens, removeFolder, startDaemon, temporaryFolder } from './daemon.ts';

export type Clamd = { host: string; port: number; socket: string; close(): Promise<void> };

/** Text that it takes for a virus. */
export const VIRUS = 'FAULTLINE-TEST-VIRUS-7XCNQNCXJ';
/** A longer file gets no verdict. */
export const MOST_BYTES = 1 << 20;

/** Resolves when it listens. */
export async function startClamd(): Promise<Clamd> {
  const folder = temporaryFolder('clamd');
  const [port = 0] = await freePorts(1);
  const socket = join(folder, 'clamd.sock');
  mkdirSync(join(folder, 'db'));
  // An extended signature (clamav: "Body-based Signature Content Format"): name, any file type, any offset, the bytes in hex.
  writeFileSync(join(folder, 'db', 'faultline.ndb'), `Faultline.Test:0:*:${Buffer.from(VIRUS).toString('hex')}\n`);
  chmodSync(join(folder, 'db'), 0o755);
  const config = join(folder, 'clamd.conf');
  writeFileSync(
    config,
    [
      'Foreground yes',
      `TCPSocket ${port}`,
      `TCPAddr ${HOST}`,
      `LocalSocket ${socket}`,
      `DatabaseDirectory ${join(folder, 'db')}`,
      `StreamMaxLength ${MOST_BYTES}`,
      'MaxThreads 4',
      'ConcurrentDatabaseReload no',
      'User root',
      '',
    ].join('\n'),
  );
  const daemon = startDaemon('clamd', ['-c', config]);
  const close = async () => {
    await daemon.stop();
    removeFolder(folder);
  };
  try {
    await listens(port, daemon);
  } catch (error) {
    await close();
    throw error;
  }
  return { host: HOST, port, socket, close };
}
