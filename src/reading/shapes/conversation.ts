/** What was said in a chat, as its program writes it down: of those who took part, only the tenant's words report a fault. */

const CLOCK = '\\d{1,2}:\\d{2}(?::\\d{2})?(?: ?[ap]m)?';
const STAMP = `[[(]?(?:(\\d{1,4}[/.-]\\d{1,2}[/.-]\\d{2,4}),? +)?(${CLOCK})[\\])]?`;
/** `[21:14] Tamsin (agent): How can I help?`, `08/03/2026, 20:14 - Callum: …`, `12:39  Poppy  Hi`. */
const STAMPED = new RegExp(`^\\s*${STAMP}(?: [-–])?\\s+([^:\\n]{2,40}?)(?::\\s+|\\s{2,})(\\S.*)$`, 'i');
/** `Tamsin (21:14): How can I help?` */
const STAMPED_BEHIND = new RegExp(`^\\s*([^:\\n\\d]{2,40}?),? ?[([]?${CLOCK}[)\\]]?\\s*:\\s+(\\S.*)$`, 'i');
const DESK_TAG =
  /\((?:agent|operator|advisor|adviser|assistant|support|staff|bot|team|system|away message|auto(?:mated)?(?: reply| message)?|ai)\)$/i;
const DESK_NAME =
  /\b(?:bot|assistant|support|advisor|adviser|operator|system|auto ?reply|help ?desk|customer (?:care|services?)|lettings?|repairs? team)\b/i;
const DESK_WORDS =
  /\bI['’]?a?m [^.!?\n]{0,40}\b(?:assistant|bot|team|advis[oe]r|here to help)\b|\bhow (?:can|may) (?:I|we) help\b|\bthanks? (?:you )?for (?:messaging|contacting|getting in touch|your message|reaching out)\b|\bI['’]?ll (?:pass|log|raise|put) (?:this|that|it|you)\b/i;
/** A file that was sent, or a picture that was left out. */
const SENT_FILE =
  /^<?[\w .()-]+\.\w{2,5}>?\s*\((?:file )?attached\)$|^<?(?:media|image|photo|video|audio|sticker) omitted>?$|^<attached: [^>]+>$/i;
const YES = /^\W*(?:yes|yep|yeah|yup|sure|ok(?:ay)?|of course|please do|no problem)\b/i;
const LABEL = /^\W{0,3}\p{L}[\p{L} -]{1,24}:\s*\S/u;
const LEAST_LABELS = 2;
const NO = /^\W*(?:no|nope|nah|none)\b/i;
/** `No thanks` tells nothing without its question; `No not emergency` does. */
const BARE_WORDS = 2;
/** With fewer it is no conversation, unless somebody is marked as the desk. */
const LEAST_TURNS = 3;

