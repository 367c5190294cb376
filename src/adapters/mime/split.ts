/** Splits a raw mail into its parts as its bytes come (RFC 2046 §5.1): the head of each, and its content in pieces. */
import { headOf, type PartHead } from './part-head.ts';

/** A message, or a part of one. */
export type Part = {
  head: PartHead;
  /** The part in which it lies; null for the mail itself. */
  parent: Part | null;
  /** The innermost part around it whose delimiters end it. */
  within: Part | null;
  /** A message in the text of another (`Content-Disposition: inline`): what it says is the part that follows. */
  isInlineMessage: boolean;
};

/** What the bytes were: the head of a part, a piece of the content of the part that began last, or a delimiter, which ends that content. */
export type Event = { is: 'part'; part: Part } | { is: 'piece'; bytes: Buffer } | { is: 'delimiter' };

/** A longer head is that of no mail; short lines count as so many bytes. */
const MOST_HEAD_BYTES = 1 << 20;
const LEAST_LINE_BYTES = 64;
const MOST_PARTS = 1_000;
/** Blanks behind a boundary (RFC 2046 §5.1.1): as many as fit into a line (RFC 5322 §2.1.1). */
const MOST_BLANKS = 998;

const [LF, CR, DASH, SPACE, TAB] = [10, 13, 45, 32, 9];
const LINE_DASHES = Buffer.from('\n--');
const LINE_CR_DASHES = Buffer.from('\n\r--');
const NOTHING = Buffer.alloc(0);

export class Splitter {
  readonly #events: Event[] = [];
  #bytes: Buffer = NOTHING;
  #at = 0;
  /** The part whose content is read; null while a head is read. */
  #part: Part | null = null;
  /** Of the head that is read. */
  #parent: Part | null = null;
  #within: Part | null = null;
  #head: Buffer[] = [];
  #headBytes = 0;
  /** Whether the next byte of the content begins a line. */
  #isLineStart = true;
  /** Whether the last delimiter of `#part` has passed: what follows belongs to nobody. */
  #isOver = false;
  #parts = 1;

  /** @returns what was found. @throws Error when the mail has more parts, or a longer head, than any mail */
  write(chunk: Buffer): Event[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#at = 0;
    while (this.#part === null ? this.#readHead(false) : this.#readContent(false));
    this.#bytes = this.#bytes.subarray(this.#at);
    return this.#events.splice(0);
  }

  /** @returns what the last bytes were */
  end(): Event[] {
    this.#at = 0;
    while (this.#part === null ? this.#readHead(true) : this.#readContent(true));
    if (this.#part === null) this.#endHead();
    return this.#events.splice(0);
  }

  /** Lines up to the empty one. @returns whether the content follows; else more bytes are needed */
  #readHead(isEnd: boolean): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    while (this.#at < bytes.length) {
      const line = this.#at;
      const end = bytes.indexOf(LF, line);
      if (end < 0 && !isEnd) break;
      const stop = end < 0 ? bytes.length : end + 1;
      const delimiter = this.#delimiterAt(line, stop);
      if (delimiter !== null) {
        this.#keepHead(start, line);
        // A head without a content counts where its multipart ends, not where another part begins.
        if (delimiter.isLast && this.#head.length > 0) this.#begin(headOf(joined(this.#head)));
        this.#cross(delimiter, stop);
        return true;
      }
      this.#at = stop;
      this.#headBytes += Math.max(LEAST_LINE_BYTES, stop - line);
      this.#checkHead(0);
      if (stop - line === 1 || (stop - line === 2 && bytes[line] === CR)) {
        this.#keepHead(start, stop);
        this.#endHead();
        return true;
      }
    }
    this.#keepHead(start, this.#at);
    this.#checkHead(bytes.length - this.#at);
    return false;
  }

  #keepHead(start: number, end: number): void {
    if (end > start) this.#head.push(this.#bytes.subarray(start, end));
  }

  #checkHead(waiting: number): void {
    if (this.#headBytes + waiting > MOST_HEAD_BYTES) throw new Error('a header is longer than that of any mail');
  }

  #endHead(): void {
    const part = this.#begin(headOf(joined(this.#head)));
    if (part.isInlineMessage) this.#await(part, part.parent ?? part);
  }

