/** Finds the letters inside a message: what the sender wrote, and what was forwarded inline or attached, down to the innermost. */
import { type Address, domainOf, type Message } from '../domain/message.ts';
import type { ReadingContext } from './context.ts';
import { htmlToText } from './html.ts';
import type { Letter } from './letter.ts';
import { findHead, type Head } from './letter-head.ts';
import { bare, reflow, tidy } from './plain.ts';
import { sectionsOf } from './section.ts';
import { pageAsLines, textAsLines } from './shapes/shapes.ts';
import { isMachine } from './whose.ts';

const MOST_LETTERS = 12;
/** A text part shorter than this may be a stub beside the real HTML part. */
const STUB = 200;
const FORWARD_SUBJECT = /^\s*(fwd?|wg|tr|pd|i|vs)\s*:/i;

/** The letters from the outermost to the innermost; the first is the sender's own. */
export function unwrap(message: Message, context: ReadingContext): Letter[] {
  return unwrapMessage(message, context, 'sender', 0).slice(0, MOST_LETTERS);
}

function unwrapMessage(message: Message, context: ReadingContext, by: 'sender' | 'attached', depth: number): Letter[] {
  const outer: Letter = {
    by,
    from: personOf(message),
    to: message.to,
    subject: message.subject,
    date: message.date,
    sections: [],
    attachments: message.attachments,
    byStaff: isStaff(message.from, context),
    message,
  };
  const letters = cut(textOfMessage(message), outer, context);
  if (depth < 5) for (const inner of message.attached) letters.push(...unwrapMessage(inner.message, context, 'attached', depth + 1));
  const innermost = letters.findLast((letter) => letter.by === 'forwarded');
  if (by === 'sender' && innermost && message.attached.length === 0) {
    innermost.attachments = message.attachments;
    outer.attachments = [];
  }
  return letters;
}

/** The person behind a message: Reply-To, where From is a shared address or a machine that names nobody. */
function personOf(message: Message): Address | null {
  const [reply] = message.replyTo;
  if (
    message.from &&
    reply &&
    reply.name !== '' &&
    (/\d|\b(flat|house|team|shared|notif|no-?reply|portal)/i.test(message.from.name) ||
      /^(?:transcripts?|chats?|conversations?)@/i.test(message.from.address))
  )
    return reply;
  return message.from;
}

/** The text of a message as its writer saw it: the plain part, or the HTML part where that says more. */
export function textOfMessage(message: Message): string {
  // Yahoo's text part writes the divider and the whole header block on one line.
  const plain =
    message.text === null ? '' : textAsLines(tidy(message.text)).replace(/(-{4,} ?Forwarded message ?-{4,}) *(?=From:)/gi, '$1\n');
  if (message.html === null || plain.length >= STUB) return reflow(plain);
  const html = pageAsLines(tidy(htmlToText(message.html)));
  return html.length > plain.length * 1.5 ? html : reflow(plain);
}

/** Cuts one text into letters at the header blocks that forwarding programs write. */
function cut(text: string, outer: Letter, context: ReadingContext, level = 1): Letter[] {
  const lines = text.split('\n');
  const head = level < MOST_LETTERS ? findHead(lines, 0) : null;
  const words = nameWords(outer.from);
  if (head === null) {
    outer.sections = sectionsOf(text, words);
    return [outer];
  }
  const around = aroundQuote(lines, head);
  if (!isForward(head, outer, around.own, context)) {
    outer.sections = sectionsOf(around.own.join('\n').trim(), words);
    outer.sections.push({
      kind: 'quoted',
      text: unquote([...lines.slice(head.start, head.end), ...around.quoted])
        .join('\n')
        .trim(),
    });
    return [outer];
  }
  let { own } = around;
  let rest = unquote(around.quoted);
  const tail = tailOf(rest, outer);
  if (tail !== null) {
    own = [...own, ...rest.slice(tail)];
    rest = rest.slice(0, tail);
  }
  outer.sections = sectionsOf(own.join('\n').trim(), words);
  const inner: Letter = {
    by: 'forwarded',
    from: head.from,
    to: head.to,
    subject: head.subject,
    date: head.date,
    sections: [],
    attachments: [],
    byStaff: isStaff(head.from, context) || (head.from !== null && head.from.address === '' && isStaffName(head.from.name, outer, context)),
    message: outer.message,
  };
  return [outer, ...cut(rest.join('\n').trim(), inner, context, level + 1)];
}

