/** Tells reports from what is none: bounces, automatic replies, lists, spam, our own mail, and mail that reports no fault. In doubt it is a report. */
import { header, type Message } from '../domain/message.ts';
import type { Reason, Sorting } from '../domain/sorting.ts';
import type { ReadingContext } from './context.ts';
import { layoutOf } from './layout.ts';
import { type Letter, textOf } from './letter.ts';
import { sentencesOf } from './plain.ts';
import { isFirm, rolesOf } from './whose.ts';
import { ITEM, PRAISE, SYMPTOM } from './words.ts';

const AUTO_SUBJECT =
  /^\s*(automatic reply|auto(matic)?[- ]?(reply|response)|out of (the )?office|autoreply|abwesenheit|read:|gelesen:|not read:|delivery (status|receipt)|accepted:|declined:|tentative:|cancell?ed:)/i;
const DONE = /\b(mended|fixed|repaired|sorted|put right|working (again|perfectly|now)|resolved|all (done|good|working)|warm as toast)\b/i;
const STILL = /\b(but|however|still|again|another|also|now the|unfortunately|yet|except)\b/i;
const BUSINESS = /\b(invoice|remittance|statement of account|purchase order|our quote|quotation|payment (within|terms|due)|sort code)\b/i;
const VIEWING =
  /\b(viewing (request|enquiry|appointment|booking)|request(s|ed)? (for )?a viewing|(book|arrange|would like|request|wants?) (a |to )?view(ing)?\b|(new|rental|lettings|property) (lead|enquiry)|(like|love|want) to view|would like\W+a viewing|could view)\b/i;
const NOTICE =
  /\b((months?|weeks?)['’]?s?['’]? notice|notice to (leave|quit|vacate)|giv(e|ing) (you )?(my |our )?notice|(be|am|are) moving out)\b/i;
const CERTIFICATE =
  /\b(gas safety (record|certificate|check)|cp ?12|eicr|epc|electrical (installation )?(report|certificate)|pat test|legionella|service (record|report|sheet)|certificates?)\b/i;
const ALL_WELL =
  /\b(nothing (to put right|found)|all (satisfactory|passed|in order|good)|no (defects?|remedial\w*|actions?|issues?))\b|\bnothing (is |was |has |that is )?(\w+ )?(broken|wrong|in need of repair|to repair|to report)\b|\bin (good|perfect) (order|condition)\b|\bno (leaks?|damp|faults?|problems?|repairs?)\b|\beverything (is (fine|ok|in order|working)|works)\b/i;
const TO_LET =
  /\b(pcm|per calendar month|available to (rent|let)|still available|to let\b|bed(room)? (flat|house|apartment)[^.\n]{0,60}(£|gbp|pcm))/i;
