/** Changes raw mails as broken programs and hostile senders do; the same seed makes the same mail. */

/** Numbers from 0 to 1 (mulberry32): small, fast, and the same everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Random = () => number;
type Operator = (mail: Buffer, random: Random, other: Buffer) => Buffer;

const below = (random: Random, most: number) => Math.floor(random() * most);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;
const lines = (mail: Buffer) => mail.toString('latin1').split('\r\n');
const joined = (list: string[]) => Buffer.from(list.join('\r\n'), 'latin1');
/** The longest run that is repeated: enough to make anything quadratic show. */
const MOST_REPEATED = 200_000;

const WORDS = [
  '> ',
  '--',
  'From: a <a@b.example>\r\nSent: today\r\nTo: c\r\nSubject: d\r\n',
  'On 1 May 2026, at 10:00, A wrote:',
  '07400 123456 ',
  'flat 1 ',
  'LS6 2AB ',
  'Tel: ',
  'a, ',
  '\t',
  '-',
  '(',
  '<table><tr><td>',
  '<div>',
  '&nbsp;',
  '=?utf-8?Q?=',
  '@',
  'A.',
  '\n',
  'double ',
  'Phone number:\n',
  '\u00a0',
  '\u202e',
  '\ud83d\ude37',
  'Mr A B ',
  '1',
  '\\',
  '{{',
  "'",
  '"',
] as const;
const CHARSETS = ['utf-8', 'utf-16', 'utf-7', 'gb18030', 'iso-2022-jp', 'windows-1252', 'koi8-r', 'x-unknown', 'us-ascii'] as const;
const ENCODINGS = ['7bit', '8bit', 'base64', 'quoted-printable', 'x-uuencode', 'binary'] as const;

export const OPERATORS: Record<string, Operator> = {
  flipBytes(mail, random) {
    const made = Buffer.from(mail);
    for (let count = 1 + below(random, 40); count > 0; count -= 1) made[below(random, made.length)] = below(random, 256);
    return made;
  },
  cut: (mail, random) => mail.subarray(0, below(random, mail.length)),
  dropStart: (mail, random) => mail.subarray(below(random, mail.length)),
  dropLines(mail, random) {
    const list = lines(mail);
    list.splice(below(random, list.length), 1 + below(random, 10));
    return joined(list);
  },
  doubleLines(mail, random) {
    const list = lines(mail);
    const at = below(random, list.length);
    list.splice(at, 0, ...list.slice(at, at + 1 + below(random, 20)));
    return joined(list);
  },
  shuffleHeader(mail, random) {
    const list = lines(mail);
    const end = Math.max(1, list.indexOf(''));
    const header = list.slice(0, end).toSorted(() => random() - 0.5);
    return joined([...header, ...list.slice(end)]);
  },
  splice(mail, random, other) {
    return Buffer.concat([mail.subarray(0, below(random, mail.length)), other.subarray(below(random, other.length))]);
  },
  insideOut(mail, random, other) {
    const boundary = `fuzz${below(random, 1e6)}`;
    const head = `From: a@b.example\r\nSubject: Fwd: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=${boundary}\r\n\r\n--${boundary}\r\n\r\nsee below\r\n`;
    const part = `--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`;
    return Buffer.concat([
      Buffer.from(head),
      Buffer.from(part),
      mail,
      Buffer.from(`\r\n${part}`),
      other,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
  },
  otherCharset: (mail, random) =>
    Buffer.from(
      mail.toString('latin1').replace(/charset="?[\w-]+"?/gi, () => `charset=${pick(random, CHARSETS)}`),
      'latin1',
    ),
  otherEncoding: (mail, random) =>
    Buffer.from(
      mail.toString('latin1').replace(/(Content-Transfer-Encoding:\s*)[\w-]+/gi, (_, name: string) => `${name}${pick(random, ENCODINGS)}`),
      'latin1',
    ),
  otherType: (mail, random) =>
    Buffer.from(
      mail
        .toString('latin1')
        .replace(/text\/(plain|html)/i, () =>
          pick(random, ['text/html', 'text/plain', 'text/calendar', 'message/rfc822', 'multipart/mixed']),
        ),
      'latin1',
    ),
  breakBoundaries: (mail, random) =>
    Buffer.from(
      mail.toString('latin1').replace(/boundary="?([^"\r\n;]+)"?/gi, (whole) => (random() < 0.5 ? 'boundary=""' : whole.slice(0, -2))),
      'latin1',
    ),
  repeat(mail, random) {
    const word = Buffer.from(pick(random, WORDS));
    const times = below(random, MOST_REPEATED / word.length);
    const at = below(random, mail.length);
    return Buffer.concat([mail.subarray(0, at), Buffer.alloc(times * word.length, word), mail.subarray(at)]);
  },
  sprinkle(mail, random) {
    let made = mail;
    for (let count = 1 + below(random, 30); count > 0; count -= 1) {
      const at = below(random, made.length);
      made = Buffer.concat([made.subarray(0, at), Buffer.from(pick(random, WORDS)), made.subarray(at)]);
    }
    return made;
  },
  bareLineEnds: (mail) => Buffer.from(mail.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
  oneLine: (mail) =>
    Buffer.from(
      mail.toString('latin1').replace(/(\r\n\r\n)([\s\S]*)/, (_, gap: string, body: string) => gap + body.replaceAll('\r\n', ' ')),
      'latin1',
    ),
  noBytes: (mail, random) => (random() < 0.5 ? Buffer.alloc(0) : Buffer.from(mail.toString('latin1').replace(/[a-m]/g, '\0'), 'latin1')),
};

/** One to three changes of a mail. @returns the mail and the names of what was done to it */
export function mutated(mail: Buffer, other: Buffer, random: Random): { raw: Buffer; done: string[] } {
  const names = Object.keys(OPERATORS);
  let raw = mail;
  const done: string[] = [];
  for (let count = 1 + below(random, 3); count > 0 && raw.length > 0; count -= 1) {
    const name = pick(random, names);
    raw = (OPERATORS[name] as Operator)(raw, random, other);
    done.push(name);
  }
  return { raw, done };
}
