/** Decodes raw mails with mailparser's stream, so that a mail of any size costs little memory: attachments are hashed as they pass, never kept. */
import { Readable } from 'node:stream';
import { type AttachmentStream, type EmailAddress, type HeaderLines, type Headers, MailParser, type MessageText } from 'mailparser';
import { Failure } from '../../domain/failure.ts';
import type { Address, AttachedMessage, Attachment, Header, Message } from '../../domain/message.ts';
import type { Mime } from '../../pipeline/ports.ts';
import { understand } from '../../reading/understand.ts';
import { extractPacked, looked, textOrNull } from './attachment.ts';
import { collected } from './collected.ts';
import { Turns } from './turns.ts';

/** Messages inside messages are followed this deep; a deeper one is an attachment like any other. */
const MOST_LEVELS = 5;
/** What is longer was written by nobody: a subject, the name of a sender. */
const MOST_SUBJECT = 1_000;
const MOST_NAME = 200;
/** A message inside a message is parsed from memory, so a larger one is left as a file. */
const MOST_ATTACHED_BYTES = 32 << 20;
/** Attachments after so many in one message are passed over: nobody sends them by hand. */
const MOST_PARTS = 500;

/** Mails whose files are taken out at once. What is done with a file is slower than taking it out, so more of them would only hold memory. */
const EXTRACTING = new Turns(2);

export const mime: Mime = {
  parse: (raw) => parseLevel(raw, '', 0),
  async read(raw, context) {
    const message = await parseLevel(raw, '', 0);
    return { message, understanding: understand(message, context) };
  },
  async extract(raw, parts, each) {
    await EXTRACTING.take(() => extractLevel(raw, '', 0, parts, each));
  },
};

/** mailparser's own conversions are left out: they are slow, glue table cells and can be made to hang. */
function parser(): MailParser {
  return new MailParser({ skipHtmlToText: true, skipImageLinks: true, skipTextLinks: true });
}

async function parseLevel(raw: Readable, prefix: string, level: number): Promise<Message> {
  const mail = parser();
  let headers: Headers = new Map();
  let lines: HeaderLines = [];
  mail.on('headers', (value) => {
    headers = value;
  });
  mail.on('headerLines', (value) => {
    lines = value;
  });
  let text: MessageText | null = null;
  const attachments: Attachment[] = [];
  const attached: AttachedMessage[] = [];
  let count = 0;
  for await (const item of itemsOf(raw, mail)) {
    if (item.type === 'text') {
      text = item;
      continue;
    }
    const part = `${prefix}${count}`;
    count += 1;
    if (count > MOST_PARTS) item.content.resume();
    else if (isMessage(item) && level < MOST_LEVELS) {
      const bytes = await collected(item.content, MOST_ATTACHED_BYTES);
      if (bytes !== null) {
        const message = await parseLevel(Readable.from([bytes], { objectMode: false }), `${part}/`, level + 1);
        attached.push({ part, name: textOrNull(item.filename) ?? '', message });
      }
    } else attachments.push(...(await looked(item, part)));
    item.release?.();
  }
  return messageOf(mail, headers, lines, text, attachments, attached);
}

async function extractLevel(
  raw: Readable,
  prefix: string,
  level: number,
  parts: ReadonlySet<string>,
  each: (part: string, body: Readable) => Promise<void>,
): Promise<void> {
  let count = 0;
  for await (const item of itemsOf(raw, parser())) {
    if (item.type === 'text') continue;
    const part = `${prefix}${count}`;
    count += 1;
    const inside = [...parts].some((wanted) => wanted.startsWith(`${part}/`));
    if (parts.has(part)) await each(part, item.content as Readable);
    else if (inside && isMessage(item) && level < MOST_LEVELS) {
      const bytes = await collected(item.content, MOST_ATTACHED_BYTES);
      if (bytes !== null) await extractLevel(Readable.from([bytes], { objectMode: false }), `${part}/`, level + 1, parts, each);
    } else if (inside) await extractPacked(item.content, part, parts, each);
    item.content.resume();
    item.release?.();
  }
}