const FULL_NAME = /^\p{Lu}\p{L}+(?: \p{Lu}[\p{L}'’-]+)+$/u;

/** `at`: day and time, where both are told. */
type Turn = { who: string; words: string; at: string; from: number; to: number };

/** The chat with the tenant's words alone, in one paragraph behind `Message:`; a text without a chat, or one of which nobody is known to be the desk, stays as it is. */
export function withoutDesk(text: string): string {
  if (!/\d:\d\d/.test(text)) return text;
  const lines = text.split('\n');
  const turns = turnsOf(lines);
  const [first, last] = [turns[0], turns.at(-1)];
  if (first === undefined || last === undefined) return text;
  const beside = [...lines.slice(0, first.from), ...lines.slice(last.to)];
  const desk = deskOf(turns, beside);
  if (turns.length < LEAST_TURNS && ![...desk].some((name) => DESK_TAG.test(name))) return text;
  const visitors = [...new Set(turns.map(({ who }) => who))].filter((who) => !desk.has(who));
  // Pasted by a person it is part of their mail.
  const isNotice = beside.flatMap(labelled).filter((line) => LABEL.test(line)).length >= LEAST_LABELS;
  if (visitors.length !== 1 || !isNotice) return text;
  const [visitor = ''] = visitors;
  const said = turns.flatMap(({ who, words }, index) => {
    if (desk.has(who) || SENT_FILE.test(words)) return [];
    const before = turns[index - 1];
    const isAnswer = before !== undefined && desk.has(before.who) && before.words.endsWith('?');
    if (isAnswer && NO.test(words)) return words.split(/\s+/).length <= BARE_WORDS ? [] : [words.replace(/(?<=[\p{L}\d])$/u, '.')];
    // "May we use our key?" - "Yes": the answer says nothing alone.
    return isAnswer && YES.test(words) ? [before.words, words] : [words];
  });
  const name = nameIn(turns, desk) ?? visitor;
  const isNamed = (name === visitor && beside.some((line) => line.includes(visitor))) || !FULL_NAME.test(name);
  return [
    ...lines.slice(0, first.from).flatMap(labelled),
    ...(first.at === '' ? [] : [`Received: ${first.at}`]),
    ...(isNamed ? [] : [`Name: ${name}`]),
    '',
    `Message:\n${said.map(ended).join('\n')}`,
    '-----',
    ...lines.slice(last.to),
  ].join('\n');
}

/** With a full stop where the next begins in small letters, as if it went on. */
function ended(words: string, index: number, all: string[]): string {
  return /^\p{Ll}/u.test(all[index + 1] ?? '') ? words.replace(/(?<=[\p{L}\p{N})])$/u, '.') : words;
}

/** `Rhiannon Probert, 07400 123 347`, in answer to a question for the name. */
function nameIn(turns: Turn[], desk: Set<string>): string | null {
  for (const [index, { who, words }] of turns.entries()) {
    const before = turns[index - 1];
    if (desk.has(who) || before === undefined || !desk.has(before.who) || !/\bname\b/i.test(before.words)) continue;
    const name = /^(?:(?:it['’]?s|i['’]?m|my name is) )?(\p{Lu}\p{L}+(?: \p{Lu}[\p{L}'’-]+)+)/iu.exec(words)?.[1];
    if (name !== undefined && FULL_NAME.test(name)) return name;
  }
  return null;
}

function turnsOf(lines: string[]): Turn[] {
  const turns: Turn[] = [];
  for (const [index, line] of lines.entries()) {
    const stamped = STAMPED.exec(line);
    const [day = '', clock = '', who = '', words = ''] = stamped?.slice(1) ?? ['', '', ...(STAMPED_BEHIND.exec(line)?.slice(1) ?? [])];
    const before = turns.at(-1);
    if (who !== '')
      turns.push({ who: who.trim(), words: words.trim(), at: day === '' ? '' : `${day} ${clock}`, from: index, to: index + 1 });
    else if (before !== undefined && before.to === index && line.trim() !== '') {
      before.words += `\n${line.trim()}`;
      before.to += 1;
    }
  }
  return turns;
}

/** Above a chat, whose it is. */
const VISITOR = /^\W*(?:visitor|contact|name|customer|from|client|user|guest|tenant|chat(?:ting)? with|conversation with)\b/i;

/** Who speaks for the agency: those who are called so or talk so, and all others where one is said to be the visitor. */
function deskOf(turns: Turn[], beside: string[]): Set<string> {
  const speakers = [...new Set(turns.map(({ who }) => who))];
  const wordsOf = (name: string) => turns.filter(({ who }) => who === name).map(({ words }) => words);
  const desk = new Set(
    speakers.filter((name) => DESK_TAG.test(name) || DESK_NAME.test(name) || wordsOf(name).some((words) => DESK_WORDS.test(words))),
  );
  const visitor = beside.filter((line) => VISITOR.test(line));
  const named = speakers.filter((name) => !desk.has(name) && (VISITOR.test(name) || visitor.some((line) => line.includes(name))));
  if (named.length === 1) for (const name of speakers) if (!named.includes(name)) desk.add(name);
  return desk;
}

/** `Visitor Dr Yusuf Harcourt · Phone 07400 123 161`, above a chat. */
function labelled(whole: string): string[] {
  // Where the visitor's computer seems to be.
  const line = whole.replace(/^\s*(?=(?:location|country|city)\s*:)/i, 'Visitor ');
  const parts = line.split(/\s+[·|]\s+/);
  if (parts.length < 2) return [line];
  return parts.map((part) => part.replace(/^(visitor|name|contact|e-?mail|phone|telephone|mobile|tel|address|postcode)\s+(?=\S)/i, '$1: '));
}
