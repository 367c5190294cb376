/**
 * The letters inside one message: what its sender wrote, and below or inside it what was forwarded, down to the innermost one.
 * Unwrapping makes them (unwrap.ts), and all fields are read from them (fields/).
 */
import type { Address, Attachment, Message } from '../domain/message.ts';

/**
 * `body`: the person's own words. `signature`: the block that names and places its writer. `quoted`: earlier mail in the thread
 * that this letter answers. `footer`: disclaimers, "Sent from my iPhone", unsubscribe lines. `banner`: what a mail system put on top.
 */
export type SectionKind = 'body' | 'signature' | 'quoted' | 'footer' | 'banner';

/** A run of whole lines of one kind; `text` has LF line ends and no quote marks. */
export type Section = { kind: SectionKind; text: string };

export type Letter = {
  /** `sender`: the message's own. `forwarded`: found inside the text. `attached`: a message/rfc822 part. */
  by: 'sender' | 'forwarded' | 'attached';
  /** Who wrote it; a forwarded header can name a person without an address (address ''). Null where nothing tells. */
  from: Address | null;
  to: Address[];
  /** Decoded; prefixes such as `Fwd:` and `RE:` still stand. */
  subject: string;
  /** When it was written, as its header says it, unparsed; null where nothing tells. */
  date: string | null;
  /** In the order in which they stand; none is added or changed once the letter is made. */
  sections: Section[];
  /** The files that came with this letter; those of an inline forward belong to the innermost letter. */
  attachments: Attachment[];
  /** Whether the agency's staff wrote it (by `Agency.staff`). */
  byStaff: boolean;
  /** The message in which it stands: its own, or that of the one who forwarded it. */
  message: Message;
};

const texts = new WeakMap<Section[], Map<string, string>>();

/** The text of all sections of these kinds, joined by a blank line; '' where there are none. The same string each time: it is asked for often. */
export function textOf({ sections }: Letter, ...kinds: SectionKind[]): string {
  let known = texts.get(sections);
  if (known === undefined) {
    known = new Map();
    texts.set(sections, known);
  }
  const key = kinds.length === 1 ? (kinds[0] as string) : kinds.join();
  let text = known.get(key);
  if (text === undefined) {
    text = sections
      .filter((section) => kinds.includes(section.kind))
      .map((section) => section.text)
      .join('\n\n');
    known.set(key, text);
  }
  return text;
}
