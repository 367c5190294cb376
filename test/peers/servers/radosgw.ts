/** Ceph's radosgw on loopback: an S3 server that checks signatures, expiry, ACLs and policies. Everything is held in memory. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3StandIn } from '../../../src/sandbox/s3.ts';
import { type Daemon, freePorts, HOST, listens, removeFolder, runToEnd, startDaemon, temporaryFolder } from './daemon.ts';

/** The same shape as the stand-in's, so that a test can take either. */
export type Radosgw = S3StandIn & {
  /** A client with the owner's keys; close it with `destroy()`. */
  client(): S3Client;
  /** Another bucket of the same owner. */
  createBucket(name: string): Promise<void>;
};

const ACCESS_KEY_ID = 'PEERKEY';
const SECRET_ACCESS_KEY = 'peer-secret';
const REGION = 'us-east-1';

/** Resolves when it answers (some 10 s) and `bucket` exists. Runs as root. */
export async function startRadosgw(options: { bucket?: string } = {}): Promise<Radosgw> {
  const { bucket = 'faultline-documents' } = options;
  const folder = temporaryFolder('radosgw');
  const daemons: Daemon[] = [];
  const close = async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop('SIGKILL'); // nothing of it is needed again
    removeFolder(folder);
  };
  try {
    const [monPort = 0, port = 0] = await freePorts(2);
    await startCeph(folder, monPort, port, daemons);
    const endpoint = `http://${HOST}:${port}`;
    const client = () =>
      new S3Client({
        endpoint,
        region: REGION,
        forcePathStyle: true,
        credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
      });
    const createBucket = async (name: string) => {
      const owner = client();
      await owner.send(new CreateBucketCommand({ Bucket: name })).finally(() => owner.destroy());
    };
    await createBucket(bucket);
    return {
      endpoint,
      region: REGION,
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey: SECRET_ACCESS_KEY,
      bucket,
      client,
      createBucket,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A cluster of one monitor and one object store, and the gateway before it. */
async function startCeph(folder: string, monPort: number, port: number, daemons: Daemon[]): Promise<void> {
  for (const name of ['mon', 'osd', 'run', 'log']) mkdirSync(join(folder, name));
  const cluster = randomUUID();
  const osd = randomUUID();
  const file = join(folder, 'ceph.conf');
  writeFileSync(file, configOf(folder, cluster, monPort, port));
  const env = { CEPH_CONF: file };
  const map = join(folder, 'monmap');
  await runToEnd('monmaptool', ['--create', '--clobber', '--fsid', cluster, '--addv', 'a', `[v1:${HOST}:${monPort}]`, map]);
  await runToEnd('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map, '-c', file], env);
  const mon = startDaemon('ceph-mon', ['-f', '-i', 'a', '-c', file], env);
  daemons.push(mon);
  await listens(monPort, mon);
  await runToEnd('ceph', ['-c', file, 'osd', 'new', osd], env);
  await runToEnd('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', osd, '-c', file], env);
  await startObjectStore(file, daemons);
  const gateway = startDaemon('radosgw', ['-f', '-n', 'client.rgw.a', '-c', file], env);
  daemons.push(gateway);
  const user = ['--uid=app', '--display-name=App', `--access-key=${ACCESS_KEY_ID}`, `--secret-key=${SECRET_ACCESS_KEY}`];
  await runToEnd('radosgw-admin', ['-c', file, 'user', 'create', ...user], env);
  await listens(port, gateway, 60_000);
}

/**
 * Resolves when the object store serves. On a slow start it may give its first command before it was told the cluster's fsid; the
 * monitor refuses that ("wrong fsid"), and it ends: then it is started again, as an init system would.
 */
async function startObjectStore(file: string, daemons: Daemon[]): Promise<void> {
  const env = { CEPH_CONF: file };
  for (let starts = 1; ; starts += 1) {
    const store = startDaemon('ceph-osd', ['-f', '-i', '0', '-c', file], env);
    daemons.push(store);
    while (!store.hasEnded()) {
      const { num_up_osds: up } = JSON.parse(await runToEnd('ceph', ['-c', file, 'osd', 'stat', '-f', 'json'], env));
      if (up === 1) return;
    }
    if (starts === 10) throw new Error(`the object store ended ${starts} times at its start:\n${store.output()}`);
  }
}

function configOf(folder: string, cluster: string, monPort: number, port: number): string {
  return `[global]
fsid = ${cluster}
mon host = v1:${HOST}:${monPort}
public addr = ${HOST}
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = true
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
osd data = ${folder}/osd
mon data = ${folder}/mon
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/$name.log
ms bind msgr2 = false
mon data avail crit = 1
mon pg warn min per osd = 0
osd class load list = *
osd class default list = *
rgw frontends = beast endpoint=${HOST}:${port}
rgw enable usage log = false
rgw enable ops log = false
rgw run sync thread = false
rgw thread pool size = 32
`;
}
