/** What a message itself says, apart from all that it quotes: what a mail in a thread adds to the report that is known. */
import type { Message } from '../domain/message.ts';
import type { Value } from '../domain/reading.ts';
import type { ReadingContext } from './context.ts';
import { wordsOf } from './fields/notes.ts';
import { type PhoneFound, phonesIn, written } from './fields/phone.ts';
import { isAgencyNumber } from './fill/phones.ts';
import { htmlToText } from './html.ts';
import { type Letter, textOf } from './letter.ts';
import { findHead } from './letter-head.ts';
import { bare, tidy } from './plain.ts';
import { faultsIn, thingsIn } from './things.ts';
import { rolesOf } from './whose.ts';

/** An answer is short: a number further down is not looked for. */
const MOST_CHARACTERS = 2_000;

export type Said = {
  /** Without greeting, signature, footers and what is quoted; '' when there is nothing else. */
  words: string;
  /** The numbers among these words that may be the tenant's, written for V3: the first is the one to ring. */
  phones: Value<string>[];
  /** The kinds of things that are named, and those of which something is said to be wrong (things.ts). */
  things: string[];
  faults: string[];
  /** Whether it speaks of the fault as of another one: "also", "another problem", "this time". Then those things. */
  novel: string[];
  /** Whether it answers or passes on earlier mail, by its subject or by what it quotes. */
  isReply: boolean;
};

const NOVEL =
  /\b(?:(?:another|new|different|separate|second|unrelated|further|additional)\s+(?:\w+\s+){0,2}?(?:problems?|issues?|faults?|things?|repairs?|jobs?|matters?|one)|something else|also|as well|on top of (?:that|this)|this time|now the|in addition|while (?:i ?['’]?m|i am|you ?['’]?re|you are|they ?['’]?re) (?:at it|here|on|there)|by the way|btw|p\.?s\.?)\b/i;
const REPLY = /^\s*(?:\[[^\]]*\]\s*)?(?:re|aw|sv|antw|odp|r|fwd?|wg|tr|pd)\s*(?:\[\d+\])?\s*:/i;

export function saidIn(message: Message, letters: Letter[], context: ReadingContext): Said {
  const [first] = letters;
  const { main } = rolesOf(letters);
  const outer = first ? [wordsOf(textOf(first, 'body')), answeredInside(message)] : [];
  const inner = first !== undefined && main !== first && first.byStaff ? [wordsOf(textOf(main, 'body'))] : [];
  const words = [...inner, ...outer].filter((text) => text !== '').join('\n');
  const faults = faultsIn(words);
  return {
    words,
    phones: phonesOf(words.slice(0, MOST_CHARACTERS), first, context),
    things: thingsIn(words),
    faults: unique(faults.flatMap(({ things }) => things)),
    novel: unique(faults.flatMap(({ sentence, things }) => (NOVEL.test(before(words, sentence)) ? things : []))),
    isReply: REPLY.test(message.subject) || (first?.sections.some((section) => section.kind === 'quoted') ?? false),
  };
}

/** A sentence with the one before it, in which a new matter is often announced. */
function before(words: string, sentence: string): string {
  const at = words.indexOf(sentence);
  const start = Math.max(words.lastIndexOf('.', at - 3), words.lastIndexOf('\n', at - 2), at - 120, 0);
  return words.slice(start, at + sentence.length);
}

/** Of an answer between lines that have no quote marks, only a number that stands after a question counts, since all the rest may be ours. */
function answeredInside(message: Message): string {
  const text = message.text ?? (message.html === null ? '' : htmlToText(message.html));
  if (!text.includes('?')) return ''; // the quick way out of most mails
  const lines = tidy(text).split('\n');
  const head = findHead(lines, 0);
  if (head === null || head.forwarded) return '';
  const rest = lines.slice(head.end);
  return rest
    .flatMap((line, index) => {
      const inLine = /\?\s*((?:\+|\(|\d)[\d ()+.-]{8,}\d)\s*$/.exec(line)?.[1];
      const earlier = rest.slice(0, index).findLast((one) => one.trim() !== '');
      const alone = /^\W*((?:\+|\(|\d)[\d ()+.-]{8,}\d)\W*$/.exec(line)?.[1];
      return inLine ?? (alone !== undefined && earlier?.trim().endsWith('?') ? alone : []);
    })
    .join('\n');
}

/** Staff who answer for a tenant write the tenant's number; their own stands in their signature, or they say "my". */
function phonesOf(words: string, first: Letter | undefined, context: ReadingContext): Value<string>[] {
  const own = first?.byStaff ? phonesIn(textOf(first, 'signature', 'footer'), 'tenant').map(({ number }) => number) : [];
  const isTheirs = (phone: PhoneFound) => !isAgencyNumber(phone.number, context) && !own.includes(phone.number);
  const all = phonesIn(words, 'tenant');
  const found = all.filter((phone) => phone.owner !== 'foreign' && isTheirs(phone));
  const staffs = first?.byStaff ? phonesIn(words, 'staff').filter((phone) => phone.owner === 'own' && isTheirs(phone)) : [];
  // "7400 123456" and nothing else is a number, although it has no nought.
  const isShort = () => bare(words).split(' ').length <= 12;
  const bareOnes =
    all.length === 0 && /\d/.test(words) && isShort() ? phonesIn(`number: ${words.replace(/^\D+/, '')}`, 'tenant').filter(isTheirs) : [];
  const [chosen = []] = [
    staffs,
    first?.byStaff ? found.filter(({ index }) => !/\b(?:my|me)\b/i.test(words.slice(Math.max(0, index - 30), index))) : found,
    bareOnes,
  ].filter((list) => list.length > 0);
  const rank = (phone: PhoneFound) => (phone.owner === 'family' ? 2 : 0) + (phone.use === 'last' ? 1 : phone.use === 'preferred' ? -1 : 0);
  return chosen
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, 2)
    .map((phone) => ({
      value: written(phone.number, context.branch.phoneFormat),
      evidence: { quote: phone.quote, where: 'body', rule: 'the answer to our question' },
    }));
}

function unique(list: string[]): string[] {
  return [...new Set(list)];
}
