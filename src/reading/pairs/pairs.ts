/** Finds labels and their values in the text of a structured mail, in whatever way it is laid out. */

/** `lines` are those of the label and its value. `loose`: the label stands alone on its line, so that only its words tell that it is one. */
export type Pair = { label: string; value: string; lines: string[]; loose: boolean };

/** Whether the words of a line are those of a label. */
export type IsLabel = (text: string) => boolean;

const MOST_LINES = 2_000;
const MOST_VALUE_LINES = 60;
const LONGEST_LABEL = 70;
/** A second label on the line of a first one: `First: Ann   Last: Lee`. */
const BLANKS = /[^\S\n]{2}/;
const SIDE_BY_SIDE = /(?<=\S)[^\S\n]{2,}((?:\p{L}[\p{L} ]{1,24}):[^\S\n]+\S)/gu;
/** What may stand around a label on its own line: bullets, stars, a colon. */
const AROUND = /^\d{1,2}[.)]\s+|^[^\p{L}\p{N}]+|[\s:*#_=-]+$/gu;
/** What a portal writes on its buttons and links is no label. */
const BUTTON = /^(?:open|view|see|go to|click|log ?in|sign in|manage|respond|answer|accept|assign|download|reply)\b/i;
/** The line of whoever sends such mails. */
const BRAND = /^\W*(?:powered by|report abuse|©)/i;
/** A line of a person's block below `TENANT`: an address to write to, or a number. */
const CONTACT_LINE = /^\s*(?:\S+@\S+|[\d\s()+.-]{10,24})\s*$/;
/** `To whom it may concern`, `Dear repairs team`: words of labels, but said to somebody. */
const GREETING =
  /^\W*(?:hi(?:ya)?|hello|hey|dear|good (?:morning|afternoon|evening|day)|to whom it may concern|f\.?a\.?o\.?|attn|(?:for the )?attention(?: of)?)\b/i;
/** `Daytime tel.` ends like a sentence. */
const SHORTENED = /\b(?:tel|no|nos|addr?|mob|desc|cat|prop|ref|appt|alt|pref)\.$/i;
const RULE = /^\s*(?:[-_=*~#·•]{4,}|--)\s*$/;
const FOOTER =
  /^\W*(?:end of (?:message|report|call)|you (?:get|got|receive|are getting) this\b|smell gas\?|in an emergency\b|submission id\b|map it\W*$|(?:go to|return to) (?:the |your )?(?:inbox|dashboard|portal|app|site)\W*$|(?:(?:to|please) )?(?:view|open|reply|respond|answer|log ?in|sign ?in|manage|click|tap)\b[^.:]{0,30}\b(?:this|it|in|to|your|here|online|issue|ticket|job|case)\b|(?:this (?:message|email|mail|inbox|notification)|you (?:are|have) receiv|do not reply|please do not reply|replies to this|sent (?:by|from|via)|powered by|taken by)\b|©|to listen\b|(?:the )?recording is attached\b|dial \*?\d|listen: https?:|transcripts? (?:are|is|was|were) (?:made|created|generated|produced)\b|(?:answer|reply to) this (?:e-?mail|message|mail) to\b)/i;
/** A line of the portal's own, though no blank line stands above it. */
const IMPRINT =
  /\bsent (?:through|using|by|from|via) (?:the|our|this) (?:\w+ )?(?:form|website|app)\b|\bleft the chat\b|\breply to this (?:message|e-?mail|mail) to\b|\b(?:ltd|limited|llp|plc)\b.*\b(?:help ?desk|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|registered|you (?:get|got|receive|are receiving) this)\b/i;
/** A paragraph of the portal's own below what a person wrote. */
const NOTICE =
  /https?:|www\.|\b(support|help ?desk|privacy|unsubscribe|questions\?|all rights reserved|log ?in|portal|automatic(ally)?|automated|notification|terms|regards|registered|ltd|limited|plc|team)\b|@/i;
/** `Label: value`, `Label ..... value`, `Label = value`, `Label | value`, `[Label] value`, `Label - value`. */
const DOTTED = /^[^\p{L}\p{N}]{0,4}(\p{L}(?:[^:=|.\n]|\.(?= \p{L})){0,48}?)(?:\.(?= ))?\s*\.{2,}\s*:?\s*(.*)$/u;
const COLON = /^[^\p{L}\p{N}]{0,4}(\p{L}(?:[\p{L}\p{N} _/&'’().,#%-]|\?(?= \/ )){0,70}?\??)\s*\*?\s*:(?!\/\/)\s*(.*)$/u;
const EQUALS = /^[^\p{L}\p{N}]{0,4}(\p{L}[\p{L}\p{N} _/&'’().-]{0,40}?)\s*(?:=>|=|\||→|»|›|(?<=\s)>(?=\s))\s*(.*)$/u;
const BRACKETS = /^\W{0,2}[[<{](\p{L}[\p{L}\p{N} /&'’_-]{1,30})[\]>}]\s*:?\s*(.*)$/u;
const DASH = /^[^\p{L}\p{N}]{0,4}(\p{L}[\p{L}\p{N} /&'’().]{0,36}?)\s+[-–—]\s+(\S.*)$/u;
const ASKED = /^[^\p{L}\p{N}]{0,4}(\p{L}[^?\n]{2,100}\?)\s+(\S.*)$/u;
const COLUMNS = /^(\s*)(\S(?:.{0,34}?\S)?)(\s{2,})(\S.*)$/;

/** Each with a sign without which it cannot fit, which is far quicker to look for. */
const SIGNED: [pattern: RegExp, sign: RegExp][] = [
  [DOTTED, /\.\./],
  [BRACKETS, /[[<{]/],
  [COLON, /:/],
];
const LOOSELY_SIGNED: [pattern: RegExp, sign: RegExp][] = [
  [EQUALS, /[=|→»›]|\s>\s/],
  [DASH, /\s[-–—]\s/],
  [ASKED, /\?\s/],
];

/** Of these a line has one, or it fits none of the patterns. */
const ANY_SIGN = /[[<>{:=|→»›?–—-]|\.\./;

/**
 * The pairs of a text in order. A value goes on, as far as `extentOf` its label says, up to the next pair, a rule or a footer.
 */
export function pairsIn(text: string, isLabel: IsLabel, extentOf: (label: string) => Extent): Pair[] {
  const whole = BLANKS.test(text) ? text.replace(SIDE_BY_SIDE, '\n$1') : text;
  const lines = whole.split('\n').slice(0, MOST_LINES);
  const column = columnOf(lines);
  const heads = lines.map((line) => headOf(line, column, isLabel));
  if (heads.filter((one) => one?.label.endsWith('?') && one.value !== '').length >= 3)
    for (const [index, line] of lines.entries()) heads[index] ??= questionOf(line);
  const pairs: Pair[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const table = tableAt(lines, index, isLabel);
    if (table !== null) {
      pairs.push(...table.pairs);
      index = table.last;
      continue;
    }
    const head = heads[index];
    if (!head) continue;
    const { value, next } = valueFrom(lines, heads, index, head, column, extentOf(head.label));
    pairs.push({ label: head.label, value, lines: lines.slice(index, next), loose: head.loose });
    index = next - 1;
  }
  return pairs;
}

/** `isKnown`: its words mean something, and not only its layout tells that it is a label. */
type Head = { label: string; value: string; loose: boolean; isKnown: boolean };

function headOf(line: string, column: number | null, isLabel: IsLabel): Head | null {
  const plain = line.trim();
  if (plain === '' || RULE.test(plain) || BRAND.test(plain)) return null;
  if (column !== null) {
    const match = COLUMNS.exec(line);
    if (match && (match[1]?.length ?? 0) < 3 && startOf(match) === column)
      return head(match[2], match[4]?.replace(/^[:=|]\s*/, ''), isLabel);
  }
  const isSigned = ANY_SIGN.test(plain);
  for (const [pattern, sign] of isSigned ? SIGNED : []) {
    const match = sign.test(plain) ? pattern.exec(plain) : null;
    if (match && BUTTON.test(match[1] ?? '') && /https?:/.test(match[2] ?? '')) return null;
    if (
      match &&
      (match[1] ?? '').length <= LONGEST_LABEL &&
      (!isTime(match) || (isLabel(match[1] ?? '') && !ENDS_IN_HOUR.test(match[1] ?? '')))
    )
      return head(match[1], match[2], isLabel);
  }
  for (const [pattern, sign] of isSigned ? LOOSELY_SIGNED : []) {
    const match = sign.test(plain) ? pattern.exec(plain) : null;
    if (match && isLabel(match[1] ?? '') && !(pattern === ASKED && /[.!]\s/.test(match[1] ?? '') && (match[1] ?? '').length > 70))
      return head(match[1], match[2], isLabel);
  }
  if (column !== null) {
    // The longest label leaves but one blank before the values.
    const label = line.slice(0, column).trim();
    if (/^\S.*\S $/.test(line.slice(0, column)) && /[\p{Lu}\d+(]/u.test(line.charAt(column)) && isLabel(label))
      return head(label, line.slice(column), isLabel);
  }
  const aligned = BLANKS.test(line) ? COLUMNS.exec(line) : null;
  if (aligned && (aligned[1]?.length ?? 0) < 3 && isLabel(aligned[2] ?? '')) return head(aligned[2], aligned[4], isLabel);
  return isAlone(plain, isLabel) ? { label: labelIn(plain), value: '', loose: true, isKnown: true } : null;
}

/** Without what stands around it, and without the hint behind a question: `What is the snag? (one a form, please)`. */
function labelIn(line: string): string {
  return line.replace(/(?<=\?)\s*\([^()]{2,60}\)\s*$/, '').replace(AROUND, '');
}

/** In a form of questions, one whose words say nothing to us still ends the answer to the one before. */
function questionOf(line: string): Head | null {
  const [, label = '', value = ''] = ASKED.exec(line.trim()) ?? [];
  return label === '' ? null : { label, value, loose: false, isKnown: false };
}

/** A line that holds nothing but a label: no sentence, no address, and not more words than a form has room for. */
function isAlone(line: string, isLabel: IsLabel): boolean {
  if ((/[.!,;]$/.test(line) && !SHORTENED.test(line)) || GREETING.test(line)) return false;
  const text = labelIn(line);
  const isQuestion = text.endsWith('?');
  if (
    BUTTON.test(text) ||
    (!isQuestion && /^(?:i|we|they|he|she|my|please(?! (?:tell|describe|explain|give|provide|enter)\b))\b/i.test(text))
  )
    return false;
  if (/\d.*\d|\d\s*\p{L}|@/u.test(text) || (text.includes(',') && !isQuestion)) return false;
  return text.length <= (isQuestion ? 80 : 44) && text.split(/\s+/).length <= (isQuestion ? 12 : 9) && isLabel(text);
}

function head(label = '', value = '', isLabel: IsLabel = () => false): Head {
  return {
    label: label.trim(),
    value: value.replace(/^\s*[=:|>]+\s+|^\s*[|>][-+]?\s*$/, '').trim(),
    loose: false,
    isKnown: isLabel(label),
  };
}

/** `At 10:30 we …` is no label. */
function isTime(match: RegExpExecArray): boolean {
  return /\d$/.test(match[1] ?? '') && /^\d/.test(match[2] ?? '');
}

/** `Response 118, submitted 3/9/2026 8`: before the minutes. */
const ENDS_IN_HOUR = /\d[./-]\d.*\d$|\bat \d{1,2}$/;

function startOf(match: RegExpExecArray): number {
  return (match[1]?.length ?? 0) + (match[2]?.length ?? 0) + (match[3]?.length ?? 0);
}

/** Where the values of a mail in two columns begin: the place at which at least three lines have one after two blanks. */
function columnOf(lines: string[]): number | null {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const match = BLANKS.test(line) ? COLUMNS.exec(line) : null;
    if (match && (match[1]?.length ?? 0) < 3) counts.set(startOf(match), (counts.get(startOf(match)) ?? 0) + 1);
  }
  const [best] = [...counts].toSorted((a, b) => b[1] - a[1]);
  return best && best[1] >= 3 ? best[0] : null;
}

/** `Keys held by agent – let yourselves in`: a sentence below `ACCESS`. */
const DASHED = /^[^:=|]*\s[-–—]\s[^:=|]*$/;

/** How far a value may go: to the end of its line, over further lines, or over further paragraphs. */
export type Extent = 'line' | 'lines' | 'paragraphs';

function valueFrom(
  lines: string[],
  heads: (Head | null)[],
  index: number,
  { value: first, loose }: Head,
  column: number | null,
  extent: Extent,
): { value: string; next: number } {
  const value = first === '' ? [] : [first];
  const base = indentOf(lines[index] ?? '');
  let next = index + 1;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? '';
    if (line.trim() === '') {
      const goesOn =
        value.length === 0
          ? next <= index + 2
          : extent === 'paragraphs' && (first === '' || indented(lines[next + 1]) || isBetween(heads, lines, next));
      if (!goesOn) break;
      if (value.length > 0) value.push('');
      continue;
    }
    const indent = indentOf(line);
    const isContinued = indent > base + 2 && (column === null || indent >= column - 1);
    const isNewParagraph = value.at(-1) === '';
    if (RULE.test(line) && value.length === 0 && next === index + 1) continue; // below a heading
    if (RULE.test(line) || FOOTER.test(line) || IMPRINT.test(line) || (isNewParagraph && NOTICE.test(line))) break;
    const here = heads[next];
    // `Access:` with `Tenant must be present` below it: the words of a label, but the only value that there is.
    const isOnlyValue =
      value.length === 0 &&
      ((here?.loose && !loose) ||
        (loose && extent !== 'line' && (here?.isKnown === false || DASHED.test(line) || isSentenceAlone(lines, next))));
    if (here && !isOnlyValue && (!isContinued || (here.isKnown && !here.loose))) break;
    const hasLeftIndent = first === '' && value.length > 0 && indent <= base && indentOf(lines[index + 1] ?? '') > base;
    if (hasLeftIndent) break;
    if (
      value.length > 0 &&
      extent === 'line' &&
      !isContinued &&
      !((loose || /^\s*- /.test(line)) && CONTACT_LINE.test(line.replace(/^\s*- /, '')))
    )
      break;
    if (value.length >= MOST_VALUE_LINES) break;
    value.push(line.trim());
  }
  return { value: value.join('\n').trim(), next: Math.max(next, index + 1) };
}

/** `Let yourselves in with your keys`, with nothing below it: the words of a label, but what is below the label above. */
function isSentenceAlone(lines: string[], index: number): boolean {
  return (lines[index] ?? '').trim().split(/\s+/).length >= 4 && (lines[index + 1] ?? '').trim() === '';
}

/** Whether a paragraph stands between two labels of a form, and is no button of it: the value above goes on there. */
function isBetween(heads: (Head | null)[], lines: string[], blank: number): boolean {
  const after = heads.findIndex((one, at) => at > blank && one !== null);
  const words = lines.slice(blank + 1, after < 0 ? blank + 1 : after).filter((line) => line.trim() !== '');
  return (
    words.length > 0 &&
    words.length <= MOST_BETWEEN &&
    heads[after]?.loose === false &&
    words.every((line) => /[.!?]$/.test(line.trim()) || line.length > 60)
  );
}

/** More lines are a text of their own. */
const MOST_BETWEEN = 6;

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function indented(line: string | undefined): boolean {
  return /^\s{2,}\S/.test(line ?? '');
}

/** A row of headings with a row of values below it: `Tenant   Phone   Property`. */
function tableAt(lines: string[], index: number, isLabel: IsLabel): { pairs: Pair[]; last: number } | null {
  const line = lines[index] ?? '';
  if (!CELLS_APART.test(line)) return null;
  const labels = cellsOf(line);
  if (labels.length < 3 || !labels.every((cell) => cell.length <= 40 && isLabel(cell))) return null;
  const below = lines[index + 1]?.trim() === '' || RULE.test(lines[index + 1] ?? '') ? index + 2 : index + 1;
  const values = cellsOf(lines[below] ?? '');
  if (values.length !== labels.length || values.every((cell) => isLabel(cell))) return null;
  return {
    pairs: labels.map((label, at) => ({ label, value: values[at] ?? '', lines: lines.slice(index, below + 1), loose: false })),
    last: below,
  };
}

const CELLS_APART = /\s{2,}|\s*\|\s*/;

function cellsOf(line: string): string[] {
  return line
    .trim()
    .split(CELLS_APART)
    .filter((cell) => cell !== '');
}
