/** Which attachments a contractor wants to see: photos, videos and papers; not logos, signatures, calendars or tracking pixels. */
import type { Attachment } from '../domain/message.ts';
import type { ReadingContext } from './context.ts';
import type { Letter } from './letter.ts';

const NEVER =
  /^(text\/(calendar|html|plain|x-vcard|vcard|x-amp-html|rfc822-headers)|application\/(pkcs7|x-pkcs7|pgp|ms-tnef|ics|vnd\.ms-tnef)|message\/|multipart\/)/;
const NEVER_NAMED = /\.(p7s|p7m|asc|ics|vcf|dat|htm|html|eml)$/i;
/** An image in a mail's own layout with a side below this is a logo, an icon or a line. */
const LOGO_SIDE = 130;

export function worthAttaching(letters: Letter[], _context: ReadingContext): Attachment[] {
  const seen = new Set<string>();
  return letters
    .flatMap((letter) => letter.attachments)
    .filter((attachment) => {
      if (NEVER.test(attachment.mimeType) && !attachment.sniffedType?.startsWith('image/')) return false;
      if (NEVER_NAMED.test(attachment.name) || attachment.bytes === 0 || isLogo(attachment) || seen.has(attachment.sha256)) return false;
      seen.add(attachment.sha256);
      return true;
    });
}

function isLogo({ pixels, embedded, disposition, name, mimeType }: Attachment): boolean {
  if (!mimeType.startsWith('image/')) return false;
  if (
    /\b(logo|banner|icon|facebook|twitter|linkedin|instagram|spacer|pixel|signature)\b/i.test(name.replace(/[_-]/g, ' ')) &&
    (embedded || disposition === 'inline')
  )
    return true;
  if (pixels === null) return false;
  const { width, height } = pixels;
  const small = Math.min(width, height) < LOGO_SIDE || Math.max(width, height) > Math.min(width, height) * 4;
  return Math.max(width, height) <= 2 || (small && (embedded || disposition === 'inline'));
}
