/** One email as it arrived, decoded but not yet understood. Its raw bytes are kept elsewhere (see the port `Raws`). */

/** One mailbox of an address list (RFC 5322 §3.4); `name` is the decoded display name or '', `address` is trimmed, its domain lower-case. */
export type Address = { name: string; address: string };

/** A header field in the order in which it stood: `name` lower-case, `value` unfolded and with RFC 2047 words decoded. */
export type Header = { name: string; value: string };

/** One file of a message. Its bytes are not here: `part` finds them again in the raw mail. */
export type Attachment = {
  /** Where it stands: the running number of the attachment, `2/0` for the first one inside the attached message or archive 2. */
  part: string;
  /** The decoded file name, or '' where the mail gives none. */
  name: string;
  /** As declared, lower-case, without parameters: `image/jpeg`. */
  mimeType: string;
  /** What the first bytes say it is (`image/heic`), or null where they say nothing. */
  sniffedType: string | null;
  bytes: number;
  /** SHA-256 of the decoded bytes, lower-case hex. */
  sha256: string;
  /** Content-Disposition (RFC 2183) without parameters, lower-case; null where there is none. */
  disposition: string | null;
  /** Content-ID without its angle brackets. */
  contentId: string | null;
  /** Whether an HTML body of the message shows it (`cid:` or Content-Location). */
  embedded: boolean;
  /** Width and height of an image whose header could be read. */
  pixels: { width: number; height: number } | null;
  /** The archive (zip, winmail.dat) in which it came. */
  inside?: string;
  /** Why it cannot be passed on, where unpacking found that: a few words that a tenant understands. */
  problem?: string;
};

export type Message = {
  headers: Header[];
  /** With angle brackets, as RFC 5322 §3.6.4 writes it; null where missing. */
  messageId: string | null;
  inReplyTo: string[];
  references: string[];
  from: Address | null;
  sender: Address | null;
  replyTo: Address[];
  to: Address[];
  cc: Address[];
  /** The Date header as it stands: never a guess, such as now. */
  date: string | null;
  subject: string;
  /** All plain text parts, decoded; null where the mail has none. */
  text: string | null;
  /** All HTML parts, decoded; null where the mail has none. */
  html: string | null;
  attachments: Attachment[];
  /** The message/rfc822 parts, parsed in turn, in order. */
  attached: AttachedMessage[];
};

export type AttachedMessage = { part: string; name: string; message: Message };

/** The value of the first header field of that name (any case), or null. */
export function header(message: Message, name: string): string | null {
  const wanted = name.toLowerCase();
  return message.headers.find((field) => field.name === wanted)?.value ?? null;
}

/** The values of all header fields of that name (any case), in order. */
export function headerAll(message: Message, name: string): string[] {
  const wanted = name.toLowerCase();
  return message.headers.filter((field) => field.name === wanted).map((field) => field.value);
}

/** The domain of an address, lower-case; '' where it has none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
