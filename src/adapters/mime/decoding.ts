/** Content as it was before it was encoded for the way (RFC 2045 §6), and its bytes as text. */
import libbase64 from 'libbase64';
import libmime from 'libmime';
import charsets from 'libmime/lib/charset.js';
import libqp from 'libqp';
import type { PartHead } from './part-head.ts';

/** Takes the pieces of a content and gives its bytes; some wait for the pieces after them. */
export type Decoder = { write(piece: Buffer): Buffer; end(): Buffer };

const NOTHING = Buffer.alloc(0);

export function decoderOf(encoding: string): Decoder {
  if (encoding === 'base64') return base64();
  if (encoding === 'quoted-printable') return quotedPrintable();
  return { write: (piece) => piece, end: () => NOTHING };
}

/** Padding may stand anywhere, since some programs encode line by line; whole groups of four characters are decoded at once. */
function base64(): Decoder {
  let rest = '';
  return {
    write(piece) {
      const text = rest + piece.toString('latin1');
      const lines = evenLines(text);
      const behind = lines === null ? text : text.slice(lines.end);
      if (lines !== null && behind.length < 2 * lines.width) {
        rest = behind;
        return lines.bytes;
      }
      const clean = behind.replace(NO_BASE64, '');
      const padded = clean.lastIndexOf('=') + 1;
      const whole = clean.length - ((clean.length - padded) % 4);
      rest = clean.slice(whole);
      const bytes = whole === 0 ? NOTHING : libbase64.decode(clean.slice(0, whole));
      return lines === null ? bytes : Buffer.concat([lines.bytes, bytes]);
    },
    end() {
      const clean = rest.replace(NO_BASE64, '');
      return clean === '' ? NOTHING : libbase64.decode(clean);
    },
  };
}

const NO_BASE64 = /[^a-zA-Z0-9+/=]+/g;

/** The lines with which a text begins, as far as all have the length of the first, as nearly every program writes them: decoded without a copy. */
function evenLines(text: string): { bytes: Buffer; end: number; width: number } | null {
  const width = text.indexOf('\n') + 1;
  const isCrLf = text.charCodeAt(width - 2) === 13;
  const characters = isCrLf ? width - 2 : width - 1;
  if (characters <= 0 || characters % 4 !== 0) return null;
  let end = width;
  while (text.charCodeAt(end + width - 1) === 10 && (text.charCodeAt(end + width - 2) === 13) === isCrLf) end += width;
  const lines = text.slice(0, end);
  if (lines.includes('-') || lines.includes('_')) return null; // of base64url, which a mail does not have
  const bytes = Buffer.from(lines, 'base64');
  // With anything else among them, or padding, there are fewer.
  return bytes.length === ((end / width) * characters * 3) / 4 ? { bytes, end, width } : null;
}

/** Decoded as a whole: an escape or a soft line end may lie between two pieces. */
function quotedPrintable(): Decoder {
  const pieces: Buffer[] = [];
  return {
    write(piece) {
      pieces.push(piece);
      return NOTHING;
    },
    end: () => libqp.decode(Buffer.concat(pieces)),
  };
}

/** The text of a part; what is in an unknown charset, or wrong in its own, has U+FFFD in it. LF line ends. */
export function textOfContent(bytes: Buffer, { charset, flowed, delSp }: PartHead): string {
  const unfolded = flowed ? Buffer.from(libmime.decodeFlowed(bytes.toString('latin1'), delSp), 'latin1') : bytes;
  const isUtf8 = charset === null || /^(?:us)?ascii$|^utf8$/.test(charset.toLowerCase().replace(/[^a-z0-9]+/g, ''));
  const text = isUtf8 ? unfolded.toString() : charsets.decode(unfolded, charset).toWellFormed();
  return text.includes('\r') ? text.replace(/\r\n/g, '\n') : text;
}
