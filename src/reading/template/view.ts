/** One letter of a mail as a template looks at it: text, lines, tables, headers and people, each made only when it is needed. */
import type { Address, Message } from '../../domain/message.ts';
import type { Place } from '../../domain/reading.ts';
import type { Letter } from '../letter.ts';
import { oneBlank } from '../plain.ts';
import { type LabelLines, labelLines, type PageLabels, pageLabels } from './labels.ts';
import { type Element, pageOf } from './page.ts';

export type View = {
  message: Message;
  /** The letter that the template reads, and the innermost one of the mail. */
  letter: Letter;
  innermost: Letter;
  /** The whole text of the letter. */
  text: string;
  /** Its lines, as labels are looked for in them. */
  labelled: LabelLines;
  /** Without regard to case and line breaks. */
  flat: string;
  /** The HTML, or null where the mail has none. */
  page(): Element | null;
  /** What stands in its tables; empty without HTML. */
  pageLabels(): PageLabels;
  where(what: 'body' | 'subject' | 'header'): Place;
};

export function viewOf(letter: Letter, letters: Letter[]): View {
  const text = letter.sections.map((section) => section.text).join('\n\n');
  const { html } = letter.message;
  let flat: string | undefined;
  let labelled: LabelLines | undefined;
  return {
    message: letter.message,
    letter,
    innermost: letters.at(-1) ?? letter,
    text,
    get labelled() {
      labelled ??= labelLines(text);
      return labelled;
    },
    get flat() {
      flat ??= flattened(text);
      return flat;
    },
    page: () => (html === null ? null : parsed(letter.message, html).page()),
    pageLabels: () => (html === null ? new Map() : parsed(letter.message, html).labels()),
    where(what) {
      if (letter.by === 'sender') return what;
      return `forwarded ${what}`;
    },
  };
}

/** The HTML of a mail as letters of it share it. */
type Parsed = { page(): Element; labels(): PageLabels };

const pages = new WeakMap<Message, Parsed>();
/** What a label and its value stand in. */
const TABLES = /<(?:tr|dl)\b/i;

function parsed(message: Message, html: string): Parsed {
  let found = pages.get(message);
  if (found === undefined) {
    let root: Element | undefined;
    let inTables: PageLabels | undefined;
    const page = () => {
      root ??= pageOf(html);
      return root;
    };
    found = {
      page,
      labels() {
        inTables ??= TABLES.test(html) ? pageLabels(page()) : new Map();
        return inTables;
      },
    };
    pages.set(message, found);
  }
  return found;
}

/** Lower case, every run of white space as one blank. */
export function flattened(text: string): string {
  return oneBlank(text.toLowerCase()).trim();
}

/** `Jo Marsh`, `jo@mail.example` or both; '' where nothing is known. */
export function personText(from: Address | null | undefined, what: 'name' | 'address' | 'both'): string {
  if (!from) return '';
  if (what === 'name') return from.name;
  return what === 'address' ? from.address : [from.name, from.address].filter((part) => part !== '').join(' ');
}