/** What the writer wrote above, below and between the lines of a quoted mail, and the quoted lines. */
function aroundQuote(lines: string[], head: Head): { own: string[]; quoted: string[] } {
  const above = lines.slice(0, head.start);
  const below = lines.slice(head.end);
  const isMarked = (line: string) => /^\s*>/.test(line);
  if (head.forwarded || !isMarked(below.find((line) => line.trim() !== '') ?? '')) return { own: above, quoted: below };
  const own: string[] = [];
  const quoted: string[] = [];
  for (const line of below) {
    // A line that a mail program wrapped lost its mark.
    const isWrapped = (quoted.at(-1)?.length ?? 0) > 60 && own.at(-1) !== '' && line.trim() !== '' && line.length < 30 && own.length === 0;
    (isMarked(line) || isWrapped ? quoted : own).push(line);
  }
  return { own: own.some((line) => line.trim() !== '') ? [...above, '', ...own] : above, quoted };
}

/** An answer quotes what it answers; staff who send an answer to the mailbox mean the tenant's letter below. */
function isForward(head: Head, outer: Letter, own: string[], context: ReadingContext): boolean {
  if (head.forwarded || FORWARD_SUBJECT.test(outer.subject)) return true;
  if (outer.byStaff) return !isStaff(head.from, context);
  if (outer.by === 'forwarded') return true;
  return own.join('').trim() === '' && !isStaff(head.from, context);
}

/** Removes the quote marks where every full line of a forwarded part has one. */
function unquote(lines: string[]): string[] {
  const full = lines.filter((line) => line.trim() !== '');
  const quoted = full.filter((line) => /^\s*>/.test(line)).length;
  return quoted > 0 && quoted >= full.length * 0.8 ? lines.map((line) => line.replace(/^\s*>\s?/, '')) : lines;
}

/** Gmail puts the forwarder's own signature below the forwarded part: where it begins, or null. */
function tailOf(lines: string[], outer: Letter): number | null {
  const words = nameWords(outer.from);
  for (let index = lines.length - 1; index > 0 && index > lines.length - 14; index -= 1) {
    if (/^--\s*$/.test(lines[index] ?? '')) {
      const below = bare(lines.slice(index + 1).join(' ')).split(' ');
      return words.some((word) => below.includes(word)) ? index : null;
    }
  }
  return null;
}

const namesOf = new WeakMap<Address, readonly string[]>();

/** The words of a name in small letters, with its initials; those of the address where there is no name. */
export function nameWords(from: Address | null): readonly string[] {
  if (from === null) return [];
  let words = namesOf.get(from);
  if (words === undefined) {
    words = wordsOfName(from);
    namesOf.set(from, words);
  }
  return words;
}

function wordsOfName(from: Address): string[] {
  const words = bare(from.name).split(' ');
  const local = from.name === '' ? bare(from.address.split('@')[0] ?? '').split(' ') : [];
  const all = [...words, ...local].filter((word) => word !== '' && !/^\d+$/.test(word));
  const initials = all.map((word) => word.slice(0, 1));
  return [...all, ...initials];
}

/** @see Agency.staff: addresses and whole domains; the mailbox's own address is staff too. */
export function isStaff(from: Address | null, context: ReadingContext): boolean {
  if (from === null || from.address === '') return false;
  const address = from.address.toLowerCase();
  const known = [...context.agency.staff, ...context.agency.ownAddresses].map((one) => one.toLowerCase());
  return known.includes(address) || (!isMachine(address) && known.includes(domainOf(address)));
}

/** A forwarded header without an address that names the one to whom the letter above was written by. */
function isStaffName(name: string, outer: Letter, context: ReadingContext): boolean {
  return (
    bare(name) === bare(context.agency.name) ||
    (outer.byStaff && bare(name) === bare(outer.from?.name ?? '')) ||
    outer.to.some((to) => isStaff(to, context) && bare(to.name) === bare(name))
  );
}
