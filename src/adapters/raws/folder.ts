/** Raw mails in a folder: one file a mail, named by its identity, durable before `keep` resolves. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure, failureOf } from '../../domain/failure.ts';
import { IdentityHash } from '../../domain/identity.ts';
import type { KeptRaw, Raws } from '../../pipeline/ports.ts';

const DAY_MS = 86_400_000;

/** @param folder is created where it is missing. */
export async function openRawFolder(folder: string): Promise<Raws> {
  await mkdir(join(folder, 'incoming'), { recursive: true });
  await sweep(join(folder, 'incoming'));

  async function keep(source: Buffer | Readable): Promise<KeptRaw> {
    const incoming = join(folder, 'incoming', randomUUID());
    try {
      const { identity, bytes } = await write(incoming, source);
      const key = `${identity.slice(0, 2)}/${identity}.eml`;
      await mkdir(join(folder, dirname(key)), { recursive: true });
      await rename(incoming, join(folder, key));
      await syncFolder(join(folder, dirname(key)));
      return { key, identity, bytes };
    } catch (error) {
      await rm(incoming, { force: true }).catch(() => undefined);
      throw failureOf(error);
    }
  }

  return {
    keep,
    open(key) {
      const file = createReadStream(join(folder, key));
      return Readable.from(translated(file, key), { objectMode: false });
    },
  };
}

/** Removes what a killed process left half written; what is young may be another process at work. */
async function sweep(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const written = await stat(path).catch(() => null);
    if (written && Date.now() - written.mtimeMs > DAY_MS) await rm(path, { force: true });
  }
}

async function write(path: string, source: Buffer | Readable): Promise<{ identity: string; bytes: number }> {
  const hash = new IdentityHash();
  let bytes = 0;
  const file = await open(path, 'w', 0o600);
  try {
    for await (const chunk of Buffer.isBuffer(source) ? [source] : source) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.appendFile(chunk);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { identity: hash.digest(), bytes };
}

/** A renamed file survives a power cut only when its folder was synced too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function* translated(file: AsyncIterable<Buffer>, key: string): AsyncGenerator<Buffer> {
  try {
    yield* file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Failure('raw-missing', key, { cause: error });
    throw error;
  }
}
