/** Which files may become public, and as what: an allow-list by what their bytes say, since what strangers mail in becomes readable by anybody. */
import type { Attachment } from './message.ts';

const JPEG = 'image/jpeg';
const PNG = 'image/png';
/** What each kind of image is published as: what every browser shows, and nothing that can hold a script. Moving images stand still. */
const IMAGES: Record<string, typeof JPEG | typeof PNG> = {
  [JPEG]: JPEG,
  [PNG]: PNG,
  'image/apng': PNG,
  'image/gif': PNG,
  'image/webp': JPEG,
  'image/heic': JPEG,
  'image/heic-sequence': JPEG,
  'image/heif': JPEG,
  'image/heif-sequence': JPEG,
  'image/avif': JPEG,
  'image/tiff': JPEG,
};
/** By the name that it is published under: the first ending, or one of the others where it has that already. */
const ENDINGS: Record<string, string[]> = {
  [JPEG]: ['jpg', 'jpeg', 'jpe', 'jfif'],
  [PNG]: ['png'],
  'video/mp4': ['mp4', 'm4v'],
  'video/x-m4v': ['m4v', 'mp4'],
  'video/quicktime': ['mov', 'qt'],
  'video/3gpp': ['3gp'],
  'video/3gpp2': ['3g2'],
  'video/webm': ['webm'],
  'application/pdf': ['pdf'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx'],
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ['pptx'],
  'application/vnd.oasis.opendocument.text': ['odt'],
  'application/vnd.oasis.opendocument.spreadsheet': ['ods'],
};

/** The type that its bytes say, where such a file may be published, or why it may not be (a few words that a tenant understands). */
export function documentType(
  attachment: Pick<Attachment, 'sniffedType' | 'bytes' | 'problem'>,
  mostBytes: number,
): { mimeType: string } | { refused: string } {
  if (attachment.problem) return { refused: attachment.problem };
  if (attachment.bytes === 0) return { refused: 'the file is empty' };
  if (attachment.bytes > mostBytes) return { refused: `the file is larger than ${Math.floor(mostBytes / (1 << 20))} MB` };
  const { sniffedType } = attachment;
  if (sniffedType === null) return { refused: 'the file could not be recognised as a photo, video or document' };
  if (!isImage(sniffedType) && ENDINGS[sniffedType] === undefined) return { refused: 'this kind of file is not passed on' };
  return { mimeType: sniffedType };
}

/** @param mimeType one that `documentType` lets through */
export function publishedType(mimeType: string): string {
  return IMAGES[mimeType] ?? mimeType;
}

/** The file's own name with an ending that fits what it is published as: `IMG_1.HEIC` becomes `IMG_1.jpg`, `report.html` that is a PDF `report.pdf`. */
export function publishedName(name: string, mimeType: string): string {
  const endings = ENDINGS[publishedType(mimeType)] ?? [];
  const [, stem = name, ending = ''] = /^(.+)\.(?=[^.]*[A-Za-z])([A-Za-z0-9]{1,8})$/.exec(name) ?? [];
  return endings.length === 0 || endings.includes(ending.toLowerCase()) ? name : `${stem || 'file'}.${endings[0]}`;
}

/** Images are made anew from their pixels; everything else is published as it came. */
export function isImage(mimeType: string): boolean {
  return mimeType in IMAGES;
}

/** What a browser may show in its own window; all else is offered as a download. */
export function isShownInline(mimeType: string): boolean {
  return isImage(mimeType) || mimeType === 'application/pdf';
}
