/** Looks at attachments as they pass: what each is, how large, and its hash; and at those inside an archive. What looks is loaded for the first. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Attachment } from '../../domain/message.ts';
import { type ArchiveKind, archiveKind, DAMAGED, DANGER, MOST_ARCHIVE_BYTES, openArchive, type Packed, TOO_LARGE } from './archive.ts';
import type { ArrivingFile } from './arriving.ts';
import { collected } from './collected.ts';

/** So many first bytes tell the type of a file, and the size of nearly every image. */
const SNIFFED_BYTES = 256 * 1024;

/** So many tell whether it may be an archive. */
const KIND_BYTES = 6;
/** Programs under another name. */
const PROGRAM = /x-(msdownload|dosexec|elf|mach-binary|executable|sh)|java/;

/** Reads an attachment to its end. An archive that can be opened gives its files instead of itself. */
export async function looked(file: ArrivingFile, part: string): Promise<Attachment[]> {
  const { archive, ...seen } = await see(file.content);
  const attachment: Attachment = {
    part,
    name: cleanName(file.filename ?? ''),
    mimeType: (file.contentType ?? 'application/octet-stream').toLowerCase(),
    ...seen,
    disposition: file.disposition?.toLowerCase() || null,
    contentId: file.contentId?.replace(/^<|>$/g, '') || null,
    embedded: file.isRelated,
  };
  if (archive === null) return [attachment];
  if (archive.bytes === null) return [{ ...attachment, problem: TOO_LARGE }];
  return unpacked(archive.kind, archive.bytes, attachment);
}

/** Hands out the wanted files of an archive, in its order. @param parts of the whole mail; those that begin with `part/` are in here */
export async function extractPacked(
  content: AsyncIterable<unknown>,
  part: string,
  parts: ReadonlySet<string>,
  each: (part: string, body: Readable) => Promise<void>,
): Promise<void> {
  const bytes = await collected(content, MOST_ARCHIVE_BYTES);
  const kind = bytes === null ? null : archiveKind(bytes);
  if (bytes === null || kind === null) return;
  const archive = await openArchive(kind, bytes);
  try {
    for (const [index, file] of ('files' in archive ? archive.files : []).entries()) {
      if (parts.has(`${part}/${index}`)) await each(`${part}/${index}`, await file.open());
    }
  } finally {
    archive.close();
  }
}

async function unpacked(kind: ArchiveKind, bytes: Buffer, attachment: Attachment): Promise<Attachment[]> {
  const archive = await openArchive(kind, bytes);
  try {
    if ('problem' in archive) return [{ ...attachment, problem: archive.problem }];
    const files: Attachment[] = [];
    for (const [index, file] of archive.files.entries()) files.push(await packed(file, `${attachment.part}/${index}`, attachment.name));
    return files.some(({ sniffedType }) => PROGRAM.test(sniffedType ?? '')) ? [{ ...attachment, problem: DANGER }] : files;
  } catch {
    return [{ ...attachment, problem: DAMAGED }]; // a file that is not what the archive says of it
  } finally {
    archive.close();
  }
}

/** An archive in an archive stays closed. */
async function packed(file: Packed, part: string, inside: string): Promise<Attachment> {
  const { archive: _, ...seen } = await see(await file.open());
  return {
    part,
    name: cleanName(file.name),
    mimeType: file.mimeType ?? seen.sniffedType ?? 'application/octet-stream',
    ...seen,
    disposition: 'attachment',
    contentId: file.contentId,
    embedded: file.contentId !== null,
    inside,
  };
}

type Seen = Pick<Attachment, 'sniffedType' | 'bytes' | 'sha256' | 'pixels'> & {
  /** `bytes` null: too many to hold. */
  archive: { kind: ArchiveKind; bytes: Buffer | null } | null;
};

/** Only of what begins like an archive more than the first bytes are held. */
async function see(content: AsyncIterable<Buffer>): Promise<Seen> {
  const hash = createHash('sha256');
  const held: Buffer[] = [];
  let bytes = 0;
  let mostHeld = SNIFFED_BYTES;
  let kind: ArchiveKind | null = null;
  for await (const chunk of content) {
    hash.update(chunk);
    if (bytes < mostHeld) held.push(chunk);
    if (bytes < KIND_BYTES && bytes + chunk.length >= KIND_BYTES) {
      kind = archiveKind(Buffer.concat(held));
      if (kind !== null) mostHeld = MOST_ARCHIVE_BYTES;
    }
    bytes += chunk.length;
  }
  const head = Buffer.concat(held);
  const sniffedType = bytes === 0 ? null : await sniffed(head);
  // An office document begins like a zip too.
  const isArchive = kind === 'tnef' || (kind === 'zip' && sniffedType === 'application/zip');
  return {
    sniffedType,
    bytes,
    sha256: hash.digest('hex'),
    pixels: sniffedType?.startsWith('image/') ? await pixelsOf(head) : null,
    archive: kind !== null && isArchive ? { kind, bytes: head.length === bytes ? head : null } : null,
  };
}

/** Loaded with the first attachment, and then at hand. */
let fileType: Promise<typeof import('file-type')> | null = null;
let imageSize: Promise<typeof import('image-size')> | null = null;

async function sniffed(head: Buffer): Promise<string | null> {
  try {
    fileType ??= import('file-type');
    return (await (await fileType).fileTypeFromBuffer(head))?.mime ?? null;
  } catch {
    return null; // a truncated or broken file says nothing of its type
  }
}

async function pixelsOf(head: Buffer): Promise<Attachment['pixels']> {
  try {
    imageSize ??= import('image-size');
    const { width, height } = (await imageSize).imageSize(head);
    return { width, height };
  } catch {
    return null;
  }
}

/** A file name without a path, control characters or line breaks. */
function cleanName(name: string): string {
  return (
    name
      .replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]+/g, ' ')
      .split(/[\\/]/)
      .at(-1)
      ?.trim() ?? ''
  );
}