/** The parser's objects in order. @throws Failure, from the raw stream as it is, from the parser as mail-unreadable */
async function* itemsOf(raw: Readable, mail: MailParser): AsyncGenerator<AttachmentStream | MessageText> {
  let broken: Error | null = null;
  let open: Readable | null = null;
  raw.once('error', (error) => {
    broken = error;
    mail.destroy(error);
  });
  // An attachment that is being read when the parser gives up would never end.
  mail.once('error', (error) => open?.destroy(broken ?? asFailure(error)));
  raw.pipe(mail);
  try {
    for await (const item of mail) {
      if (item.type === 'attachment') open = (item.content as Readable).on('error', () => undefined);
      yield item as AttachmentStream | MessageText;
    }
  } catch (error) {
    throw broken ?? asFailure(error);
  } finally {
    raw.destroy();
  }
}

function asFailure(error: unknown): Error {
  if (error instanceof Failure) return error;
  return new Failure('mail-unreadable', error instanceof Error ? error.message : String(error), { cause: error });
}

function isMessage(item: AttachmentStream): boolean {
  return textOrNull(item.contentType)?.toLowerCase() === 'message/rfc822';
}

function messageOf(
  mail: MailParser,
  parsed: Headers,
  lines: HeaderLines,
  text: MessageText | null,
  attachments: Attachment[],
  attached: AttachedMessage[],
): Message {
  const headers = lines.map((line) => headerOf(line.key, line.line, parsed));
  const html = text?.html || null;
  return {
    headers,
    messageId: mail.messageId?.trim() || null,
    inReplyTo: idsOf(headers, 'in-reply-to'),
    references: idsOf(headers, 'references'),
    from: addressesOf(parsed, 'from')[0] ?? null,
    sender: addressesOf(parsed, 'sender')[0] ?? null,
    replyTo: addressesOf(parsed, 'reply-to'),
    to: addressesOf(parsed, 'to'),
    cc: addressesOf(parsed, 'cc'),
    date: headers.find((field) => field.name === 'date')?.value || null,
    subject: (mail.subject ?? '').slice(0, MOST_SUBJECT).replace(/\s+/g, ' ').trim(),
    text: text?.text?.trim() ? text.text : null,
    html,
    attachments: attachments.map((one) => ({
      ...one,
      embedded: one.inside !== undefined ? one.embedded : html !== null && one.contentId !== null && html.includes(`cid:${one.contentId}`),
    })),
    attached,
  };
}

/** Unfolded (RFC 5322 §2.2.3); with encoded words where mailparser decoded them, which it does for single fields of plain text. */
function headerOf(key: string, line: string, parsed: Headers): Header {
  const value = line
    .slice(line.indexOf(':') + 1)
    .replace(/\r?\n[ \t]+/g, ' ')
    .trim();
  const decoded = value.includes('=?') ? parsed.get(key) : undefined;
  return { name: key.toLowerCase(), value: typeof decoded === 'string' ? decoded : value };
}

/** The Message-IDs of a field, with angle brackets (RFC 5322 §3.6.4). */
function idsOf(headers: Header[], name: string): string[] {
  return headers.filter((field) => field.name === name).flatMap((field) => field.value.match(/<[^<>\s]+>/g) ?? []);
}

function addressesOf(parsed: Headers, name: string): Address[] {
  const value = parsed.get(name);
  if (value === undefined || typeof value === 'string') return [];
  const lists = (Array.isArray(value) ? value : [value]) as { value?: EmailAddress[] }[];
  return lists.flatMap((list) => (list.value ?? []).flatMap((one) => (one.group ? one.group.map(addressOf) : [addressOf(one)])));
}

function addressOf(one: EmailAddress): Address {
  const address = (one.address ?? '').trim();
  const at = address.lastIndexOf('@');
  return {
    name: (one.name ?? '').slice(0, MOST_NAME).replace(/\s+/g, ' ').trim(),
    address: at < 0 ? address : address.slice(0, at) + address.slice(at).toLowerCase(),
  };
}
