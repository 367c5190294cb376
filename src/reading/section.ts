/** Cuts a letter's text into what its writer said, the signature, earlier mail, footers and banners. */
import type { Section, SectionKind } from './letter.ts';
import { bare } from './plain.ts';

const BANNER =
  /^\W*(caution|external (email|sender|message)|warning)\b.{0,40}(:|originat|outside|external)|^you don['’]t often (get|receive) email from|^this (email|message) (originated|came) from outside|^\[?external\]?:?\s*$|^\W*\[?external\]?\W{0,3}\b(this (e-?mail|message)|originat)|^this (e-?mail|message) was sent from outside|learn why this is important/i;
const DEVICE =
  /^\W*(sent|envoyé|gesendet|wysłane)\b.{0,6}\b(from|with|via|depuis|von|z)\b.{2,60}$|^get outlook for\b|^sent with \[?proton|^(download|get) .{0,20}\bapp\b|^this message was sent from my/i;
const LEGAL =
  /\b(intended recipient|intended solely|strictly confidential|are confidential|is confidential|(may|might) contain (privileged|confidential|viruses)|privileged|registered (in england|office|number|company)|authorised and regulated|accepts? (no|any) (liability|responsibility)|not accept (any )?(liability|responsibility)|please consider the environment|scanned for viruses|privacy (policy|notice)|unsubscribe|you (receive|are receiving|received|got) this|client money protection|this mailbox is not monitored|please do not reply to (this|the)|^(answer|reply to) this (e-?mail|message|mail) to (answer|reply|respond|update|add)\b|\bunattended (address|mail ?box|inbox)|\breply will not reach\b|\bsend-only (address|mailbox)\b|\bmails? to this address (are|is) (discarded|deleted|not read|ignored)\b|(sent|e-?mail) (was )?sent from an? (contact form|account provided)|never (asks|shares)|(received|got) this (e-?mail|message|communication) (in error|by mistake)|is a trading (name|style) of|view (this|it) (in|online)|\bis a registered charity\b|limited liability partnership|personal data about\b|\b(mailbox|address|inbox)\b.{0,24}\bis not (read|monitored|watched|checked)\b|\bto stop these (e-?mails|messages|alerts)\b|^please note (that )?(we|our offices?|the office) (are|is|will be) (closed|open)\b)/i;
const SIGN_OFF =
  /^\W*((kind(est)?|best|warm(est)?|many|with( best| kind| warm| every good)?|all the)?\s*(regards|wishes|thanks)|(many |with |lots of )?thanks?( you)?( (so|very) much)?( in advance| again| a lot| for .{0,40})?|thank u|thx|ta( very much)?|cheers|yours( (sincerely|faithfully|truly|ever))?|sincerely|respectfully|kr|rgds|love|best|bw|speak soon|see you|mit freundlichen grüßen|pozdrawiam|merci|gracias|cofion(?: cynnes| gorau)?|diolch(?: yn fawr)?|yn gywir|le meas|cordialement|saludos|cumprimentos|atenciosamente|cu (?:stimă|respect)|met vriendelijke groet|med vänlig hälsning|saluti)(\s*\/\s*[a-z ]{4,20})?[\s,.!]*(and [a-z ]{3,20})?[,.!\s]*$/iu;
const SIGN_OFF_LONG = /^\W*(with every good wish|wishing you|looking forward|many thanks|kind regards|best wishes)\b.{0,40}[,.!]?$/i;
const SIGNATURE_MOST_LINES = 16;
const MARK = /^--\s*$/;

/**
 * @param text tidy and reflowed
 * @param writer words of the writer's name, lower-case: a line that begins with one of them may open the signature
 */
export function sectionsOf(text: string, writer: readonly string[]): Section[] {
  const lines = text.split('\n');
  const kinds: SectionKind[] = lines.map(() => 'body');
  const mark = (from: number, to: number, kind: SectionKind) => kinds.fill(kind, from, to);

  let end = lines.length;
  lines.forEach((line, index) => {
    if (/^\s*>/.test(line)) kinds[index] = 'quoted';
    else if (index < 12 && BANNER.test(line.trim())) kinds[index] = 'banner';
    else if (DEVICE.test(line.trim())) kinds[index] = 'footer';
  });
  const legal = lines.findIndex(
    (line, index) => kinds[index] === 'body' && LEGAL.test(line) && (index > 0 || lines.length === 1) && isLate(lines, index),
  );
  if (legal >= 0) {
    mark(legal, end, 'footer');
    end = legal;
  }
  const dashes = lines.findIndex((line, index) => MARK.test(line) && index < end && kinds[index] === 'body');
  if (dashes >= 0) {
    for (let index = dashes; index < end; index += 1) if (kinds[index] === 'body') kinds[index] = 'signature';
    end = dashes;
  }
  const sign = signatureStart(lines, kinds, end, writer);
  for (let index = sign; index < end; index += 1) if (kinds[index] === 'body') kinds[index] = 'signature';
  return joined(lines, kinds);
}

/** Legal text stands at the end; the same words in the middle of a tenant's mail are the tenant's. */
function isLate(lines: string[], index: number): boolean {
  const after = lines.slice(index + 1).filter((line) => line.trim() !== '').length;
  return after <= 12;
}

/** Whether a line closes a letter: `Many thanks,`. */
export function isSignOff(line: string): boolean {
  return SIGN_OFF.test(line.trim()) || SIGN_OFF_LONG.test(line.trim());
}

/** Where the signature begins: after the last line that closes a letter, or at the writer's own name near the end. */
function signatureStart(lines: string[], kinds: SectionKind[], end: number, writer: readonly string[]): number {
  const full = lines
    .map((line, index) => ({ line: line.trim(), index }))
    .filter(({ line, index }) => index < end && kinds[index] === 'body' && line !== '');
  const [head] = full;
  if (
    head &&
    writer.length > 0 &&
    full.length > 1 &&
    full.length <= 8 &&
    isWholeName(head.line, writer) &&
    full.every(({ line }) => !isProse(line))
  )
    return head.index;
  const last = full.slice(-SIGNATURE_MOST_LINES);
  const closing = last.findIndex(({ line, index }) => index !== head?.index && isSignOff(line) && last.length > 0);
  if (
    closing >= 0 &&
    last.slice(closing + 1).every(({ line }) => line.length <= 110 || !isProse(line) || (line.length <= 200 && HOLDS_ALL.test(line)))
  )
    return last[closing]?.index ?? end;
  const named = last.findIndex(
    ({ line, index }, at) =>
      index !== head?.index &&
      isNameLine(line, writer) &&
      last.slice(at + 1).every((later) => later.line.length <= (HOLDS_ALL.test(later.line) ? 200 : 110) && !isProse(later.line)),
  );
  if (named >= 0) return last[named]?.index ?? end;
  return end;
}

/** A line of a signature that holds all: `Lettings Manager | Brightkeys Lettings, 5 Weekday Yard … T 0115 …`. */
const HOLDS_ALL = /\|.*\d{5}|\d{3,5} ?\d{3} ?\d{3,4}/;

/** `Joe 07400 123 102`, `Callum`, `Simon Hargreaves FIA`, `H`. */
function isNameLine(line: string, writer: readonly string[]): boolean {
  const words = bare(line).split(' ');
  const [first] = words;
  if (
    first === undefined ||
    line.length > 70 ||
    /[.?!]\s+\S+\s+\S+/.test(line.replace(/^\W*(mr|mrs|ms|miss|mx|dr|prof|rev|revd)\.\s/i, ''))
  )
    return false;
  const rest = words.filter((word) => !/^\d+$/.test(word));
  return (
    rest.length <= 9 && (writer.includes(first) || (rest.length <= 4 && writer.some((word) => rest.includes(word) && word.length > 2)))
  );
}

/** A letter that begins with its writer's whole name says nothing but who sends it. */
function isWholeName(line: string, writer: readonly string[]): boolean {
  const words = bare(line).split(' ');
  return words.length >= 2 && words.length <= 5 && words.filter((word) => word.length > 1 && writer.includes(word)).length >= 2;
}

function isProse(line: string): boolean {
  return bare(line).split(' ').length > 12 && /\b(is|are|the|and|have|has|please|we|i)\b/i.test(line) && !/\d{5}/.test(line);
}

function joined(lines: string[], kinds: SectionKind[]): Section[] {
  const sections: Section[] = [];
  lines.forEach((line, index) => {
    const kind = kinds[index] ?? 'body';
    const last = sections.at(-1);
    const text = kind === 'quoted' ? line.replace(/^\s*(>\s?)+/, '') : line;
    if (last?.kind === kind) last.text += `\n${text}`;
    else sections.push({ kind, text });
  });
  return sections.map((section) => ({ kind: section.kind, text: section.text.trim() })).filter((section) => section.text !== '');
}
