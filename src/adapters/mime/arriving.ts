/** A mail as it arrives: one attachment after the other, each read or passed over before the next; its text is kept for the end. */
import type { Readable } from 'node:stream';
import libmime from 'libmime';
import { Failure } from '../../domain/failure.ts';
import { bodyText, type Piece } from './body-text.ts';
import { type Decoder, decoderOf, textOfContent } from './decoding.ts';
import { fieldValue, type PartHead } from './part-head.ts';
import { type Event, type Part, Splitter } from './split.ts';

/** A part that is no text of the mail. `content` may be read once, as long as no further attachment was asked for. */
export type ArrivingFile = {
  contentType: string | null;
  disposition: string | null;
  filename: string | null;
  /** As it stands, with angle brackets. */
  contentId: string | null;
  /** Whether it lies in a multipart/related and so may be shown in the text. */
  isRelated: boolean;
  content: AsyncIterable<Buffer>;
};

/** What people read; other parts are files. */
const TEXT_TYPES = ['text/plain', 'text/html', 'message/delivery-status'];

export class ArrivingMail {
  readonly #raw: Readable;
  readonly #chunks: AsyncIterator<unknown>;
  readonly #splitter = new Splitter();
  #events: Event[] = [];
  #next = 0;
  #isEnded = false;
  readonly #pieces: Piece[] = [];

  constructor(raw: Readable) {
    this.#raw = raw;
    this.#chunks = raw[Symbol.asyncIterator]();
  }

  /** The mail's own head; null as long as it has not come. */
  get head(): PartHead | null {
    return this.#pieces[0]?.part.head ?? null;
  }

  /** @throws Failure mail-unreadable; errors of the raw stream as they are */
  async *files(): AsyncGenerator<ArrivingFile> {
    try {
      for (let event = await this.#take(); event !== null; event = await this.#take()) {
        if (event.is !== 'part') continue; // between the parts, or the rest of a file that was not read to its end
        const { part } = event;
        const piece: Piece = { part, text: null };
        this.#pieces.push(piece);
        if (isFile(part)) yield this.#fileOf(part);
        else if (!isMultipart(part) && !part.isInlineMessage) piece.text = await this.#textOf(part);
      }
    } finally {
      this.#raw.destroy();
    }
  }

  /** The text and the HTML, when all files have passed. */
  body(): { text: string | null; html: string | null } {
    return bodyText(this.#pieces);
  }

  #fileOf(part: Part): ArrivingFile {
    const { contentType, filename, disposition, encoding, lines } = part.head;
    const id = lines.find(({ key }) => key === 'content-id');
    const contentId = id === undefined ? '' : fieldValue(id.line);
    return {
      contentType:
        contentType === 'application/octet-stream' && filename !== null ? libmime.detectMimeType(filename) || contentType : contentType,
      disposition,
      filename,
      contentId: contentId || null,
      isRelated: contentId !== '' && isRelated(part),
      content: this.#contentOf(decoderOf(encoding)),
    };
  }

  async #textOf({ head }: Part): Promise<string> {
    const bytes: Buffer[] = [];
    for await (const piece of this.#contentOf(decoderOf(head.encoding))) bytes.push(piece);
    return textOfContent(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes), head);
  }

  /** Up to the event that is no piece; that one stays. */
  async *#contentOf(decoder: Decoder): AsyncGenerator<Buffer> {
    for (let event = await this.#peek(); event?.is === 'piece'; event = await this.#peek()) {
      this.#next += 1;
      const bytes = decoder.write(event.bytes);
      if (bytes.length > 0) yield bytes;
    }
    const last = decoder.end();
    if (last.length > 0) yield last;
  }

  async #take(): Promise<Event | null> {
    const event = await this.#peek();
    this.#next += 1;
    return event;
  }

  async #peek(): Promise<Event | null> {
    while (this.#next >= this.#events.length) {
      if (this.#isEnded) return null;
      const { done, value } = await this.#chunks.next();
      this.#next = 0;
      this.#isEnded = done === true;
      this.#events = split(() => (done ? this.#splitter.end() : this.#splitter.write(value as Buffer)));
    }
    return this.#events[this.#next] ?? null;
  }
}

function split(splitting: () => Event[]): Event[] {
  try {
    return splitting();
  } catch (error) {
    throw new Failure('mail-unreadable', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function isMultipart({ head }: Part): boolean {
  return head.contentType?.startsWith('multipart/') ?? false;
}

/** A file is what has another type than text, or is marked as one: any disposition but `inline` counts as `attachment` (RFC 2183 §2.8). */
function isFile(part: Part): boolean {
  if (isMultipart(part) || part.isInlineMessage) return false;
  const { contentType, disposition } = part.head;
  return !TEXT_TYPES.includes(contentType ?? '') || (disposition !== null && disposition !== 'inline');
}

function isRelated(part: Part): boolean {
  for (let around = part.parent; around !== null; around = around.parent) if (around.head.contentType === 'multipart/related') return true;
  return false;
}
