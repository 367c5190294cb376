/** The header fields of a message or of one of its parts, and what they say of the part's content (RFC 2045, RFC 2183). */
import { extname } from 'node:path';
import libmime from 'libmime';
import { matchesIn } from '../../reading/matches.ts';

/** One field, folded as it stood: `key` lower-case, '' where the line has no colon. Bytes are characters (latin1), since nothing says otherwise. */
export type HeaderLine = { key: string; line: string };

export type PartHead = {
  lines: HeaderLine[];
  /** Lower-case, without parameters; null where the field is there but says nothing. */
  contentType: string | null;
  charset: string | null;
  /** Delimits the parts of this part (RFC 2046 §5.1.1). */
  boundary: Buffer | null;
  /** Content-Transfer-Encoding, lower-case. */
  encoding: string;
  disposition: string | null;
  /** Decoded; null where none is given. */
  filename: string | null;
  /** format=flowed (RFC 3676), and whether the blank before a soft break goes. */
  flowed: boolean;
  delSp: boolean;
};

const FOLD = /(?:\r?\n|\r)[ \t]*/g;
/** `text/plain; charset="utf-8"`, as nearly every mail has it: no comments, escapes or continuations. */
const PLAIN_VALUE = /^[^\s;"()\\*]+(?:\s*;\s*[A-Za-z0-9_-]+=(?:"[^"\\*]*"|[^\s;"()\\*'=]+))*;?$/;
const PLAIN_PARAMETER = /;\s*([A-Za-z0-9_-]+)=(?:"([^"]*)"|([^\s;"]+))/g;

/** @param block the bytes up to the first empty line */
export function headOf(block: Buffer): PartHead {
  const lines = linesOf(block.toString('latin1'));
  const placed = structured(firstValue(lines, 'content-disposition'));
  const type = structured(firstValue(lines, 'content-type', null) ?? guessedType(placed));
  const contentType = type.value.toLowerCase().trim() || null;
  const disposition = placed.value.toLowerCase().trim() || null;
  const named = placed.params['filename'] ? placed : type;
  const name = placed.params['filename'] || type.params['name'] || null;
  const isDecoded = named.decoded.includes(named === placed ? 'filename' : 'name');
  const boundary = (type.params['boundary'] ?? '').trimEnd();
  const isFlowed = contentType === 'text/plain' && type.params['format']?.toLowerCase().trim() === 'flowed';
  return {
    lines,
    contentType,
    charset: type.params['charset'] || null,
    boundary: boundary !== '' && Buffer.byteLength(boundary) === boundary.length ? Buffer.from(boundary) : null,
    encoding: withoutComments(firstValue(lines, 'content-transfer-encoding')).toLowerCase().trim(),
    disposition: disposition === null ? null : decodedWords(disposition),
    filename: name === null || isDecoded ? name : decodedWords(name),
    flowed: isFlowed,
    delSp: isFlowed && type.params['delsp']?.toLowerCase().trim() === 'yes',
  };
}

/** The value of a field, unfolded; its bytes taken as UTF-8 (RFC 6532). '' where the line is no field. */
export function fieldValue(line: string): string {
  return utf8(rawFieldValue(line));
}

/** RFC 2047 words decoded; what cannot be decoded stays as it is. */
export function decodedWords(text: string): string {
  if (!text.includes('=?')) return text;
  try {
    return libmime.decodeWords(text);
  } catch {
    return text;
  }
}

/** Fields in order, continuation lines joined to the first. A line `From …` or `POST …` above them is none. */
function linesOf(block: string): HeaderLine[] {
  let end = block.length;
  while (end > 0 && (block.charCodeAt(end - 1) === 10 || block.charCodeAt(end - 1) === 13)) end -= 1;
  const folded: string[] = [];
  let from = 0;
  const text = block.slice(0, end);
  for (let at = text.indexOf('\n'); from <= text.length; at = text.indexOf('\n', from)) {
    const stop = at < 0 ? text.length : at;
    const line = text.slice(from, at > from && text.charCodeAt(at - 1) === 13 ? at - 1 : stop);
    const isFold = folded.length > 0 && (line.startsWith(' ') || line.startsWith('\t'));
    if (isFold) folded[folded.length - 1] += `\r\n${line}`;
    else folded.push(line);
    from = stop + 1;
  }
  const [first = ''] = folded;
  if (/^(?:From|POST) /i.test(first)) folded.shift();
  return folded.map((line) => ({
    key: line
      .slice(0, Math.max(0, line.indexOf(':')))
      .toLowerCase()
      .trim(),
    line,
  }));
}

function rawFieldValue(line: string): string {
  const colon = line.indexOf(':');
  if (colon < 0 || line.slice(0, colon).trim() === '') return '';
  const value = line.slice(colon + 1);
  return (value.includes('\n') || value.includes('\r') ? value.replace(FOLD, ' ') : value).trim();
}

function utf8(bytes: string): string {
  return /[\u0080-\u00ff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString() : bytes;
}

/** The first field of that name; in UTF-8, or else byte by byte. */
function firstValue(lines: HeaderLine[], key: string): string;
function firstValue(lines: HeaderLine[], key: string, otherwise: null): string | null;
function firstValue(lines: HeaderLine[], key: string, otherwise: '' | null = ''): string | null {
  const found = lines.find((line) => line.key === key);
  if (found === undefined) return otherwise;
  const value = fieldValue(found.line);
  return value.includes('\ufffd') ? rawFieldValue(found.line) : value;
}

type Structured = { value: string; params: Record<string, string>; decoded: string[] };

function structured(value: string): Structured {
  if (value === '') return { value, params: {}, decoded: [] };
  if (!PLAIN_VALUE.test(value)) {
    const { decodedParams, ...parsed } = libmime.parseHeaderValue(value, { stripComments: true });
    return { value: parsed.value, params: parsed.params, decoded: decodedParams };
  }
  const semicolon = value.indexOf(';');
  const params: Record<string, string> = {};
  if (semicolon >= 0)
    for (const [, name = '', quoted, token] of matchesIn(value, PLAIN_PARAMETER)) params[name.toLowerCase()] ??= quoted ?? token ?? '';
  return { value: (semicolon < 0 ? value : value.slice(0, semicolon)).trim(), params, decoded: [] };
}

/** What a part without Content-Type is: its name tells, else it is text. */
function guessedType(placed: Structured): string {
  const extension = extname(placed.params['filename'] ?? '').replace(/^\./, '');
  const guessed = extension === '' ? '' : libmime.detectMimeType(extension);
  return guessed || (/^attachment$/i.test(placed.value) ? 'application/octet-stream' : 'text/plain');
}

/** From the first ( to the last ) of each line; RFC 2045 §6.1 allows comments there. */
function withoutComments(value: string): string {
  if (!value.includes('(')) return value;
  return value
    .split(/([\n\r\u2028\u2029])/)
    .map((piece) => {
      const [start, end] = [piece.indexOf('('), piece.lastIndexOf(')')];
      return start >= 0 && end > start ? piece.slice(0, start) + piece.slice(end + 1) : piece;
    })
    .join('');
}
