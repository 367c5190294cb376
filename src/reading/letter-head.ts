/** The header block that mail programs write above a forwarded or quoted letter, in its many forms. */
import type { Address } from '../domain/message.ts';

export type Head = {
  from: Address | null;
  to: Address[];
  date: string | null;
  subject: string;
  /** Index of the first line that belongs to the block (its divider included) and of the first one after it. */
  start: number;
  end: number;
  /** Whether the divider itself says that the letter was forwarded (not only quoted in an answer). */
  forwarded: boolean;
};

const NAMES: Record<string, 'from' | 'to' | 'date' | 'subject' | 'other'> = {
  from: 'from',
  von: 'from',
  de: 'from',
  od: 'from',
  sent: 'date',
  date: 'date',
  gesendet: 'date',
  datum: 'date',
  envoyé: 'date',
  data: 'date',
  to: 'to',
  an: 'to',
  à: 'to',
  do: 'to',
  subject: 'subject',
  betreff: 'subject',
  objet: 'subject',
  temat: 'subject',
  van: 'from',
  da: 'from',
  från: 'from',
  fra: 'from',
  'de la': 'from',
  verzonden: 'date',
  enviado: 'date',
  'enviado el': 'date',
  'enviada em': 'date',
  fecha: 'date',
  inviato: 'date',
  skickat: 'date',
  sendt: 'date',
  dato: 'date',
  trimis: 'date',
  wysłano: 'date',
  aan: 'to',
  para: 'to',
  a: 'to',
  till: 'to',
  til: 'to',
  către: 'to',
  onderwerp: 'subject',
  asunto: 'subject',
  assunto: 'subject',
  oggetto: 'subject',
  ämne: 'subject',
  emne: 'subject',
  subiect: 'subject',
  cc: 'other',
  bcc: 'other',
  'reply-to': 'other',
  importance: 'other',
  attachments: 'other',
};
const FIELD = new RegExp(`^[\\s*_]*(${Object.keys(NAMES).join('|')})[*_]*\\s?:[*_]*\\s*(.*)$`, 'i');
/** The names of From, without which no block begins. */
const FROM = new RegExp(
  `^[\\s*_]*(?:${Object.keys(NAMES)
    .filter((name) => NAMES[name] === 'from')
    .join('|')})[*_]*\\s?:`,
  'i',
);
/** Gmail's line of dashes, and the words of Apple Mail in the languages that we met or know. */
const FORWARDED =
  /^\s*(?:-{2,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|fwd)(?![\p{L}]).*|(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:transféré|réexpédié)|początek (?:przekazywanej|przekazanej) wiadomości|inicio del mensaje reenviado|inizio(?: del)? messaggio inoltrato|begin doorgestuurd bericht|início da mensagem (?:re)?encaminhada|vidarebefordrat brev|start på videresendt (?:besked|melding))\s*:?|-{2,}\s*forwarded by\b.*)$/iu;
