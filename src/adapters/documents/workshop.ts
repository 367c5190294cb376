/** Makes of a stranger's file what may become public: on the disk, so that no file is ever whole in this process's memory. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isImage, publishedType } from '../../domain/document-type.ts';
import { failureOf } from '../../domain/failure.ts';
import type { Finished, Workshop } from '../../pipeline/ports.ts';
import { type Images, openImages } from './images.ts';
import { holdsMacros } from './office.ts';
import type { Scanner } from './scanner.ts';
import { forgetPlace } from './video.ts';

const DAY_MS = 86_400_000;

export type WorkshopSettings = {
  /** Each workshop makes a folder of its own in here. */
  folder: string;
  /** Longer images are scaled down to this, in pixels. */
  longestSide: number;
  /** Of an image with more pixels nothing is decoded. */
  mostPixels: number;
  imageTimeoutMs: number;
  /** What the process that decodes images may take, in bytes. */
  imageMemory: number;
  scanner: Scanner | null;
};

/** @throws Failure disk-full */
export async function openWorkshop(settings: WorkshopSettings): Promise<Workshop & { close(): Promise<void> }> {
  const { scanner } = settings;
  let folder: string;
  try {
    await mkdir(settings.folder, { recursive: true, mode: 0o700 });
    await sweep(settings.folder);
    folder = await mkdtemp(join(settings.folder, 'files-'));
  } catch (error) {
    throw failureOf(error);
  }
  const images = openImages(settings.imageTimeoutMs);

  return {
    async finish(original, body, signal) {
      const path = join(folder, randomUUID());
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 }); // another worker may have swept it
        await spool(body, path, signal);
        if (scanner !== null) {
          const verdict = await scanner.scan(createReadStream(path), signal);
          if ('found' in verdict) return await refused(path, 'the virus scanner found something in it');
        }
        if (isImage(original.mimeType)) return await anew(images, settings, original.mimeType, path, signal);
        if (original.mimeType.startsWith('video/')) await forgetPlace(path);
        else if (await holdsMacros(path)) return await refused(path, 'documents with macros are not passed on');
        return await finished(original.mimeType, path);
      } catch (error) {
        await rm(path, { force: true });
        if (signal.aborted) throw error;
        throw failureOf(error);
      }
    },
    async close() {
      images.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Removes what a killed process left; what is young may be another process at work. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const made = await stat(join(parent, name)).catch(() => null);
    if (made && Date.now() - made.mtimeMs > DAY_MS) await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function anew(
  images: Images,
  { longestSide, mostPixels, imageMemory }: WorkshopSettings,
  type: string,
  from: string,
  signal: AbortSignal,
): Promise<Finished | { refused: string }> {
  const to = publishedType(type) === 'image/png' ? 'image/png' : 'image/jpeg';
  const into = `${from}.new`;
  try {
    const answer = await images.make({ from, into, type, to, longestSide, mostPixels, mostMemory: imageMemory }, signal);
    return 'refused' in answer ? await refused(into, answer.refused) : await finished(to, into);
  } catch (error) {
    await rm(into, { force: true });
    throw error;
  } finally {
    await rm(from, { force: true });
  }
}

async function spool(body: Readable, path: string, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of body) {
      signal.throwIfAborted();
      await file.appendFile(chunk);
    }
  } finally {
    await file.close();
  }
}

async function finished(mimeType: string, path: string): Promise<Finished> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path);
  try {
    const block = Buffer.allocUnsafe(256 * 1024); // one for all, since a stream would leave the whole file behind as garbage
    for (let read = await file.read(block); read.bytesRead > 0; read = await file.read(block)) {
      hash.update(block.subarray(0, read.bytesRead));
      bytes += read.bytesRead;
    }
  } finally {
    await file.close();
  }
  return {
    mimeType,
    bytes,
    sha256: hash.digest('hex'),
    open: () => createReadStream(path),
    discard: () => rm(path, { force: true }),
  };
}

async function refused(path: string, why: string): Promise<{ refused: string }> {
  await rm(path, { force: true });
  return { refused: why };
}
