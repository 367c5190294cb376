/**
 * The files inside a winmail.dat, in which Outlook packs whole mails (Transport-Neutral Encapsulation Format, [MS-OXTNEF]): attributes
 * with a level, an id and a length; an attachment begins with its rendering data and goes on to the next one.
 */

export type TnefFile = { name: string; mimeType: string | null; contentId: string | null; bytes: Buffer };

const SIGNATURE = 0x223e9f78;
const LEVEL_ATTACHMENT = 2;
const RENDERING_DATA = 0x00069002;
const TITLE = 0x00018010;
const DATA = 0x0006800f;
const PROPERTIES = 0x00069005;

/** [MS-OXPROPS] */
const LONG_FILENAME = 0x3707;
const MIME_TAG = 0x370e;
const CONTENT_ID = 0x3712;
const DATA_BINARY = 0x3701;

export function isTnef(head: Buffer): boolean {
  return head.length >= 6 && head.readUInt32LE(0) === SIGNATURE;
}

/** @throws RangeError when the bytes end too early or say impossible lengths */
export function tnefFiles(bytes: Buffer): TnefFile[] {
  const files: (Omit<TnefFile, 'bytes'> & { bytes: Buffer | null })[] = [];
  const reader = new Reader(bytes, 6); // signature and key
  while (reader.left >= 9) {
    const level = reader.take(1).readUInt8();
    const id = reader.uint32();
    const value = reader.take(reader.uint32());
    reader.take(Math.min(2, reader.left)); // a checksum, which some programs leave out at the end
    if (level !== LEVEL_ATTACHMENT) continue;
    if (id === RENDERING_DATA) files.push({ name: '', mimeType: null, contentId: null, bytes: null });
    const file = files.at(-1);
    if (file === undefined) continue;
    if (id === TITLE) file.name ||= text(value, 'latin1');
    if (id === DATA) file.bytes = value;
    if (id === PROPERTIES) {
      const properties = propertiesOf(value);
      file.name = properties.get(LONG_FILENAME)?.toString() || file.name;
      file.mimeType = properties.get(MIME_TAG)?.toString().toLowerCase() || null;
      file.contentId = properties.get(CONTENT_ID)?.toString() || null;
      const binary = properties.get(DATA_BINARY);
      if (Buffer.isBuffer(binary)) file.bytes ??= binary;
    }
  }
  return files.flatMap(({ bytes: content, ...file }) => (content === null ? [] : [{ ...file, bytes: content }]));
}

/** How long a value of each MAPI type of fixed length is, padded to four bytes ([MS-OXCDATA] §2.11.1). */
const FIXED: Record<number, number> = { 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16 };
const OBJECT = 0x0d;
const STRING8 = 0x1e;
const UNICODE = 0x1f;
const BINARY = 0x102;
const MULTIPLE = 0x1000;

/** The texts and binaries of a property list, by id; the first where there are several ([MS-OXTNEF] §2.1.3.4). */
function propertiesOf(bytes: Buffer): Map<number, string | Buffer> {
  const reader = new Reader(bytes, 0);
  const found = new Map<number, string | Buffer>();
  for (let left = reader.uint32(); left > 0; left -= 1) {
    const type = reader.take(2).readUInt16LE();
    const id = reader.take(2).readUInt16LE();
    if (id >= 0x8000) reader.skipName();
    const base = type & ~MULTIPLE;
    const fixed = FIXED[base];
    const isVariable = [OBJECT, STRING8, UNICODE, BINARY].includes(base);
    if (fixed === undefined && !isVariable) throw new RangeError(`a property of unknown type ${type}`);
    const values = type & MULTIPLE || isVariable ? reader.uint32() : 1;
    for (let index = 0; index < values; index += 1) {
      if (fixed !== undefined) {
        reader.take(fixed);
        continue;
      }
      const length = reader.uint32();
      const value = reader.take(length);
      reader.take(-length & 3);
      if (index > 0) continue;
      if (base === UNICODE) found.set(id, text(value, 'utf16le'));
      else if (base === STRING8) found.set(id, text(value, 'latin1'));
      else if (base === BINARY) found.set(id, value); // an object is a mail or a drawing
    }
  }
  return found;
}

/** Up to the NUL that ends it. */
function text(bytes: Buffer, encoding: 'latin1' | 'utf16le'): string {
  return bytes.toString(encoding).replace(/\0.*$/s, '');
}

/** Reads on and throws a RangeError where nothing is left. */
class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new RangeError(`${length} bytes are wanted, ${this.left} are left`);
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  /** A named property: its set, then a number or a text. */
  skipName(): void {
    this.take(16);
    if (this.uint32() === 0) this.take(4);
    else {
      const length = this.uint32();
      this.take(length);
      this.take(-length & 3);
    }
  }
}
