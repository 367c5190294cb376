/**
 * The identity of a mail: the same for every delivery of the same mail (through an alias, into a second mailbox, after a lost ledger),
 * different for any two mails that a person wrote. It is a hash of Message-ID, From, Date, Subject and the body as it stands;
 * trace fields (Received, Delivered-To, Return-Path, …) and all others do not count.
 */
import { createHash, type Hash } from 'node:crypto';

const COUNTED = ['message-id', 'from', 'date', 'subject'];
/** A header larger than this is cut for the identity: hostile mails have megabytes of it. */
const HEADER_LIMIT = 1 << 20;

/** Takes a mail's raw bytes in chunks of any size and tells its identity at the end. */
export class IdentityHash {
  readonly #body: Hash = createHash('sha256');
  #header: Buffer | null = Buffer.alloc(0);
  #fields = '';
  /** Line ends are counted as LF, since servers and tools change them; a CR at a chunk's end waits here. */
  #heldCr = false;

  update(chunk: Buffer): void {
    if (this.#header === null) {
      this.#updateBody(chunk);
      return;
    }
    const header = Buffer.concat([this.#header, chunk]);
    const end = endOfHeader(header);
    if (end === null && header.length < HEADER_LIMIT) {
      this.#header = header;
      return;
    }
    const [fieldsEnd, bodyStart] = end ?? [header.length, header.length];
    this.#fields = countedFields(header.subarray(0, fieldsEnd).toString('latin1'));
    this.#header = null;
    this.#updateBody(header.subarray(bodyStart));
  }

  /** Lower-case hex, 64 characters. */
  digest(): string {
    if (this.#header !== null) this.#fields = countedFields(this.#header.toString('latin1'));
    if (this.#heldCr) this.#body.update('\r');
    return createHash('sha256').update(this.#fields).update('\0').update(this.#body.digest()).digest('hex');
  }

  #updateBody(chunk: Buffer): void {
    if (chunk.length === 0) return;
    let text = chunk.toString('latin1');
    if (this.#heldCr) text = `\r${text}`;
    this.#heldCr = text.endsWith('\r');
    if (this.#heldCr) text = text.slice(0, -1);
    this.#body.update(text.replaceAll('\r\n', '\n'), 'latin1');
  }
}

export function identityOf(raw: Buffer): string {
  const hash = new IdentityHash();
  hash.update(raw);
  return hash.digest();
}

/** Where the header ends and where the body starts, or null when the blank line has not come yet. */
function endOfHeader(bytes: Buffer): [number, number] | null {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf < 0 && lf < 0) return null;
  return lf < 0 || (crlf >= 0 && crlf < lf) ? [crlf, crlf + 4] : [lf, lf + 2];
}

function countedFields(header: string): string {
  const found = new Map<string, string>();
  for (const field of header
    .replace(/\r\n/g, '\n')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')) {
    const colon = field.indexOf(':');
    const name = field.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (COUNTED.includes(name) && !found.has(name))
      found.set(
        name,
        field
          .slice(colon + 1)
          .trim()
          .replace(/[ \t]+/g, ' '),
      );
  }
  return COUNTED.map((name) => `${name}:${found.get(name) ?? ''}`).join('\n');
}
