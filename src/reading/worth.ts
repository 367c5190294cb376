/** Which attachments a contractor wants to see, or was meant to: photos, videos and papers; not logos, signatures, calendars or tracking pixels. */
import type { Attachment } from '../domain/message.ts';
import type { ReadingContext } from './context.ts';
import type { Letter } from './letter.ts';

/** What mail programs add by themselves. */
const NEVER =
  /^(text\/(calendar|x-vcard|vcard|directory|x-amp-html|rfc822-headers)|application\/(pkcs7|x-pkcs7|pgp|ics)|message\/|multipart\/)/;
const NEVER_NAMED = /\.(p7s|p7m|asc|sig|ics|vcf)$/i;
/** A second text part is a footer of a list or a filter's note, unless somebody gave it a name. */
const TEXT = /^text\/(plain|html)/;
const NO_NAME = /^(att\d+([-.].*)?|noname|unnamed.*|mime-attachment|part[\d. ]*|message\.(txt|html?)|body\.(txt|html?))?$/i;
/** An image in a mail's own layout with a side below this is a logo, an icon or a line. */
const LOGO_SIDE = 130;
/** A drawing (PNG, GIF) there is a logo up to this. */
const DRAWN_LOGO_SIDE = 320;
const PIXEL_BYTES = 600;
/** What a phone calls its photos. */
const CAMERA = /^(?:img|dsc[nf]?|pxl|mvimg|photo|dcim)[-_ ]?\d{3,}|^\d{8}[-_]\d{4,6}/i;
/** An image whose size cannot be read is too small in bytes to show anything. */
const LEAST_IMAGE_BYTES = 200;

/** In the order of the mail, each file once. Those that may not be passed on are among them, so that they can be named. */
export function worthAttaching(letters: Letter[], _context: ReadingContext): Attachment[] {
  const seen = new Set<string>();
  return letters
    .flatMap((letter) => letter.attachments)
    .filter((attachment) => {
      if (!isMeant(attachment) || isLogo(attachment) || seen.has(attachment.sha256)) return false;
      seen.add(attachment.sha256);
      return true;
    });
}

/** Whether a person put it there. */
function isMeant({ mimeType, sniffedType, name, bytes, problem }: Attachment): boolean {
  if (problem !== undefined || sniffedType?.startsWith('image/')) return bytes > 0;
  if (NEVER.test(mimeType) || NEVER_NAMED.test(name)) return false;
  if (TEXT.test(mimeType) || sniffedType === null) return !NO_NAME.test(name);
  return bytes > 0 || name !== '';
}

function isLogo({ pixels, embedded, disposition, name, mimeType, sniffedType, bytes }: Attachment): boolean {
  const type = sniffedType ?? mimeType;
  if (!type.startsWith('image/')) return false;
  const inLayout = embedded || disposition === 'inline';
  if (inLayout && /\b(logo|banner|icon|facebook|twitter|linkedin|instagram|spacer|pixel|signature)\b/i.test(name.replace(/[_-]/g, ' ')))
    return true;
  if (pixels === null) return embedded && bytes < LEAST_IMAGE_BYTES;
  const [least = 0, most = 0] = [pixels.width, pixels.height].sort((a, b) => a - b);
  const isDrawing = type === 'image/png' || type === 'image/gif';
  if (!embedded && !isDrawing && CAMERA.test(name)) return false;
  // A tracking pixel. More bytes are of a photo, whatever its head says.
  if (most <= 2) return disposition !== 'attachment' && (isDrawing || bytes < PIXEL_BYTES);
  return (inLayout && (least < LOGO_SIDE || most > least * 4)) || (embedded && isDrawing && most <= DRAWN_LOGO_SIDE);
}
