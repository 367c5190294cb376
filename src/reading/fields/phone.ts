/** Phone numbers in running text, each with whose it is and whether it should be rung, by the words around it. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { PhoneFormat } from '../../domain/mailbox.ts';
import { matchesIn } from '../matches.ts';
import { remembered } from '../remembered.ts';
import { britishForm } from './british-number.ts';
import { type NumberRun, numberRuns, parsed } from './phone-run.ts';

export type Owner = 'own' | 'family' | 'foreign';

/** Whose words they are: of the tenant, of the agency's staff, or of somebody who speaks for the tenant: their numbers are the second best. */
export type Voice = 'tenant' | 'staff' | 'relay';

export type PhoneFound = {
  /** E.164 */
  number: string;
  quote: string;
  index: number;
  isMobile: boolean;
  owner: Owner;
  /** The words beside it say that it is a phone number. */
  labelled: boolean;
  /** `preferred`: the text asks to use it first. `last`: it asks not to ring it, or only when all else fails. */
  use: 'preferred' | 'plain' | 'last';
};

const LABEL =
  /\b(tel|telephone|phone|mob|mobile|cell|call|ring|text|whats ?app|number|num|no|contact|landline|home|t|m|me on|reach (me|us) on|on)\b[^\p{L}\p{N}]{0,6}(is|s|at|on)?[^\p{L}\p{N}]{0,4}$/iu;
const SURE_LABEL =
  /\b(tel|telephone|phone|mob|mobile|cell|call|ring|text|whats ?app|contact|landline|my (new |own )?(number|num|no)|(me|us|him|her|them) on)\b\.?[^.!?\n]{0,18}$/iu;
