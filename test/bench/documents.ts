/** The memory that the service needs for 40 mails with five photos of 4 MB each, 8 mails at a time; the stand-ins run in this process, the service in another. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { stringify } from 'yaml';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Told } from './documents-service.ts';

const MAILS = 40;
const PHOTOS = 5;
const AT_A_TIME = 8;
/** What the peak may be above the idle service, for it and its child together. */
const MOST_ABOVE_MB = 200;

export async function benchDocuments(): Promise<boolean> {
  if (!existsSync('/proc/self/status')) {
    console.log('memory is measured by /proc, which this system does not have');
    return true;
  }
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  const sandbox = await startSandbox();
  let service: ChildProcess | undefined;
  try {
    const photos = await makePhotos(folder);
    const config = join(folder, 'faultline.yaml');
    writeFileSync(config, stringify(configFor(sandbox)));
    service = fork(fileURLToPath(new URL('documents-service.ts', import.meta.url)), [config, String(MAILS), String(AT_A_TIME), ...photos]);
    const { idleMb, peakMb, alone, seconds, jobs } = await measured(service);
    const above = peakMb - idleMb;
    const documents = sandbox.v3.jobs.reduce((sum, job) => sum + job.documents.length, 0);
    console.log(
      `${MAILS} mails with ${PHOTOS} photos of ${(statSync(photos[0] ?? '').size / 1e6).toFixed(1)} MB, ${AT_A_TIME} at a time: ${jobs} jobs with ${documents} documents in ${seconds.toFixed(0)} s`,
    );
    console.log(
      `memory: ${idleMb.toFixed(0)} MB idle, ${peakMb.toFixed(0)} MB at most with its child process (${alone.toFixed(0)} MB without): ${above.toFixed(0)} MB above idle, ${MOST_ABOVE_MB} are allowed`,
    );
    return above < MOST_ABOVE_MB && documents === MAILS * PHOTOS;
  } finally {
    service?.kill('SIGKILL');
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As phones take them: 12 megapixels, upright only by their orientation, with a place. The grain makes them as large as real ones. */
async function makePhotos(folder: string): Promise<string[]> {
  const names = Array.from({ length: PHOTOS }, (_, index) => join(folder, `IMG_${index}.jpg`));
  for (const name of names) {
    await sharp({
      create: { width: 4032, height: 3024, channels: 3, background: '#888888', noise: { type: 'gaussian', mean: 128, sigma: 24 } },
    })
      .withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '53/1 48/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 80 })
      .toFile(name);
  }
  return names;
}

function configFor({ imap, smtp, s3, v3 }: Sandbox): object {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = s3;
  return {
    agency: { name: 'Brightkeys Lettings' },
    v3: { url: v3.url },
    s3: { endpoint, region, bucket, accessKeyId, secretAccessKey, pathStyle: true },
    smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
    branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
    mailboxes: [
      {
        name: 'repairs',
        branch: 'leeds',
        imap: { host: imap.host, port: imap.port, tls: 'none', user: imap.user, password: imap.password },
        replyFrom: { address: 'repairs@brightkeys.example' },
      },
    ],
  };
}

type Measured = { idleMb: number; peakMb: number; alone: number; seconds: number; jobs: number };

/** Looks at the memory of the service and its children all the time, from when it says that it is idle until it says that it is done. */
function measured(service: ChildProcess): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const pid = service.pid ?? 0;
    let idleMb = 0;
    let peakMb = 0;
    let alone = 0;
    let startedAt = 0;
    const look = setInterval(() => {
      peakMb = Math.max(peakMb, treeMb(pid));
      alone = Math.max(alone, residentMb(pid));
    }, 20);
    service.on('message', (told: Told) => {
      if (told.state === 'idle') {
        idleMb = treeMb(pid);
        peakMb = 0;
        alone = 0;
        startedAt = performance.now();
        service.send('go');
      } else {
        clearInterval(look);
        resolve({ idleMb, peakMb, alone, seconds: (performance.now() - startedAt) / 1000, jobs: told.jobs });
      }
    });
    service.once('exit', (code) => {
      clearInterval(look);
      reject(new Error(`the service ended with ${code}`));
    });
  });
}

function treeMb(pid: number): number {
  return residentMb(pid) + childrenOf(pid).reduce((sum, child) => sum + treeMb(child), 0);
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** '' when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
