/** Which files may become public: an allow-list by what their bytes say, since what strangers mail in becomes readable by anybody. */
import type { Attachment } from './message.ts';

const IMAGES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/heic', 'image/heif', 'image/bmp', 'image/tiff', 'image/avif'];
const VIDEOS = ['video/mp4', 'video/quicktime', 'video/3gpp', 'video/3gpp2', 'video/webm', 'video/x-m4v'];
const PAPERS = [
  'application/pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
];
const ALLOWED = new Set([...IMAGES, ...VIDEOS, ...PAPERS]);

/** The type that a document is published with, or why it may not be (a few words that a tenant understands). */
export function documentType(
  attachment: Pick<Attachment, 'mimeType' | 'sniffedType' | 'bytes'>,
  mostBytes: number,
): { mimeType: string } | { refused: string } {
  if (attachment.bytes === 0) return { refused: 'the file is empty' };
  if (attachment.bytes > mostBytes) return { refused: `the file is larger than ${Math.floor(mostBytes / (1 << 20))} MB` };
  const { sniffedType } = attachment;
  if (sniffedType === null) return { refused: 'the file could not be recognised as a photo, video or document' };
  if (!ALLOWED.has(sniffedType)) return { refused: 'this kind of file is not passed on' };
  return { mimeType: sniffedType };
}
