/** IssueTitle: what a person at the agency would type, from the subject where it says the fault, else from the sentence that does. */

import { matchesIn } from '../matches.ts';
import { oneBlank, sentencesOf } from '../plain.ts';
import { remembered } from '../remembered.ts';
import { ITEM, PRAISE, SYMPTOM } from '../words.ts';
import { withoutAddress } from './address-loose.ts';

const PREFIX = /^\s*(?:(?:re|fwd?|wg|tr|aw|antw|sv|vs|odp|pd)\s*:\s*|\[(?:external|ext|spam\??)\]\s*)+/i;
const NOISE =
  /\b(urgent(ly)?|asap|pl[sz]+|thank you|thanks|notice to (?:leave|quit|vacate)|(?:one |a )?months?['’]? notice|emergency|important|please (help|read|action)|help( please)?|new (job|repair|report|request|issue|maintenance)|repair (request|needed)|maintenance (request|issue)|report(ing)? (a |of )?(repair|fault|issue|problem)?|fault report|not an emergency|hello|hi|query|enquiry|attn|fao|for info|fyi|(?:mid-?term |property |routine |quarterly |six-?monthly |annual )*(?:inspection|visit)(?: (?:letter|report|on [\w ]{3,20}))?)\b/gi;
const MOST = 70;

/** A subject as its writer wrote it, without `Re:` and `Fwd:`. */
export function plainSubject(subject: string): string {
  return subject.replace(PREFIX, '').trim();
}

/** What mail programs and people write where there is no subject. */
const EMPTY_SUBJECT =
  /^\W*(?:no subject|untitled|no title|none|blank|question|e-?mail|message|test|(?:an? )?(?:message |e-?mail |letter |note )?from (?:mr|mrs|ms|miss|mx|dr|rev)\b\.? [\p{L}'’ .-]{2,40}|(?:new )?(?:voice ?mail|voice message|sms|text message|whats ?app(?: message)?|message)(?: \([^)]*\))? from [\d\s+():.-]{6,40}(?:sec\w*|min\w*)?)\W*$/iu;

/** A subject without prefixes, references, phone numbers, addresses and shouting; '' when nothing is left that says something. */
export const cleanSubject: (subject: string) => string = remembered((subject) => {
  if (EMPTY_SUBJECT.test(subject.replace(PREFIX, ''))) return '';
  let text = subject.replace(PREFIX, '').replace(/\p{Extended_Pictographic}|\u{fe0f}|\u{200d}/gu, ' ');
  text = text
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\([^)]*\d{5,}[^)]*\)/g, ' ')
    .replace(/(?:\+|\b0)[\d ()-]{9,}/g, ' ');
  text = withoutAddress(text);
  text = text
    .replace(/\b(?:job|ref|case|ticket|order|report|no|number)[.:# -]*[A-Z]{0,4}[-/]?\d[\w/-]*/gi, ' ')
    .replace(/\b[A-Z]{1,5}[-/]?\d{4,}[\w/-]*/g, ' ');
  text = text.replace(/\b(?:ground|first|second|third|top|lower|upper)[ -]floor\b/gi, ' ');
  text = text.replace(/\b(room|flat|apartment|unit)\s+\d+[a-z]?\b/gi, ' ');
  return ended(text);
});

/** What led to a place that was cut out; but `packed in`, `cannot get in`. */
const LEFT_BEHIND =
  /(?<!\b(?:packed|pack|caved|get|gets|got|getting|let|come|comes|coming|came|pouring|plugged|moved|stuck|jammed))\s+(?:in|of)$|\s+(?:at|for|-)$/i;

function ended(text: string): string {
  return oneBlank(text)
    .replace(/(\s*[-–—,:;|/(]\s*)+$/u, '')
    .replace(/^[\s\-–—,:;|/!?.*)]+|[\s!?.*(,;:]+$/gu, '')
    .replace(/\s+([,;:!?])/g, '$1')
    .replace(LEFT_BEHIND, '')
    .trim();
}

/**
 * @param body the person's own words, without greeting and sign-off
 * @returns the title with the words it comes from, or null when neither subject nor body has any
 */
export function titleOf(subject: string, body: string): { title: string; quote: string; from: 'subject' | 'body' } | null {
  const clean = cleanSubject(subject);
  const quiet = ended(clean.replace(NOISE, ' '));
  const inSubject = ITEM.test(quiet);
  const count = quiet.split(' ').length;
  const isWhole = inSubject && ((SYMPTOM.test(quiet) && count >= 2) || count >= 4);
  if (isWhole) {
    const other = anotherMatter(subject, quiet, body);
    return other === null
      ? { title: written(quiet), quote: subject, from: 'subject' }
      : { title: written(ofWhat(other, body)), quote: other.sentence, from: 'body' };
  }
  const topic = topicOf(quiet);
  const about = topic === null ? null : bestClause(body, topic);
  if (about !== null) return { title: written(ofSubject(quiet, ofWhat(about, body))), quote: about.sentence, from: 'body' };
  const clause = bestClause(body, null);
  // What an old thread is called says nothing of the new fault.
  const isOld = /^\s*(?:re|aw|sv|antw|odp)\s*:/i.test(subject) && !inSubject;
  if (clause !== null && topic !== null && !isOld && (inSubject || count <= 3))
    return { title: written(below(quiet, bared(clause.text))), quote: clause.sentence, from: 'body' };
  if (clause !== null) return { title: written(ofWhat(clause, body)), quote: clause.sentence, from: 'body' };
  if (quiet !== '') return { title: written(quiet), quote: subject, from: 'subject' };
  const [first] = sentencesOf(body);
  return first === undefined
    ? clean === ''
      ? null
      : { title: written(clean), quote: subject, from: 'subject' }
    : { title: written(first), quote: first, from: 'body' };
}

/** `Re: Boiler service Friday`, and below it of the basin that drains slowly: an answer may bring a new matter under an old subject. */
function anotherMatter(subject: string, quiet: string, body: string): ReturnType<typeof bestClause> {
  if (!/^\s*(?:re|aw|sv|antw|odp)\s*:/i.test(subject) || SYMPTOM.test(quiet)) return null;
  const best = bestClause(body, null);
  const item = ITEM.exec(quiet)?.[0].toLowerCase().replace(/s$/, '') ?? '';
  return best !== null && best.score >= 2 && !best.sentence.toLowerCase().includes(item) ? best : null;
}

const GENERAL =
  /^(my|our|the|a|an|in|at|of|on|for|to|and|from|with|is|are|not|no|it|this|that|flat|house|home|apartment|property|room|address|tenant|tenancy|update|another|new|things?|few|some|more|again|photos?|pictures?|landlord|agent|mr|mrs|ms|miss|dr|lettings?|street|road|lane|issues?|problems?|faults?|repairs?|maintenance|jobs?|order|done|please|number|yr|your|ref|visit|message|people|nothing|something|dramatic|matters?|favou?rs?|bits|list|heads|info|information|requests?|quick|small|short|little|note|concerns?|complaints?|days?|weeks?|time|front|back|side|wet|cold|still)$/i;

/** The word by which a subject names the thing: the item that it names, or the last word that is no general one. */
function topicOf(subject: string): string | null {
  const item = ITEM.exec(subject)?.[0];
  if (item) return item.toLowerCase().replace(/s$/, '');
  const words = subject.split(/[^\p{L}'’-]+/u).filter((word) => word.length > 3 && !GENERAL.test(word));
  return words.length > 0 && words.length <= 3 ? (words.at(-1) ?? '').toLowerCase().replace(/s$/, '') : null;
}

/** The clause that says most plainly what is wrong; with `topic`, only one that names it. */
function bestClause(body: string, topic: string | null): { text: string; sentence: string; score: number } | null {
  let best: { text: string; sentence: string; score: number } | null = null;
  for (const [index, sentence] of sentencesOf(body).entries()) {
    if (sentence.length > 600 && best !== null) continue;
    for (const whole of clausesOf(sentence)) {
      const clause = withoutPraised(whole);
      const names = topic === null ? ITEM.test(clause) : clause.toLowerCase().includes(topic);
      if (!names || PRAISE.test(clause)) continue;
      const reason = /\b(reason (i am|i'm|i’m|for) (writing|this)|reporting|the (problem|issue) is|to report|i am writing)\b/i.test(
        sentence,
      )
        ? 3
        : 0;
      const score =
        (SYMPTOM.test(clause) ? 4 : 0) +
        reason -
        index * 0.25 -
        (QUESTION.test(clause) ? 1 : 0) -
        (clause.length > 140 ? 1 : 0) -
        (NOT_THERE.test(clause) ? 6 : 0);
      if (best === null || score > best.score) best = { text: clause, sentence, score };
    }
  }
  return best !== null && (best.score > 0 || topic === null) ? best : null;
}

/** `We have had no water since six??` is none. */
const QUESTION =
  /^\W*(?:(?:please|pls|hi|hello|and|but|so|also)\W+)*(?:can|could|would|will|should|shall|may|is|are|was|do|does|did|has|have|when|what|why|how|who|which|where|any)\b.*\?$/i;

/** `No smell of gas, but the hob won't light`: what is not there is not the fault. */
const NOT_THERE =
  /^\W*(?:(?:hi|hello|dear \w+), )?(?:there(?:['’]?s| is| are) |i can )?(?:no|not any) (?:smell|sign|leaks?|damage|gas leak|water coming)\b/i;

/** `hot water comes out brown, cold is fine`: what is well is left out where something else is not. */
function withoutPraised(clause: string): string {
  if (!PRAISE.test(clause) || !clause.includes(',')) return clause;
  const parts = clause.split(/,\s+/).filter((part) => !PRAISE.test(part));
  return parts.some((part) => ITEM.test(part) && SYMPTOM.test(part)) ? parts.join(', ') : clause;
}

/** `Boiler pressure`, and below it "boiler pressure is 0.3 bar": said once is enough. */
function below(subject: string, clause: string): string {
  return clause.toLowerCase().startsWith(subject.toLowerCase()) ? clause : `${subject}: ${clause}`;
}

/** `Door lock: front door is a problem again`: a short subject names the thing better than a clause that leaves a part of it out. */
function ofSubject(subject: string, clause: string): string {
  const words = subject.split(/[^\p{L}'’-]+/u).filter((word) => word.length > 2);
  const left = words.filter((word) => ITEM.test(word) && !new RegExp(`\\b${word.replace(/s$/i, '')}`, 'i').test(clause));
  return words.length <= 3 && left.length > 0 && left.length < words.length ? `${subject}: ${bared(clause)}` : clause;
}

function bared(clause: string): string {
  return clause.replace(LEAD, '').replace(ARTICLE, '');
}

/** `One thing though: the hob.` right before the sentence that says what is wrong with it. */
const NAMED_BEFORE =
  /(?:^|[.:!?\n-])\s*(?:it['’]s |about |re )?(?:the|my|our) ((?:\w+ )?\w+)[.:!]?\s*$|\b(?:see to|look at|mend|fix|repair|problem with|issue with|trouble with) (?:the|my|our) ((?:\w+ )?\w+)[.:!]?\s*$/i;

const PART =
  /\b(frame|threshold|sill|ledge|hinges?|handle|seal|runners?|latch|bolt|lid|seat|panel|screw|bracket|knob|tray|shelf|bottom|corner|rim|edge|pane)\b/i;
const WHOLE =
  /\b(?:(?:front|back|side|patio|garage|bathroom|kitchen|bedroom|lounge|cellar|balcony|cupboard|oven|fridge|freezer|shower|wardrobe|cutlery|loft)\s)*(?:door|window|drawer|shower|oven|fridge|freezer|toilet|washing machine|dishwasher|cooker|wardrobe|gate|skylight)\b/i;

/** `… fix my washing machine, it wont spin`: a clause that only names the thing is told of with the one behind it. */
function withSymptom({ text, sentence }: { text: string; sentence: string }): string {
  const plain = bared(text);
  if (plain.split(/\s+/).length > 4 || SYMPTOM.test(plain)) return text;
  const behind = sentence.slice(sentence.indexOf(text) + text.length).replace(/^[\s,;:–—-]+/, '');
  const next = behind.split(/[.;]|,\s/)[0] ?? '';
  return SYMPTOM.test(next) ? `${text}, ${bared(next)}` : text;
}

/** A clause that names only a part is told of what: "Bottom of the frame is rotten" of the back door that the sentence before speaks of. */
function ofWhat(best: { text: string; sentence: string }, body: string): string {
  const { sentence } = best;
  const text = withSymptom(best);
  const at = body.indexOf(sentence);
  const [, first, second] = NAMED_BEFORE.exec(body.slice(Math.max(0, at - 60), Math.max(0, at))) ?? [];
  const named = first ?? second;
  if (named !== undefined && ITEM.test(named) && !text.toLowerCase().includes(named.toLowerCase())) return `${named}: ${bared(text)}`;
  if (!PART.test(text) || WHOLE.test(text)) return text;
  const whole = WHOLE.exec(sentence)?.[0] ?? WHOLE.exec(body.slice(Math.max(0, at - 160), at))?.[0];
  return whole === undefined ? text : `${whole.replace(/^\s*(her|his|my|our|the)\s/i, '')}: ${bared(text)}`;
}

function clausesOf(sentence: string): string[] {
  const parts = sentence.split(
    /[;:]\s+|\s[–—-]\s|,\s+(?=(?:and|but|so|which|although|though|because|as|it|there|we|you|i|my|the)\b)|\s(?=but\b)|\.\.+/i,
  );
  return parts.map((part) => fromItem(part.trim())).filter((part) => part.length > 6);
}

const EVERY_ITEM = new RegExp(ITEM.source, 'gi');

/** Dictated mails have no punctuation: a very long clause is taken from the thing that something is said to be wrong with. */
function fromItem(clause: string): string {
  if (clause.length <= 100 || SYMPTOM.test(clause.slice(0, 24))) return clause;
  for (const match of matchesIn(clause, EVERY_ITEM)) {
    if (SYMPTOM.test(clause.slice(match.index + match[0].length, match.index + 60))) return clause.slice(match.index);
  }
  return clause;
}

/** What people write before they come to the point. */
const BEFORE_THE_POINT = [
  "this is the \\w+ time (?:that )?(?:i|we)(?:['’]?m| am|['’]?ve| have| are)? (?:had to |been )?\\w+(?: you)?(?: to say| about| regarding| that)?",
  "(?:the )?only (?:thing|problem|issue) (?:i have |we have )?(?:is|['’]s)(?: that)?",
  "(?:i|we)(?:['’]?m| am| are|['’]?ve| have)? (?:just |only )?(?:been )?(?:writing|e-?mailing|messaging|contacting|getting in touch|reporting)(?:(?: with| to)? you)?(?: again| today| now)?(?: to (?:inform|let|tell|advise|notify|report|say|ask|complain|chase)(?: you)?(?: know)?)?(?: about| regarding| because| that| of)?",
  "(?:i|we)(?:['’]d)? (?:just |only )?(?:wanted|want|would like|like|wish|need) to (?:report|let you know|tell you|say|flag(?: up)?|inform you|ask|raise)(?: about| that| of)?",
  "(?:i |we )?(?:was |were |am |are |i['’]?m )?(?:just )?wondering (?:if|whether) (?:someone|somebody|anyone|you|it) could (?:please )?(?:be )?(?:come (?:out |round )?(?:and |to )?)?(?:have a )?(?:look(?:ed)? at|look into|fix|repair|mend|check|see to|sort(?: out)?)",
  '(?:could|can|would) (?:you|u|someone|somebody) (?:please |pls |also |just )*(?:(?:arrange (?:for )?|send |get )(?:someone|somebody|a man|an? \\w+) )?(?:to |round to |out to )?(?:come (?:out |round )?(?:and |to )?)?(?:have a )?(?:look at|look into|fix|repair|mend|check|see to|sort(?: out)?)',
  '(?:i|we) need (?:someone|somebody|an? \\w+) to (?:come (?:out |round )?(?:and |to )?)?(?:have a )?(?:look at|fix|repair|mend|check|see to|sort(?: out)?)',
  'further to (?:my|our) (?:last |previous |earlier )?(?:e-?mail|message|call|report|letter)s?',
  "(?:i|we)(?:['’]?ve| have)? (?:just |also |recently )?(?:noticed|discovered|realised|realized)(?: this (?:morning|afternoon|evening)| today| yesterday| last night| earlier)?(?: that)?",
  "(?:[\\w'’]+ ){0,4}(?:came|got|returned) (?:home|back) to find(?: that)?",
  'it (?:would )?(?:appears?|seems?) (?:that|like|as if)',
  "(?:i|we)(?: have|['’]?ve)? (?:already )?(?:e-?mailed|wrote|written|rang|called|phoned|reported|messaged)(?: to)?(?: you)?(?: last (?:week|month|night|time|\\w+day)| yesterday| before| already| (?:a|two|three|\\d+) (?:days?|weeks?|months?) ago)? (?:about|regarding|to say|to report)(?: that)?",
  "i(?:['’]?m| am) (?:afraid|sorry to say)(?: that)?",
  'since (?:yesterday|last \\w+|this \\w+|\\w+day)(?: \\w+)?,?(?= (?:the|my|our|there)\\b)',
  "since [\\w ]{3,24} (?:i|we)(?:['’]ve| have) had",
  'there (?:seems|appears) to be (?:an? (?:issue|problem|fault)|something wrong) with',
].join('|');

const LEAD = new RegExp(
  `^(?:(?:${BEFORE_THE_POINT})\\b[\\s,:]*|${String.raw`(?:hi|hiya|hello|hey|dear|good (?:morning|afternoon|evening)|morning|afternoon|evening)(?: [\w'’-]+){1,3},\s*|(?:and|but|also|so|hi|hello|hey|dear|morning|afternoon|evening|good (?:morning|afternoon|evening)|sorry|just|now|today|unfortunately|please|that|because|though|while|as|then|yes|ok)\b[\s,]*|(?:there (?:is|are|was)|there['’]?s|theres|i have|we have|i['’]ve got|we['’]ve got|i am writing to report|i would like to report|just to (?:say|let you know)(?: that)?|(?:the )?(?:problem|issue|reason i am writing) is(?: that)?|it seems|it looks like|i think)\s+(?:that\s+)?`})+`,
  'i',
);
const ARTICLE = /^(?:the|our|my|a|an|some of our|one of the)\s+/i;

/** `Shower in 14b Priory Lane LS7 1AA only runs cold`: where it is stands in fields of its own. */
function withoutPlace(text: string): string {
  if (!/\d/.test(text)) return text;
  const plain = withoutAddress(text.replace(/[\s,;.]*(?:\+44|\b0)[\d ()-]{9,15}/g, ' '), true);
  return plain !== text && ITEM.test(plain) && plain.length > 8 ? oneBlank(plain).replace(/ ([,.;:])/g, '$1') : text;
}

function written(text: string): string {
  let plain = ended(withoutPlace(text).replace(LEAD, '').replace(ARTICLE, ''));
  if (plain.length > MOST) {
    const cut = plain.slice(0, MOST);
    plain = ended(
      cut
        .slice(0, Math.max(cut.lastIndexOf(', '), cut.lastIndexOf(' '), 30))
        .replace(/\s(and|or|the|a|an|in|on|of|to|with|but|so|is|it|its|my|we|i)$/i, ''),
    );
  }
  if (plain === plain.toUpperCase() && /\p{Lu}{4}/u.test(plain)) plain = plain.toLowerCase();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