  /** The content of a part begins. */
  #begin(head: PartHead): Part {
    const isInlineMessage =
      head.contentType === 'message/rfc822' && head.disposition === 'inline' && ['', '7bit', '8bit', 'binary'].includes(head.encoding);
    if (this.#parent === null) head.contentType ??= 'text/plain';
    const part: Part = { head, parent: this.#parent, within: this.#within, isInlineMessage };
    this.#part = part;
    this.#isLineStart = true;
    this.#events.push({ is: 'part', part });
    return part;
  }

  /** The head of another part begins. */
  #await(parent: Part, within: Part): void {
    this.#parts += 1;
    if (this.#parts > MOST_PARTS) throw new Error(`it has more than ${MOST_PARTS} parts`);
    this.#part = null;
    this.#parent = parent;
    this.#within = within;
    this.#head = [];
    this.#headBytes = 0;
    this.#isOver = false;
  }

  /** Up to the next delimiter. @returns whether there was one; else more bytes are needed */
  #readContent(isEnd: boolean): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    const most = this.#longestDelimiter();
    if (most === 0) return this.#give(start, bytes.length);
    let line = this.#isLineStart ? start : nextDashes(bytes, start);
    for (; line >= 0; line = nextDashes(bytes, line)) {
      const end = bytes.indexOf(LF, line);
      const stop = end < 0 ? bytes.length : end + 1;
      if (stop - line > most || !(end >= 0 || isEnd)) continue;
      const delimiter = this.#delimiterAt(line, stop);
      if (delimiter === null) continue;
      // The line end before a delimiter belongs to it.
      this.#give(start, this.#part?.parent ? withoutLineEnd(bytes, start, line) : line);
      this.#cross(delimiter, stop);
      return true;
    }
    return this.#give(start, isEnd ? bytes.length : this.#undecided(start, most));
  }

  /** From where on the bytes may turn out to be a delimiter, with the line end before it. */
  #undecided(start: number, most: number): number {
    const bytes = this.#bytes;
    const lastEnd = bytes.lastIndexOf(LF);
    const line = lastEnd >= start ? lastEnd + 1 : this.#isLineStart ? start : -1;
    if (line >= 0 && bytes.length - line <= most && mayBecomeDashes(bytes, line)) return withoutLineEnd(bytes, start, line);
    return bytes.at(-1) === CR && bytes.length > start ? bytes.length - 1 : bytes.length;
  }

  #give(start: number, end: number): false {
    if (end > start) {
      this.#events.push({ is: 'piece', bytes: this.#bytes.subarray(start, end) });
      this.#isLineStart = false;
    }
    this.#at = end;
    return false;
  }

  #cross({ of, isLast }: Delimiter, stop: number): void {
    const isOwn = of === this.#part;
    this.#events.push({ is: 'delimiter' });
    this.#at = stop;
    this.#isLineStart = true;
    if (!isLast) this.#await(of, of);
    else if (!isOwn) {
      this.#part = of;
      this.#isOver = true;
    }
  }

  /** The parts whose delimiters count here, the innermost first. */
  *#delimited(): Generator<Part> {
    if (this.#part !== null && !this.#isOver) yield this.#part;
    for (let part = this.#part === null ? this.#within : this.#part.within; part !== null; part = part.within) yield part;
  }

  /** The length of the longest line that may be a delimiter; 0 where none is expected. */
  #longestDelimiter(): number {
    let most = 0;
    for (const { head } of this.#delimited()) most = Math.max(most, head.boundary?.length ?? 0);
    return most === 0 ? 0 : most + MOST_BLANKS + 8;
  }

  /** The line that begins there as the delimiter of an open part: `--boundary`, or `--boundary--` for the last one. */
  #delimiterAt(line: number, stop: number): Delimiter | null {
    const bytes = this.#bytes;
    let at = line;
    if (bytes[at] === CR || bytes[at] === LF) at += bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1;
    if (bytes[at] !== DASH || bytes[at + 1] !== DASH) return null;
    for (const part of this.#delimited()) {
      const { boundary } = part.head;
      const kind = boundary === null ? null : delimits(bytes, at + 2, stop, boundary);
      if (kind !== null) return { of: part, isLast: kind === 'last' };
    }
    return null;
  }
}

/** Nearly always there is one. */
function joined(pieces: Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

type Delimiter = { of: Part; isLast: boolean };

/** Whether a boundary, perhaps `--`, blanks and the line's end stand there and nothing else. Only the last delimiter may end the mail. */
function delimits(bytes: Buffer, start: number, stop: number, boundary: Buffer): 'next' | 'last' | null {
  if (stop - start < boundary.length || bytes.compare(boundary, 0, boundary.length, start, start + boundary.length) !== 0) return null;
  let at = start + boundary.length;
  const isLast = at < stop && bytes[at] === DASH;
  if (isLast) {
    if (at + 1 >= stop || bytes[at + 1] !== DASH) return null;
    at += 2;
  }
  while (at < stop && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
  if (at === stop) return isLast ? 'last' : null;
  while (at < stop && bytes[at] === CR) at += 1;
  if (at < stop && bytes[at] === LF) at += 1;
  return at === stop ? (isLast ? 'last' : 'next') : null;
}

/** Where the next line begins that has two dashes in front; -1 where none does. */
function nextDashes(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(LINE_DASHES, from);
  const other = bytes.indexOf(LINE_CR_DASHES, from);
  const at = found < 0 || (other >= 0 && other < found) ? other : found;
  return at < 0 ? -1 : at + 1;
}

function mayBecomeDashes(bytes: Buffer, line: number): boolean {
  const at = bytes[line] === CR ? line + 1 : line;
  return (at >= bytes.length || bytes[at] === DASH) && (at + 1 >= bytes.length || bytes[at + 1] === DASH);
}

function withoutLineEnd(bytes: Buffer, start: number, end: number): number {
  if (end <= start || bytes[end - 1] !== LF) return end;
  return end - 1 > start && bytes[end - 2] === CR ? end - 2 : end - 1;
}
