/** Archives that come as attachments: photos in a small zip, and the winmail.dat of Outlook. What they hold counts as if it had come by itself. */
import { Readable } from 'node:stream';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { isTnef, tnefFiles } from './tnef.ts';

/** One file of an archive. `open` may be called once. */
export type Packed = { name: string; mimeType: string | null; contentId: string | null; open(): Promise<Readable> };
/** `problem`: a few words that a tenant understands. */
export type Archive = { files: Packed[] } | { problem: string };
export type ArchiveKind = 'zip' | 'tnef';

/** An archive is read from memory, so a larger one is left closed. */
export const MOST_ARCHIVE_BYTES = 32 << 20;
export const TOO_LARGE = 'the archive is too large to be opened';
export const DANGER = 'the archive holds a program or a web page';
export const DAMAGED = 'the archive is damaged';
const MOST_FILES = 100;
/** Of all files together, as the archive itself says; a file that unpacks to more than it says is an error. */
const MOST_UNPACKED = 100 << 20;

/** Programs, scripts and pages: an archive that holds one is refused as a whole, since nobody packs one with photos by accident. */
const DANGEROUS =
  /\.(exe|dll|scr|com|pif|cpl|msi|msp|jar|apk|app|dmg|pkg|deb|rpm|elf|so|bat|cmd|ps1|psm1|vb[se]?|jse?|mjs|ws[cfh]?|hta|lnk|url|reg|inf|sh|bash|py|pl|php|aspx?|jsp|x?html?|shtml|mht(ml)?|svgz?|chm|hlp|iso|img|vhdx?|one|do[ct]m|xl[stab]m|pp[tsa]m|sldm)$/i;
/** What packing programs add by themselves. */
const LITTER = /(^|\/)(__MACOSX\/.*|\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$/i;

/** By its first bytes: whether it may be an archive that is opened. An office document begins like a zip. */
export function archiveKind(head: Buffer): ArchiveKind | null {
  if (isTnef(head)) return 'tnef';
  return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50 ? 'zip' : null;
}

/** Never throws: what cannot be opened has a problem. Call `close` when the files were read. */
export async function openArchive(kind: ArchiveKind, bytes: Buffer): Promise<Archive & { close(): void }> {
  if (kind === 'tnef') return { ...tnef(bytes), close: () => undefined };
  try {
    const zip = await fromBufferPromise(bytes, { autoClose: false, validateEntrySizes: true, decodeStrings: true });
    return { ...(await listed(zip)), close: () => zip.close() };
  } catch {
    return { problem: DAMAGED, close: () => undefined };
  }
}

async function listed(zip: ZipFile): Promise<Archive> {
  const files: Packed[] = [];
  let unpacked = 0;
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    if (entry.fileName.endsWith('/') || LITTER.test(entry.fileName)) continue;
    unpacked += entry.uncompressedSize;
    if (entry.isEncrypted()) return { problem: 'the archive is locked with a password' };
    if (DANGEROUS.test(entry.fileName)) return { problem: DANGER };
    if (unpacked > MOST_UNPACKED || files.length >= MOST_FILES) return { problem: TOO_LARGE };
    files.push({ name: entry.fileName, mimeType: null, contentId: null, open: () => zip.openReadStreamPromise(entry) });
  }
  return files.length === 0 ? { problem: 'the archive is empty' } : { files };
}

function tnef(bytes: Buffer): Archive {
  try {
    const files = tnefFiles(bytes);
    if (files.some(({ name }) => DANGEROUS.test(name))) return { problem: DANGER };
    if (files.length > MOST_FILES) return { problem: TOO_LARGE };
    return {
      files: files.map(({ bytes: content, ...file }) => ({ ...file, open: async () => Readable.from([content], { objectMode: false }) })),
    };
  } catch {
    return { problem: DAMAGED };
  }
}
