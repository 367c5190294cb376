/** Decodes raw mails as they arrive, so that a mail of any size costs little memory: attachments are hashed as they pass, never kept. */
import { Readable } from 'node:stream';
import type { Address, AttachedMessage, Attachment, Header, Message } from '../../domain/message.ts';
import type { Mime } from '../../pipeline/ports.ts';
import { understand } from '../../reading/understand.ts';
import { type Mailbox, mailboxesIn } from './addresses.ts';
import { type ArrivingFile, ArrivingMail } from './arriving.ts';
import { extractPacked, looked } from './attachment.ts';
import { collected } from './collected.ts';
import { decodedWords, fieldValue, type HeaderLine } from './part-head.ts';
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

async function parseLevel(raw: Readable, prefix: string, level: number): Promise<Message> {
  const mail = new ArrivingMail(raw);
  const attachments: Attachment[] = [];
  const attached: AttachedMessage[] = [];
  let count = 0;
  for await (const file of mail.files()) {
    const part = `${prefix}${count}`;
    count += 1;
    if (count > MOST_PARTS) continue;
    if (isMessage(file) && level < MOST_LEVELS) {
      const bytes = await collected(file.content, MOST_ATTACHED_BYTES);
      if (bytes !== null) {
        const message = await parseLevel(Readable.from([bytes], { objectMode: false }), `${part}/`, level + 1);
        attached.push({ part, name: file.filename ?? '', message });
      }
    } else attachments.push(...(await looked(file, part)));
  }
  return messageOf(mail, attachments, attached);
}

async function extractLevel(
  raw: Readable,
  prefix: string,
  level: number,
  parts: ReadonlySet<string>,
  each: (part: string, body: Readable) => Promise<void>,
): Promise<void> {
  let count = 0;
  for await (const file of new ArrivingMail(raw).files()) {
    const part = `${prefix}${count}`;
    count += 1;
    const inside = [...parts].some((wanted) => wanted.startsWith(`${part}/`));
    if (parts.has(part)) await handOut(file.content, (body) => each(part, body));
    else if (inside && isMessage(file) && level < MOST_LEVELS) {
      const bytes = await collected(file.content, MOST_ATTACHED_BYTES);
      if (bytes !== null) await extractLevel(Readable.from([bytes], { objectMode: false }), `${part}/`, level + 1, parts, each);
    } else if (inside) await extractPacked(file.content, part, parts, each);
  }
}

/** Who gets a content as a stream may leave the rest of it: the mail goes on when the stream has let go of it. */
async function handOut(content: AsyncIterable<Buffer>, take: (body: Readable) => Promise<void>): Promise<void> {
  const body = Readable.from(content, { objectMode: false });
  await take(body);
  if (body.closed) return;
  const closed = new Promise((resolve) => body.once('close', resolve));
  body.on('error', () => undefined).destroy();
  await closed;
}

function isMessage(file: ArrivingFile): boolean {
  return file.contentType === 'message/rfc822';
}

function messageOf(mail: ArrivingMail, attachments: Attachment[], attached: AttachedMessage[]): Message {
  const lines = mail.head?.lines ?? [];
  const { text, html } = mail.body();
  const headers = lines.map((line) => headerOf(line, lines));
  const first = (name: string) => lines.find(({ key }) => key === name);
  const addresses = (name: string) => lines.filter(({ key }) => key === name).flatMap(addressesIn);
  const [subject, id, from, sender, replyTo] = ['subject', 'message-id', 'from', 'sender', 'reply-to'].map(first);
  return {
    headers,
    messageId: (id && idOf(id)?.trim()) || null,
    inReplyTo: idsOf(headers, 'in-reply-to'),
    references: idsOf(headers, 'references'),
    from: (from && addressesIn(from)[0]) ?? null,
    sender: (sender && addressesIn(sender)[0]) ?? null,
    replyTo: replyTo ? addressesIn(replyTo) : [],
    to: addresses('to'),
    cc: addresses('cc'),
    date: headers.find((field) => field.name === 'date')?.value || null,
    subject: decodedWords(subject ? fieldValue(subject.line) : '')
      .slice(0, MOST_SUBJECT)
      .replace(/\s+/g, ' ')
      .trim(),
    text: text?.trim() ? text : null,
    html: html || null,
    attachments: attachments.map((one) => ({
      ...one,
      embedded: one.inside !== undefined ? one.embedded : one.contentId !== null && (html?.includes(`cid:${one.contentId}`) ?? false),
    })),
    attached,
  };
}

/** Unfolded (RFC 5322 §2.2.3); encoded words are decoded where the field is plain text that stands once. */
function headerOf({ key, line }: HeaderLine, lines: HeaderLine[]): Header {
  const folded = line.slice(line.indexOf(':') + 1);
  const value = (folded.includes('\n') ? folded.replace(/\r?\n[ \t]+/g, ' ') : folded).trim();
  return { name: key, value: value.includes('=?') ? (decodedField(key, lines) ?? value) : value };
}

/** Null where the field is structured, or stands several times. */
function decodedField(key: string, lines: HeaderLine[]): string | null {
  const found = lines.filter((line) => line.key === key);
  const [first] = found;
  if (first === undefined || STRUCTURED.test(key) || (found.length > 1 && !ONCE.has(key))) return null;
  if (key === 'message-id' || key === 'in-reply-to') return idOf(first);
  if (key === 'subject') return decodedWords(fieldValue(first.line)) || null;
  if (key === 'references') {
    const ids = decodedWords(fieldValue(first.line)).split(/\s+/).filter(Boolean);
    return ids.length === 1 ? bracketed(ids[0] as string) : null;
  }
  return fieldValue(first.line) || null;
}

/** Fields that say something only as a whole: addresses, parameters, dates, lists. */
const STRUCTURED =
  /^(?:content-(?:type|disposition)|dkim-signature|date|from|to|cc|bcc|sender|reply-to|delivered-to|return-path|disposition-notification-to|(?:x-|x-msmail-)?priority|importance|list-.*)$/;
/** Where such a field stands several times, the first counts. */
const ONCE = new Set(
  'message-id content-id in-reply-to subject content-transfer-encoding mime-version content-description precedence errors-to'.split(' '),
);

function idOf({ line }: HeaderLine): string | null {
  const id = decodedWords(fieldValue(line));
  return id === '' ? null : bracketed(id);
}

function bracketed(id: string): string {
  return `${id.startsWith('<') ? '' : '<'}${id}${id.endsWith('>') ? '' : '>'}`;
}

/** The Message-IDs of a field, with angle brackets (RFC 5322 §3.6.4). */
function idsOf(headers: Header[], name: string): string[] {
  return headers.filter((field) => field.name === name).flatMap((field) => field.value.match(/<[^<>\s]+>/g) ?? []);
}

function addressesIn({ line }: HeaderLine): Address[] {
  return mailboxesIn(fieldValue(line)).map(addressOf);
}

function addressOf({ name, address }: Mailbox): Address {
  const at = address.lastIndexOf('@');
  return {
    name: name.slice(0, MOST_NAME).replace(/\s+/g, ' ').trim(),
    address: at < 0 ? address : address.slice(0, at) + address.slice(at).toLowerCase(),
  };
}