const LABEL_AFTER = /^\W{0,4}(?:(?:is|=|are|was) (?:my|our|the best|a good)\b|\(?(?:mob|mobile|cell|home|landline|tel|phone|h|m)\b)/i;
const NOT_A_PHONE =
  /\b(ref|reference|account|a\/c|acc|invoice|policy|meter|mpan|mprn|serial|crime|(?<!in )case|ticket|student id|id|order|job no|job number|reg no|fax|registered in england no|company no|scheme no|sort code|readings?|model|error|code|booking|tenancy( number| no)?|claim|barcode|report no|licen[cs]e|vat|imei|isbn|nhs|national insurance|passport|tracking|parcel|part|product|item|card|batch|gc|gas safe|niceic|roll|bill|payment)\b[^\n]{0,16}$/iu;
const FOREIGN =
  /\b(neighbou?rs?|landlord|landlady|plumber|contractor|electrician|engineer|firm|company|roofer|builder|joiner|locksmith|handyman|workm[ae]n|roofline|office( line)?|ddi|agency|agents?|letting|estate agent|concierge|caretaker|porter|janitor|warden|managing agent|management|helpline|hotline|support|supplier|provider|insurers?|insurance|emergency line|out[- ]of[- ]hours|national grid|british gas|council|police|surgery|school|work (number|line)|switchboard|call cent(re|er)|customer services?|your (number|line|phone|voicemail|answerphone)|(?:man|woman|lady|guy|bloke|chap|people|flat) (?:up|down)stairs|next door|previous tenant|cleaner|nhs|hospital|gp|security|university|uni|college|reception|environmental health|roofing|plumbing|heating (?:co|ltd|firm)|electrical (?:co|ltd|firm))\b|\b(?:i|we|he|she|they)(?: have|['’]ve)?(?: already| just| also)? (?:phoned|rang|called|rung|tried) (?:the|a|an|your|my) [^.!?\n]{2,50}\(?$/iu;
const EVERY_FOREIGN = new RegExp(FOREIGN.source, 'giu');
const THIRD = /\b(his|her|their)\b[^.!?\n]{0,45}$/iu;
const FAMILY =
  /\b(husband|hubby|wife|partner|mum|mom|mother|dad|father|parents?|son|daughter|brother|sister|aunt|uncle|nan|gran(dma|dad|ny)?|cousin|niece|nephew|housemate|flatmate|roommate|girlfriend|gf|boyfriend|bf|fianc[ée]e?|carer|friend|mate|other half|co-?tenant|colleague)(?:['’]?s)?\b/iu;
const MINE = /\b(my|me|mine|i am|i['’]?m|us|our)\b/i;
const AVOID =
  /\b(rarely|never|seldom|hardly ever|not often) (have |has |is |it ?s )?(it )?(switched|on|answered|used|answer|carry|look)|\bdo(n['’]?t| not) (ring|call|use|text|phone|try)\b|\btext( me)?( on)?\W{0,3}$|\bif no (answer|reply|luck)|\bif (you |that |i |there['’]?s )?(can(no|['’])?t|cannot|not|don['’]?t|no)\b|\bif (?:that|it|this|mine|(?:the|my) mobile)(?: one| number)? (?:goes|rings|keeps|does|fails|drops|cuts|is (?:off|engaged|busy|not))\b|\bforgets? to (?:switch|turn|charge|carry|take|look)|\b(alternatively|otherwise|failing that|or else|back-?up|in an? emergency only|as a last resort)\b/iu;
const DEAD =
  /\b(old (one|number|phone|mobile)|no longer|given up|gave up|got rid of|cancelled|used to have|instead of(?! (?:him|her|them)\b)|disconnected|used to be|changed (it |my number )?from|(phone|mobile) (was|is|has been|got) (stolen|lost|broken|dead|smashed))\b(?:(?!\b(?:now|new)\b)[^.!?\n]){0,40}$/iu;
const DEAD_AFTER =
  /^\W{0,3}(?!(?:and |but )?(?:the |my )?(?:old|other|previous|last|one (?:that )?(?:we|you|i|they|on|in))\b)(?:[^.;!?\n\d]{0,24}\b)?(?:(?:no longer|no use(?! (?:for|to (?:anybody|anyone))\b)|not in use|out of use|doesn['’]?t work|does not work|is dead|is broken|is out of (?:use|order)|is not working|isn['’]?t working|was stolen|is lost|has been (?:cut off|disconnected)|is (?:my |the )?old)\b)|^[^.;!?\n\d]{0,40}\bmy ex\b|^\W{0,3}(?:but |please )*do(?:n['’]?t| not) (?:ring|call|use|phone)(?: me)? (?:it|this|there|this (?:one|number)|at work)(?:,? please)?\s*(?:[).;]|$)/i;
/** `ring X, NOT the Y`. */
const NOT_THIS = /\bnot (?:on |to |use )?(?:the |my |that |his |her )?(?:old |other )?(?:number |one )?$/i;
const LAST_AFTER =
  /^[^.\n]{0,4}\((?:office|work|rarely)|^\W{0,3}(?:(?:which|but it|it|that|and it) (?:is|['’]s) |is )?(?:generally|usually|mostly|often|rarely|seldom|hardly ever|always) (?:switched )?(?:off|on|answered|used|in a drawer)\b|^\W{0,3}(?:at a pinch|if need be|as a last resort)\b/i;
const PREFER = /\b(best|easiest|preferably|prefer(red)?|ideally|please use|use|first|only)\b[^.!?\n]{0,40}$/iu;
const PREFER_AFTER = /^\W{0,3}(?:is (?:the )?(?:best|preferred)|rather than|not (?:the|my) (?:mobile|landline)|first\b|is better)/i;

/** Though somebody else is named: `for the plumber: my number is`; but not `my landlord can be reached on`. */
const OWN_AFTER_ALL =
  /\bmy\b(?!\s+(?:\w+ )?(?:landlord|landlady|neighbou?r|plumber|electrician|engineer|builder|letting|agent|agency|caretaker|concierge|cleaner)\b)|\b(?:call me|ring me|me on|i am on|i['’]m on|text me)\b/iu;

/** A tenant who writes of `the number of the tenant, Mr Roe` means the one upstairs. */
const OTHER_TENANT = /\bnumber (?:of|for) the (?:tenants?|people|owners?|man|woman|lady|couple|flat)\b/i;

/** `Tell the contractor to call 07…`, `when the plumber comes, please ring first: 07…`: whoever is named is the one who rings. */
const TOLD_TO_RING =
  /\b(?:should|could|can|would|will|must|may|to|please|pls|plz|so|ask|have|get|let)\b[^.!?;\n]{0,40}\b(?:ring|call|text|phone|contact|let)(?: me| us)?(?: know)?(?: first| ahead| beforehand| direct(?:ly)?| in advance| before \w+)?(?: on| at| via)?(?: this(?: number)?)?[\s:,.(–-]*$/i;

/** Every number of a text, each once, in its order; those that are dead or no phone are left out. */
export function phonesIn(text: string, voice: Voice): PhoneFound[] {
  const found: PhoneFound[] = [];
  let previous = null as Previous | null;
  for (const run of numberRuns(text)) {
    const before = text.slice(Math.max(0, run.index - 90), run.index);
    const line = before.slice(before.lastIndexOf('\n') + 1);
    const end = run.index + run.quote.length;
    const after = text.slice(end, end + 60).split('\n')[0] ?? '';
    const sinceLast = between(text, previous, run, line);
    const words = sinceLast ?? line;
    const labelled = LABEL.test(line) || LABEL_AFTER.test(after);
    if (NOT_A_PHONE.test(words) && !/\b(tel|phone|mob|mobile|my number|ring|call)\b[^\p{L}]*$/iu.test(words)) continue;
    if (run.how === 'bare' && !labelled && !(isWholeLine(line, after) && /^44/.test(run.quote))) continue;
    const isSure = SURE_LABEL.test(line) || LABEL_AFTER.test(after) || (GROUPED.test(run.quote) && isWholeLine(line, after));
    if (run.how === 'possible' && !isSure) continue;
    const inherits: Owner | null =
      sinceLast !== null && /^[\s,/&|()]*(?:or|and)?[\s,/&|()]*$/i.test(sinceLast) ? (previous?.owner ?? null) : null;
    const owner: Owner = inherits ?? ownerOf(run, words, after, voice);
    previous = { end, owner };
    if (DEAD.test(words) || DEAD_AFTER.test(after) || NOT_THIS.test(words)) continue;
    const isLast = AVOID.test(words.split(/[.!?;]\s/).at(-1) ?? '') || LAST_AFTER.test(after);
    const isPreferred = PREFER.test(words) || PREFER_AFTER.test(after);
    const { number, quote, index, isMobile } = run;
    found.push({ number, quote, index, isMobile, owner, labelled, use: isLast ? 'last' : isPreferred ? 'preferred' : 'plain' });
  }
  return found.filter((one, index) => found.findIndex((other) => other.number === one.number) === index);
}

/** As people write numbers that are rung: `0115 496 0618`, `01632 960 618`. */
const GROUPED = /^0(?:\d{2} \d{4} \d{4}|1\d{2} \d{3} \d{4}|[17]\d{3} \d{6}|[17]\d{3} \d{3} \d{3})$/;

/** Nothing else stands in its line, as below a name. */
function isWholeLine(before: string, after: string): boolean {
  return before.trim() === '' && after.trim() === '';
}

type Previous = { end: number; owner: Owner };

/** The text since the number before, where that stands in the same line. */
function between(text: string, previous: Previous | null, run: NumberRun, line: string): string | null {
  return previous !== null && run.index - previous.end < line.length ? text.slice(previous.end, run.index) : null;
}

/** @param words what stands before the number, from the number before it or the beginning of its line */
function ownerOf(run: NumberRun, words: string, after: string, voice: Voice): Owner {
  const sentence = words.split(/[.!?;]\s|\s[|/]\s/).at(-1) ?? words;
  const close = sentence.slice(-70);
  // Freephone, shared-cost and company numbers (Ofcom: 03, 08, 09) are never a tenant's.
  if (/^\+44[389]/.test(run.number)) return 'foreign';
  if (voice === 'staff') return staffOwner(run, sentence);
  if (voice === 'relay') {
    if (
      MINE.test(close.slice(-40)) &&
      !/\bmy (?:\w+ )?(?:mum|mother|dad|father|son|daughter|nan|gran\w*|aunt\w*|uncle|client)['’]?s?\b/i.test(close)
    )
      return 'family';
    if (/\b(caretaker|concierge|porter|warden|site manager|key ?holder|housekeeper)\b/i.test(close)) return 'family';
    return FOREIGN.test(close.slice(-50)) ? 'foreign' : 'own';
  }
  if (/\bmy (own |new )?(number|num|mobile|mob|phone|no|tel|landline|home)\b[^,;]{0,20}$|\bmine\b[^,;]{0,12}$/i.test(close)) return 'own';
  if (/\b(?:please|do|kindly|so) use\W*$/i.test(close)) return 'own';
  if (OTHER_TENANT.test(close)) return 'foreign';
  if (FOREIGN.test(close.slice(-50)) && !OWN_AFTER_ALL.test(close.slice(-30)) && !TOLD_TO_RING.test(close)) return 'foreign';
  const isMe = /\b(or|and|but) (?:\w+ ){0,2}me\b[^,;]{0,12}$|\b(call|ring|text|phone|reach|contact|get) me\b[^,;]{0,24}$/i.test(close);
  if (isMe && !FAMILY.test(close.slice(-24))) return 'own';
  if (
    FAMILY.test(close) ||
    /^\s*[-–(]?\s*(?:(?!or\b|and\b|but\b)\w+,? )?(?:my )?(husband|wife|partner|mum|dad|son|daughter|flatmate|housemate)/i.test(after)
  )
    return 'family';
  if (THIRD.test(close)) return 'foreign';
  if (
    /^\W{0,3}(?:(?:is|was|which is|that['’]?s) )?(?:the |our |your )?\(?(?:office|landlord|agency|neighbour|plumber|contractor|engineer)/i.test(
      after,
    )
  )
    return 'foreign';
  return 'own';
}

/** Staff write down the tenant's number; theirs is "mine", and a landline that nothing explains is the office's. */
const TENANT_AGAIN =
  /\b(tenants?|tnt|caller|resident|occupier|ring (her|him|them)|(her|his|their) (own )?(number|num|no|mob|mobile|tel|phone|home|landline)|(she|he|they)( is|['’]s| are|['’]re) on)\b/i;

function staffOwner(run: NumberRun, sentence: string): Owner {
  // "the landlord (Mr Roe, 07…)": the name belongs to the landlord, unless the tenant is named after that.
  const foreign = matchesIn(sentence, EVERY_FOREIGN).at(-1);
  const sinceForeign = foreign === undefined ? '' : sentence.slice(foreign.index + foreign[0].length);
  if (foreign !== undefined && sinceForeign.length < 60 && !TENANT_AGAIN.test(sinceForeign)) return 'foreign';
  if (/\b(tenants?|tnt|caller|resident|occupier|her|his|him|their|them|she|he|they|mrs?|ms|miss)\b/i.test(sentence)) return 'own';
  if (FOREIGN.test(sentence) || MINE.test(sentence)) return 'foreign';
  return run.isMobile ? 'own' : 'foreign';
}

/** `07400 123456` or `+447400123456`. */
export function written(number: string, format: PhoneFormat): string {
  return format === 'E.164' ? number : national(number);
}

const national = remembered((number) => {
  const british = britishForm(number);
  if (british !== null) return british;
  const phone = parsePhoneNumberFromString(number);
  return phone?.country === 'GB' || phone?.countryCallingCode === '44' ? phone.formatNational() : (phone?.formatInternational() ?? number);
});

/** E.164 of one number as an admin wrote it, or null. */
export function normalised(text: string): string | null {
  return parsed(text)?.number ?? null;
}