const OTHER_MATTER =
  /\b(viewing|view the (property|flat|house)|book a viewing|available to (rent|let)|rent (payment|arrears|review|increase)|deposit|reference request|council tax|tenancy (renewal|agreement)|notice to (leave|quit|vacate)|(months?|weeks?|days?)['’]? notice|my notice (for|on|to)|give (you )?(my |our )?notice|giving notice|(last day|move[- ]?out date) (will be|is)|right to rent|inventory appointment|mind if (i|we)|permission (to|for)|(could|can|may|might|would) (i|we|it be possible to) (please )?(have|get|keep|paint|decorate|redecorate|hang|put up|sub-?let)|allowed (a|to (have|keep)) (a )?(pet|dog|cat|kitten|puppy))\b/i;

export function sort(message: Message, letters: Letter[], context: ReadingContext): Sorting {
  const aside = (reason: Reason, why: string): Sorting => ({ kind: 'set-aside', reason, why });
  const contentType = header(message, 'content-type') ?? '';
  const sender = message.from?.address.toLowerCase() ?? '';
  const machine = (name: string, pattern: RegExp) => pattern.test(header(message, name) ?? '');

  if (
    /report-type\s*=\s*"?delivery-status/i.test(contentType) ||
    /^(mailer-daemon|postmaster)@/.test(sender) ||
    header(message, 'x-failed-recipients')
  )
    return aside('bounce', 'a delivery report');
  if (context.agency.ownAddresses.some((own) => own.toLowerCase() === sender))
    return aside('own-mail', `it comes from ${sender}, which is us`);
  if (message.headers.some((field) => field.name === 'message-id' && /^<faultline\./.test(field.value)))
    return aside('own-mail', 'its Message-ID is one of ours');
  if (isInvitation(message)) return aside('not-a-fault', 'an invitation to a meeting');
  if (/report-type\s*=\s*"?disposition-notification/i.test(contentType)) return aside('auto-reply', 'a read receipt');
  if (machine('x-spam-flag', /^\s*yes/i) || machine('x-spam-status', /^\s*yes/i)) return aside('spam', 'the mail server marked it as spam');
  const layout = layoutOf(letters, context);
  const isLabelled = layout.report === 'always';
  if (layout.report === 'never')
    return aside('not-a-fault', `the template ${layout.template?.name ?? ''} says that such a mail reports no fault`);
  const automatic =
    machine('auto-submitted', /^\s*auto-/i) ||
    header(message, 'x-autoreply') !== null ||
    header(message, 'x-autorespond') !== null ||
    machine('precedence', /auto_reply/i);
  if (
    AUTO_SUBJECT.test(message.subject) &&
    (automatic || header(message, 'return-path')?.trim() === '<>' || /^\s*(automatic reply|read:|out of)/i.test(message.subject))
  )
    return aside('auto-reply', 'its subject is that of an automatic reply');
  if (machine('auto-submitted', /^\s*auto-replied/i)) return aside('auto-reply', 'Auto-Submitted: auto-replied');
  if (automatic && !isLabelled) return aside('auto-reply', 'Auto-Submitted, and nothing in it is laid out as a report');
  const list =
    header(message, 'list-id') !== null || header(message, 'list-unsubscribe') !== null || machine('precedence', /^\s*(bulk|list)/i);
  if (list && !isLabelled) return aside('mailing-list', 'it has List-Unsubscribe, List-Id or Precedence, and is not laid out as a report');
  if (/method\s*=\s*"?(request|cancel|reply)/i.test(contentType) || hasCalendar(message))
    return aside('not-a-fault', 'an invitation to a meeting');
  if (isCertificate(message, letters)) return aside('not-a-fault', 'a certificate, and nothing was found');
  if (isBooking(message, letters)) return aside('not-a-fault', 'a firm says when it will come for an order of yours');
  if (isNotice(message, letters)) return aside('not-a-fault', 'somebody gives notice');
  if (isLettingEnquiry(message, letters)) return aside('not-a-fault', 'somebody wants to view or rent a property');
  return isLabelled ? { kind: 'opens' } : (noFault(message, letters, aside) ?? { kind: 'opens' });
}

const BOOKED =
  /\b(booked in|appointment (is |has been |was )?(confirmed|booked|made|agreed)|(we|i)(['’]ve| have)? (now )?(agreed|booked|arranged|pencilled in|scheduled|made an appointment)|(will|going to|due to) attend on|attending on|scheduled for)\b/i;
const YOUR_ORDER =
  /\b(your|the) (works? |job |purchase |repair )?(order|instruction|job (no|number|ref)|po)\b|\b(works? |job )?order (no\.? ?|number ?|ref ?)?#?\d{3,}/i;
/** A firm that tells more than its appointment. */
const MORE_TO_SAY =
  /\b(found|noticed|also|another|quote|quotation|recommend\w*|unsafe|dangerous|unable|no access|could ?n[o'’]t|cannot|can['’]t|needs?|further|additional)\b/i;

/** A contractor who confirms an appointment for a job that the agency ordered. */
function isBooking(message: Message, letters: Letter[]): boolean {
  const roles = rolesOf(letters);
  const text = `${message.subject}\n${textOf(roles.main, 'body')}`;
  return BOOKED.test(text) && YOUR_ORDER.test(text) && !MORE_TO_SAY.test(text) && isFirm(roles);
}

/** Who gives notice and says that all is in order reports nothing, however many things are named. */
function isNotice(message: Message, letters: Letter[]): boolean {
  const text = `${message.subject}\n${letters.map((letter) => textOf(letter, 'body')).join('\n')}`;
  return NOTICE.test(text) && ALL_WELL.test(text) && !sentencesOf(text).some(complains);
}

/** A certificate of a check at which nothing was found. */
function isCertificate(message: Message, letters: Letter[]): boolean {
  const text = `${message.subject}\n${letters.map((letter) => textOf(letter, 'body')).join('\n')}`;
  return CERTIFICATE.test(text) && ALL_WELL.test(text) && !sentencesOf(text).some(complains);
}

/** A lead of a lettings portal is laid out as a repair notification is, and asks about the boiler too. */
function isLettingEnquiry(message: Message, letters: Letter[]): boolean {
  const text = letters.map((letter) => textOf(letter, 'body')).join('\n');
  if (VIEWING.test(message.subject) && (VIEWING.test(text) || TO_LET.test(`${message.subject}\n${text}`))) return true;
  const whole = `${message.subject}\n${text}`;
  return SEEN_ADVERTISED.test(whole) && WANTS_TO_SEE.test(whole) && !sentencesOf(text).some(complainsOfOurs);
}

const SEEN_ADVERTISED =
  /\b(?:saw|seen|see|found|spotted|noticed|came across|interested in|looking at|enquir\w+ about)\b[^.?!\n]{0,90}\b(?:on your (?:web ?site|page|list|books|window)|rightmove|zoopla|openrent|spareroom|gumtree|advert\w*|listed|listing|online|to let|to rent|for rent)\b/i;
const WANTS_TO_SEE =
  /\bview(?:ing)?\b|\b(?:love|like|want|possible|come|able|arrange|book) to (?:come and )?(?:see|have a look|look round)\b|\bstill (?:available|going|free|on the market)\b/i;
/** Another home than the one that we let. */
const ELSEWHERE =
  /\b(?:current|present|old|last|previous) (?:place|flat|house|home|landlord|rental|agent)\b|\b(?:place|flat|house|home) (?:that )?(?:we['’]?re|i['’]?m|we are|i am) in (?:now|at the moment)\b|\bwhere (?:i|we) (?:live|am|are) now\b|\bnot one of yours\b|\b(?:advert|listing|photos?|pictures?)\b/i;

/** Who asks whether there is damp in a flat to let says nothing of a fault, nor does who has a leak at another landlord's. */
function complainsOfOurs(sentence: string): boolean {
  return !/\?\s*$/.test(sentence) && !ELSEWHERE.test(sentence) && complains(sentence);
}

/** A calendar's own mail: an invitation, a change of it, or its cancellation. */
function isInvitation(message: Message): boolean {
  return (
    /^\s*(updated )?invitation\b.*@|^\s*(invitation|meeting request|cancell?ed event|updated event)\s*:/i.test(message.subject) &&
    message.attachments.some(({ mimeType, name }) => mimeType === 'text/calendar' || /\.ics$/i.test(name))
  );
}

function hasCalendar(message: Message): boolean {
  return message.attachments.some((attachment) => attachment.mimeType === 'text/calendar' && attachment.name === '');
}

/** Thanks for a finished repair, bills, and other matters, where nothing in the mail is said to be wrong. */
function noFault(message: Message, letters: Letter[], aside: (reason: Reason, why: string) => Sorting): Sorting | null {
  const { main } = rolesOf(letters);
  const body = `${textOf(main, 'body')}`;
  const text = `${main.subject}\n${body}`;
  const sentences = sentencesOf(text);
  if (BUSINESS.test(message.subject) && BUSINESS.test(body) && !/^\s*(re|aw)\s*:/i.test(message.subject))
    return aside('not-a-fault', 'a bill or an offer');
  const praised = /\b(thank|thanks|pleased|grateful|delighted)\b/i.test(body);
  const done = sentences.filter((sentence) => DONE.test(sentence));
  const open = sentences.filter(
    (sentence) =>
      !DONE.test(sentence) && !PRAISE.test(sentence) && ITEM.test(sentence) && SYMPTOM.test(sentence) && !/\bno more\b/i.test(sentence),
  );
  if (praised && done.length > 0 && open.length === 0 && !done.some((sentence) => STILL.test(sentence)))
    return aside('not-a-fault', 'thanks for a finished repair');
  if (OTHER_MATTER.test(text) && !sentences.some(complains) && letters.every((letter) => letter.attachments.length === 0))
    return aside('not-a-fault', 'another matter than a fault');
  return null;
}

/** Words that tell of harm whatever it is that they are said of, since no list names every thing that breaks. */
const TROUBLE =
  /\b(leak(s|ing|ed|y)?|broken?|collaps\w*|sheared|snapped|crack(s|ed|ing)?|burst|flood\w*|rott(en|ing)|mould\w*|damp|unsafe|danger\w*|hazard\w*|not safe|fault|faulty|defect\w*|not work\w*|(does|do|did|is|wo)n['’]?t work\w*|won['’]?t|stopped|needs? (an? |to be )?(new|repair\w*|replac\w*|fix\w*|mend\w*|seeing to|look)|in need of|mend|(please|pls|can you|could you) (send|repair|fix|mend|come))\b/i;

/** Whether a sentence says that something is wrong. In doubt it does: who is set aside is not heard. */
function complains(sentence: string): boolean {
  const said = withoutDenied(sentence);
  return TROUBLE.test(said) || (ITEM.test(said) && SYMPTOM.test(said));
}

/** Without what somebody says that is not there (`no leaks, nothing is broken`), and what was mended (`the leak that you fixed`). */
function withoutDenied(sentence: string): string {
  return sentence.replace(DENIED, ' ').replace(GONE, ' ').replace(MENDED, ' ');
}

const DENIED =
  /\b(?:no|not any|without|never (?:had )?(?:any|a)|free of) (?:[a-z]+ ){0,2}?(?:leaks?|damp|mould|problems?|issues?|faults?|defects?|damage|repairs?|complaints?|cracks?)\b|\bnothing (?:is |was |has |seems )?(?:\w+ )?(?:broken|wrong|leaking|damaged|missing|to put right)(?: or in need of \w+)?\b/gi;
/** What came to an end: `the leak under the sink has never come back`. */
const GONE =
  /\b(?:the|that|my|our) (?:\w+ )?(?:leaks?|damp|mould|problems?|faults?|noise|smell|issues?)\b[^,.;]{0,40}\b(?:has|have)(?:n['’]?t| not| never) (?:come back|returned|been back|reappeared|happened again)\b/gi;
const MENDED =
  /\b(?:the|that|a) [^,.;]{0,60}\b(?:you|they|he|she|was|were|been)\b[^,.;]{0,20}\b(?:fixed|mended|repaired|sorted)\b[^,.;]*/gi;
