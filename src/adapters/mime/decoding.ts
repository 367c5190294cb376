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
      const clean = rest + piece.toString('latin1').replace(/[^a-zA-Z0-9+/=]+/g, '');
      const padded = clean.lastIndexOf('=') + 1;
      const whole = clean.length - ((clean.length - padded) % 4);
      rest = clean.slice(whole);
      return whole === 0 ? NOTHING : libbase64.decode(clean.slice(0, whole));
    },
    end: () => (rest === '' ? NOTHING : libbase64.decode(rest)),
  };
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