const ORIGINAL = /^\s*(?:-{2,}\s*(?:original message|original-nachricht|ursprüngliche nachricht|message d'origine)\s*-*|[_]{10,})\s*$/i;
/** RFC 5322 has no such thing; every program words it its own way: `On 2 Feb 2026, at 10:14, A B <a@b> wrote:`. */
const WROTE = /^\s*(?:On|Am|Le|W dniu)\b.{6,160}\b(?:wrote|schrieb|écrit|napisał\(a\)|napisał)\b.{0,80}:\s*$/i;

/** What one of the lines below has at least: nearly all lines of a mail have nothing of it. */
const HEADLIKE = new RegExp(`^[\\s>]*(?:--|_{10}|begin forwarded)|:\\s*$|^\\s*On\\b|\\d[:.h]\\d{2}|${FROM.source}`, 'i');

const QUOTE_MARKS = /^\s*(?:>\s?)+/;

/** What all programs have in common, in any language: a time, the writer's address and a colon above the first quoted line. */
const ABOVE_QUOTE = /\d{1,2}[:.h]\d{2}.{0,120}<\s?[^<>\s@]+@[^<>\s@]+>.{0,30}:\s*$/u;

/** The first header block at or after a line, or null. */
export function findHead(lines: string[], from: number): Head | null {
  for (let index = from; index < lines.length; index += 1) {
    const head = headAt(lines, index);
    if (head !== null) return head;
  }
  return null;
}

function headAt(lines: string[], index: number): Head | null {
  const line = lines[index] ?? '';
  if (!HEADLIKE.test(line)) return null;
  // Apple Mail quotes a forward that has no note, its divider included.
  const forwarded = FORWARDED.test(line.replace(QUOTE_MARKS, ''));
  if (forwarded || ORIGINAL.test(line)) {
    const first = nextFull(lines, index + 1);
    const block = first === null ? null : blockAt(lines, first);
    return block === null ? null : { ...block, start: index, forwarded: forwarded || /original/i.test(line) };
  }
  const wrote = WROTE.test(line)
    ? line
    : /^\s*On\b/i.test(line) && WROTE.test(`${line} ${lines[index + 1] ?? ''}`)
      ? `${line} ${lines[index + 1]}`
      : null;
  if (wrote !== null) return wroteHead(wrote, index, wrote === line ? 1 : 2);
  if (/\d{1,2}[:.h]\d{2}/.test(line))
    for (const count of [1, 2]) {
      const above = lines.slice(index, index + count).join(' ');
      const below = nextFull(lines, index + count);
      if (ABOVE_QUOTE.test(above) && below !== null && /^\s*>/.test(lines[below] ?? '')) return wroteHead(above, index, count);
    }
  return FROM.test(line) ? blockAt(lines, index) : null;
}

function nextFull(lines: string[], index: number): number | null {
  for (let at = index; at < lines.length && at < index + 4; at += 1) if (lines[at]?.replace(QUOTE_MARKS, '').trim()) return at;
  return null;
}

/** At least three of From, Date or Sent, To, Subject, one a line or run together on one line. */
function blockAt(lines: string[], start: number): Head | null {
  const found: Partial<Record<'from' | 'to' | 'date' | 'subject' | 'other', string>> = {};
  let end = start;
  let last: keyof typeof found | null = null;
  for (const line of splitRunTogether(lines, start)) {
    const match = FIELD.exec(line.text);
    const field = match ? NAMES[(match[1] ?? '').toLowerCase()] : undefined;
    if (match && field) {
      // Gmail writes Apple Mail's bold labels as stars: `*Date: *29 June 2026`.
      found[field] ??= (match[2] ?? '').trim().replace(/^\*+\s?|\*+$/g, '');
      last = field;
    } else if (last !== null && line.text.trim() !== '' && (found[last] === '' || (last !== 'subject' && /^\s+\S/.test(line.text)))) {
      found[last] = `${found[last]} ${line.text.trim()}`.trim();
    } else break;
    end = line.next;
    if (end - start > 16) break;
  }
  const count = (['from', 'date', 'to', 'subject'] as const).filter((field) => found[field] !== undefined).length;
  if (found.from === undefined && !(found.subject !== undefined && found.date !== undefined)) return null;
  if (count < 3) return null;
  return {
    from: addressIn(found.from ?? ''),
    to: addressesIn(found.to ?? ''),
    date: found.date || null,
    subject: found.subject ?? '',
    start,
    end,
    forwarded: false,
  };
}

/** Yahoo's text part writes `From: … To: … Sent: … Subject: …` on one line. */
function* splitRunTogether(lines: string[], start: number): Generator<{ text: string; next: number }> {
  for (let index = start; index < lines.length; index += 1) {
    const line = (lines[index] ?? '').replace(QUOTE_MARKS, '');
    const parts = /(From|Sent|Date)\s?:.*(To|Sent|Date)\s?:.*Subject\s?:/i.test(line)
      ? line.split(/\s*(?=(?:To|Cc|Sent|Date|Subject)\s?:)/)
      : [line];
    for (const text of parts) yield { text, next: index + 1 };
  }
}

function wroteHead(line: string, index: number, count: number): Head {
  const inner = line.replace(/^\s*(?:On|Am|Le|W dniu)\s+/i, '').replace(/\s*\b(?:wrote|schrieb|écrit|napisał\(a\)|napisał)\b.*$/i, '');
  const address = addressIn(inner);
  const at = /,?\s*([^,<>]*?)\s*<[^<>]+>\s*$/.exec(inner);
  const plain = at ? null : /^(.*\d{1,2}[:.]\d{2}(?:\s?[ap]m)?),?\s+(.+)$/i.exec(inner);
  return {
    from: at
      ? { name: unquoted(at[1] ?? ''), address: address?.address ?? '' }
      : plain
        ? { name: unquoted(plain[2] ?? ''), address: '' }
        : address,
    to: [],
    date: (at ? inner.slice(0, at.index) : (plain?.[1] ?? inner)).replace(/,?\s*$/, ''),
    subject: '',
    start: index,
    end: index + count,
    forwarded: false,
  };
}

/** `Name <a@b>`, `"Name" <a@b<mailto:a@b>>`, `a@b` or a name alone. */
export function addressIn(text: string): Address | null {
  const plain = text.replace(/<mailto:[^>]*>/gi, '').replace(/\[mailto:([^\]]*)\]/gi, '<$1>');
  const address = /[^\s<>()[\],;:"]+@[^\s<>()[\],;:"]+\.[^\s<>()[\],;:"]+/.exec(plain)?.[0] ?? '';
  const name = unquoted(plain.replace(/<[^>]*>?/g, ' ').replace(address, ' '));
  if (address === '' && name === '') return null;
  const at = address.lastIndexOf('@');
  return { name, address: address.slice(0, at + 1) + address.slice(at + 1).toLowerCase() };
}

function addressesIn(text: string): Address[] {
  return text
    .split(/[;,](?=[^<>]*(?:<|$))/)
    .map(addressIn)
    .filter((one) => one !== null);
}

function unquoted(name: string): string {
  return name
    .replace(/["*]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/^[\s,;]+|[\s,;]+$/g, '');
}
