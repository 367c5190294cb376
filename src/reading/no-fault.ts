/** What a mail is that somebody wrote and that reports no fault. In doubt it is a report: who is set aside is not heard. */
import { type Address, domainOf, type Message } from '../domain/message.ts';
import type { Reason } from '../domain/sorting.ts';
import { type Letter, textOf } from './letter.ts';
import { bare, sentencesOf } from './plain.ts';
import { isFirm, isMachine, isNamedAfterSite, rolesOf } from './whose.ts';
import { ITEM, PRAISE, SYMPTOM } from './words.ts';

const DONE = /\b(mended|fixed|repaired|sorted|put right|working (again|perfectly|now)|resolved|all (done|good|working)|warm as toast)\b/i;
const STILL = /\b(but|however|still|again|another|also|now the|unfortunately|yet|except)\b/i;
const BUSINESS =
  /\b(invoice|remittance|statement of account|purchase order|our quote|quotation|the quote (for|is|of)|quote (attached|below)|plus vat|\+ ?vat|inc(l|luding)?\.? vat|payment (within|terms|due)|sort code)\b/i;
const VIEWING =
  /\b(viewing (request|enquiry|appointment|booking)|request(s|ed)? (for )?a viewing|(book|arrange|would like|request|wants?) (a |to )?view(ing)?\b|(new|rental|lettings|property) (lead|enquiry)|(like|love|want) to view|would like\W+a viewing|could view)\b/i;
const NOTICE =
  /\b((months?|weeks?)['’]?s?['’]? notice|notice to (leave|quit|vacate)|giv(e|ing) (you )?(my |our )?notice|(be|am|are) moving out)\b/i;
const CERTIFICATE =
  /\b(gas safety (record|certificate|check)|cp ?12|eicr|epc|electrical (installation )?(report|certificate)|pat test|legionella|service (record|report|sheet)|certificates?)\b/i;
const ALL_WELL =
  /\b(nothing (to put right|found)|all (satisfactory|passed|in order|good)|no (defects?|remedial\w*|actions?|issues?))\b|\bnothing (is |was |has |that is )?(\w+ )?(broken|wrong|in need of repair|to repair|to report)\b|\bin (good|perfect|full) (working )?(order|condition)\b|\bnothing (?:is )?outstanding\b|\bno (leaks?|damp|faults?|problems?|repairs?)\b|\beverything (is (fine|ok|in order|working)|works)\b/i;
const TO_LET =
  /\b(pcm|per calendar month|available to (rent|let)|still available|to let\b|bed(room)? (flat|house|apartment)[^.\n]{0,60}(£|gbp|pcm))/i;
const OTHER_MATTER =
  /\b(viewing|view the (property|flat|house)|book a viewing|available to (rent|let)|rent (payment|arrears|due|is due|review|increase|will be|is late|was|be late|statement|receipt)|(pay|paid|paying) (the|my|our) rent|rent for (january|february|march|april|may|june|july|august|september|october|november|december)|meter readings?|parking permit|contents insurance|council letter|proof of (address|tenancy|rent)|broadband|fibre|sky dish|satellite dish|another year|deposit|reference request|council tax|tenancy (renewal|agreement)|notice to (leave|quit|vacate)|(months?|weeks?|days?)['’]? notice|my notice (for|on|to)|give (you )?(my |our )?notice|giving notice|(last day|move[- ]?out date) (will be|is)|right to rent|inventory appointment|mind if (i|we)|permission (to|for)|(could|can|may|might|would) (i|we|it be possible to) (please )?((have|get|keep) (a |an |another |my )?(pet|dog|cat|kitten|puppy|rabbit|hamster|lodger)|paint|decorate|redecorate|hang|put up|sub-?let)|(am|are) (i|we) allowed to|allowed (a|to (have|keep)) (a )?(pet|dog|cat|kitten|puppy))\b/i;

/** What a firm writes when a job is done. */
const FINISHED =
  /\b(?:job|work|works|repair) (?:is |now |all )?(?:complete|completed|done|finished)\b|\bcompleted\b|\b(?:invoice|bill) (?:to follow|attached|will follow)\b/i;
/** Tenants send no bills. */
const BILLS = /\b(?:invoice|bill) (?:to follow|attached|will follow|to come|in the post|enclosed)\b/i;
const CALLED_OFF =
  /\bcancel\b|\bcall (?:it |him |them )?off\b|\bno (?:longer )?need (?:for|to|of) (?:any(?:body|one)|some(?:body|one)|the|a|come|send|visit|attend)\b|\b(?:no longer|do ?n[o'’]t|do not) need (?:any(?:body|one)|some(?:body|one)|the|a|you to)\b|\b(?:ignore|disregard) my (?:last |earlier |previous )?(?:e-?mail|message|mail|report)\b/i;
const WELL_AGAIN =
  /\b(?:working (?:again|fine|now|ok)|works (?:again|fine|now|ok)|come back on|came back on|(?:fixed|sorted|mended|cleared) (?:itself|it ourselves|it myself|now)|(?:is|are|all) (?:fine|ok|okay|good|sorted) (?:again|now)|stopped by itself|got it (?:going|working)|(?:has |have |['’]s |['’]ve )?stopped (?:leaking|dripping|beeping|chirping|smelling|making (?:the|that) noise)(?: now| again| altogether| on its own)?)\b/i;

/** Of a person who came; what was left undone is a report. */
const COMPLAINT =
  /\bcomplain(?:t|ing)? (?:about|against|regarding) (?:the|your|an?|that) (?:\w+ )?(?:engineer|plumber|contractor|man|workm[ae]n|electrician|staff)\b/i;
const WORK_IS_FINE =
  /\bno (?:quarrel|complaints?|problem) with the (?:work|job|repair)\b|\b(?:work|job|repair|heating|boiler|it) (?:itself )?(?:is|was|has been) (?:fine|good|working)\b/i;

const AWAY = /\b(?:will be|shall be|['’]ll be|are|am|['’]re|['’]m)(?: going)? away\b|\bon holiday\b|\babroad\b/i;
const FOR_RECORDS = /\b(?:only|just|purely) for (?:your|the) (?:records?|files?|information)\b|\bfor (?:your )?information only\b/i;

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

/** A contractor's report of an order that is done, and of which nothing is left. */
function isFinished(message: Message, letters: Letter[]): boolean {
  const roles = rolesOf(letters);
  const text = `${message.subject}\n${textOf(roles.main, 'body')}`;
  return JOB_DONE.test(text) && NO_WORK_LEFT.test(text) && !RECOMMENDS.test(text) && (YOUR_ORDER.test(text) || isFirm(roles));
}

const JOB_DONE =
  /\b(?:job|works?|repair|order)\b[^.\n]{0,30}\b(?:done|completed?|finished)\b|\bcompleted\b[^\n]{0,20}\b(?:order|job|works?)\b/i;
const NO_WORK_LEFT =
  /\b(?:no|nothing) (?:further|more|else|other|follow[- ]?on|additional)(?: works?| visits?| repairs?| action)?(?: is| are)? (?:needed|required|necessary|outstanding|to (?:do|be done))\b/i;
const RECOMMENDS = /\b(?:recommend\w*|unsafe|dangerous|condemned|quote (?:for|attached|to follow)|however|unable|no access)\b/i;

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

/** A diary of certificates that says what falls due: `3 certificates due in September`. */
function isReminder(letters: Letter[]): boolean {
  const { main } = rolesOf(letters);
  const text = `${main.subject}\n${textOf(main, 'body')}`;
  return (
    CERTIFICATE.test(text) &&
    FALLS_DUE.test(text) &&
    main.from !== null &&
    isMachine(main.from.address) &&
    !sentencesOf(text).some(complains)
  );
}

const FALLS_DUE = /\b(?:fall(?:s|ing)? due|due (?:in|on|by|for|within)|expir(?:e|es|ing|y)|renewals?)\b/i;

/** What a portal writes when a job is done: it tells the whole report again. */
function isClosed(message: Message, letters: Letter[], isLabelled: boolean): boolean {
  const { main } = rolesOf(letters);
  const text = `${message.subject}\n${textOf(main, 'body')}`;
  return (
    CLOSED_SUBJECT.test(message.subject) &&
    CLOSED.test(text) &&
    !OPEN_AGAIN.test(text.replace(NO_MORE_WORK, '')) &&
    (isLabelled || (main.from !== null && isMachine(main.from.address)))
  );
}

/** What a portal writes of a job that it has already: its status, and that all is seen to. */
function isStatusChange(letters: Letter[], isLabelled: boolean): boolean {
  const { main } = rolesOf(letters);
  if (!isLabelled && (main.from === null || !isSystem(main.from))) return false;
  const text = `${main.subject}\n${textOf(main, 'body')}`;
  return STATUS.test(text) && NOTHING_TO_DO.test(text) && !OPEN_AGAIN.test(text);
}

const STATUS =
  /\bstatus (?:has |was |is )?(?:been )?(?:changed|updated|now)\b|\b(?:update|progress) (?:on|to|for|of) (?:your |the |a )?(?:repair|job|ticket|request|case|work order)\b|\b(?:contractor|engineer|plumber|electrician) (?:has been |was )?(?:appointed|assigned|allocated|booked|instructed)\b/i;
const NOTHING_TO_DO =
  /\b(?:you|there is|there['’]s) (?:do ?n[o'’]?[’']?t |do not |nothing )(?:need to do anything|have to do anything|for you to do|you need to do)\b|\bno (?:further )?action (?:is )?(?:needed|required|necessary)\b|\bfor (?:your )?information only\b|\bthe tenant has (?:already )?been (?:told|informed|notified|texted|emailed)\b/i;

/** What a system writes when a check found nothing: a summary of the month, a checklist. */
function isAllWell(letters: Letter[]): boolean {
  const { main } = rolesOf(letters);
  if (main.from === null || !isSystem(main.from)) return false;
  const text = `${main.subject}\n${textOf(main, 'body')}`;
  if (STILL_OPEN.test(text)) return false;
  return (NOTHING_TO_DO.test(text) && ALL_WELL.test(text)) || (DIGEST.test(main.subject) && ALL_NORMAL.test(text));
}

/** What systems write beside new reports: how far a known job is, money, viewings, codes, parcels. Only what no person writes, and nothing that is open again. */
function isEvent(letters: Letter[]): boolean {
  const { main } = rolesOf(letters);
  if (main.from === null || !isSystem(main.from)) return false;
  const text = `${main.subject}\n${textOf(main, 'body')}`;
  return (
    (EVENT.test(main.subject) || (/\bmissed call\b/i.test(main.subject) && NO_MESSAGE.test(text))) &&
    !STILL_OPEN.test(text) &&
    !LIVES_THERE.test(text)
  );
}

/** A machine, or a company: `FixIt <jobs@fixit.example>` is called like its domain. */
function isSystem(from: Address): boolean {
  return isMachine(from.address) || ROLES.test(from.address) || isNamedAfterSite(from);
}

const ROLES =
  /^(?:jobs?|repairs?|orders?|tickets?|track(?:ing)?|support|service|info|hello|mail|team|accounts?|billing|invoices?|summary|digest|reports?|bookings?)@/i;

const EVENT = new RegExp(
  [
    '\\b(?:job|ticket|repair|work ?order|request|case|visit|appointment)\\b[^\\n]{0,30}\\b(?:accepted|rescheduled|re-?booked|moved|on hold|invoiced)\\b',
    '\\b(?:quotes?|invoices?) (?:added|received|submitted|approved|accepted|declined|uploaded)\\b',
    '\\b(?:photos?|comments?|notes?|documents?|files?|certificates?|eicr|cp12|epc)\\b[^\\n]{0,12}\\b(?:added|posted|uploaded)\\b|\\b(?:certificate|eicr|cp12|epc) (?:added|uploaded)\\b|\\buploaded: ?(?:eicr|cp12|epc|gas)',
    '\\b(?:bill|statement|invoice) (?:is |are )?(?:now )?(?:ready|available)\\b',
    '\\bnew (?:comment|note|update|reply) (?:on|to|for)\\b',
    '\\b(?:feedback|rating|rated|\\d stars?|new review)\\b',
    '\\bsla (?:breach|warning|alert)',
    '\\b(?:inspection|gas safety|eicr|epc|renewal|certificate)s? (?:is |are )?(?:due|overdue|expir\\w+)\\b',
    '\\brent (?:received|paid|due|arrears|reminder)\\b|\\bpayment (?:received|reminder|due|failed)\\b|\\bdeposit (?:registered|received|protected|released)\\b',
    '\\bviewing (?:booked|confirmed|cancelled|request)\\b|\\b(?:new|first|second) viewing\\b|\\breferenc(?:e|ing)s? (?:is |are )?(?:complete|completed|passed|received)\\b|\\btenancy (?:ending|ended|renewal|renewed|agreement|signed)\\b',
    '\\bpassword\\b|\\b(?:security|verification|one[- ]time|login|sign[- ]in) (?:code|passcode|alert)\\b|\\bnew (?:sign|log)[- ]?in\\b',
    '\\byour parcel\\b|\\bout for delivery\\b|\\bdelivery (?:update|notification)\\b',
    '\\b(?:system|planned|scheduled) maintenance\\b|\\bmaintenance (?:window|this weekend|tonight)\\b',
  ].join('|'),
  'i',
);
const NO_MESSAGE = /\bno (?:message|voicemail)\b|\bdid not leave a (?:message|voicemail)\b/i;
const STILL_OPEN =
  /\b(?:re-?open\w*|still|not (?:been |yet )?(?:fixed|resolved|complete|completed|done|working)|again|came back|come back|worse|disput\w*|unhappy|no access|unable|emergency|urgent(?:ly)?|new (?:\w+ )?(?:request|report|issue|fault|job|repair)|please (?:call|ring|arrange|attend|log|raise|book)|form|submission|enquiry|transcript)\b/i;

/** What a supplier writes to all its customers in a street. */
function isPlanned(letters: Letter[]): boolean {
  const { main } = rolesOf(letters);
  const text = `${main.subject}\n${textOf(main, 'body')}`;
  return (
    main.from !== null &&
    isSystem(main.from) &&
    PLANNED.test(text) &&
    (NOTHING_TO_DO.test(text) || /^dear (?:customer|resident|occupier)/im.test(text))
  );
}

const PLANNED =
  /\bplanned (?:work|works|interruption|outage|maintenance|power cut)\b|\byour (?:water|power|electricity|gas|broadband)(?: supply)? will be (?:off|interrupted|unavailable|turned off|switched off)\b/i;

/** The week's jobs of a property system: several homes, and how many jobs are new, open and closed. */
function isDigest(message: Message, letters: Letter[]): boolean {
  const { main } = rolesOf(letters);
  const text = textOf(main, 'body');
  if (!DIGEST.test(message.subject)) return false;
  return (text.match(COUNTS) ?? []).length >= 2;
}

const ALL_NORMAL =
  /\b(?:alerts?|alarms?|faults?)\b[^\n\w]{1,4}(?:none|nil|0)\b|\ball \d+ (?:homes?|properties|dwellings?|units?)\b[^\n]{0,20}\bnormal/i;
const DIGEST =
  /\byour (?:day|week|month) in\b|\b(?:daily|weekly|fortnightly|monthly) (?:[\w-]+ ){0,3}(?:summary|digest|round-?up|overview|report)\b|\byour (?:[\w-]+ ){0,3}(?:summary|digest|round-?up)\b|\b(?:summary|digest|round-?up|overview) (?:of|for) (?:the |your |last |this )?(?:day|week|month|open|jobs|repairs)\b/i;
const COUNTS =
  /\b(?:new|closed|completed|open|outstanding|overdue|awaiting|in progress)\b[^.\n\d]{0,20}[:=–-]\s*\d+|\b\d+ (?:new|closed|completed|open|outstanding|overdue)\b/gi;

const CLOSED_SUBJECT = /\b(?:complete|completed|closed|resolved|cancelled)\b/i;
const CLOSED =
  /\b(?:job|ticket|works?(?: order)?|request|report|case|repair|issue)\b[^.\n]{0,40}\b(?:is|was|has been|as|now)\s+(?:now )?(?:complete|completed|closed|resolved|cancelled|withdrawn)\b|^(?:works? order|job|ticket)\b.{0,24}\b(?:completed|closed)\b/im;
const NO_MORE_WORK = /\b(?:further|follow[- ]on) works?\W{0,20}(?:none|nil|no|n\/a)\b[^\n]*/gi;
const OPEN_AGAIN =
  /\b(?:form|submission|submitted|questionnaire|new (?:\w+ )?(?:request|report|issue|fault))\b|\b(?:re-?open\w*|found|noticed|also|recommend\w*|unsafe|dangerous|still|not (?:been |yet )?(?:fixed|resolved|complete|completed|done|working)|again|came back|come back|disput\w*|unhappy|further works?|follow[- ]on|incomplete|partial\w*|no access|unable)\b/i;

/** A lead of a lettings portal is laid out as a repair notification is, and asks about the boiler too. */
function isLettingEnquiry(message: Message, letters: Letter[]): boolean {
  const text = letters.map((letter) => textOf(letter, 'body')).join('\n');
  if (VIEWING.test(message.subject) && (VIEWING.test(text) || TO_LET.test(`${message.subject}\n${text}`))) return true;
  const whole = `${message.subject}\n${text}`;
  const { main } = rolesOf(letters);
  if (main.from !== null && isSystem(main.from) && LEAD_FORM.test(whole) && TO_LET.test(whole)) return true;
  return SEEN_ADVERTISED.test(whole) && WANTS_TO_SEE.test(whole) && !sentencesOf(text).some(complainsOfOurs);
}

const LEAD_FORM =
  /\b(?:request(?:ing)? (?:a )?viewing|arrange (?:a )?viewing|(?:tenant|rental|lettings?|property) (?:enquiry|lead)|new lead)\b/i;
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

/**
 * @param isLabelled whether the mail is laid out as a report is: then only what cannot be one is none
 * @returns null where the mail is a report, or may be one
 */
export function noFault(message: Message, letters: Letter[], isLabelled: boolean): { reason: Reason; why: string } | null {
  const none = (why: string) => ({ reason: 'not-a-fault' as const, why });
  if (isCertificate(message, letters)) return none('a certificate, and nothing was found');
  if (isReminder(letters)) return none('a diary says which certificates fall due');
  if (isClosed(message, letters, isLabelled)) return none('a system says that a job is closed');
  if (isStatusChange(letters, isLabelled)) return none('a system says how far a known job is, and that nobody need do anything');
  if (isAllWell(letters)) return none('a system says that all is well');
  if (isEvent(letters)) return none('a system tells of something else than a new fault');
  if (isPlanned(letters)) return none('a company tells its customers of planned work');
  if (isDigest(message, letters)) return none('a summary of jobs that are known');
  if (isFinished(message, letters)) return none('a firm says that it has done its job');
  if (isBooking(message, letters)) return none('a firm says when it will come for an order of yours');
  if (isNotice(message, letters)) return none('somebody gives notice');
  if (isLettingEnquiry(message, letters)) return none('somebody wants to view or rent a property');
  if (isLabelled) return null;
  if (isSelling(letters)) return { reason: 'spam', why: 'somebody wants to sell something to the agency' };
  const why = otherMatter(message, letters);
  return why === null ? null : none(why);
}

/** What those write who sell to agencies; so many of these make an offer of it. */
const LEAST_SELLS = 3;
const SELLS = [
  /\bunsubscribe\b|\breply stop\b|\bopt out\b/i,
  /\b(?:book|arrange|schedule) a (?:quick )?(?:call|demo|chat)\b|\bfree (?:trial|quote|consultation|survey|audit)\b/i,
  /\b(?:starts?|starting|from|only|just) (?:at |from )?£\d|\b\d+ ?% off\b|\bspecial offer\b|\bdiscount/i,
  /\b(?:boost|grow|transform) your\b|\bcosting (?:you|your)\b|\byour (?:landlords|portfolio|clients|business)\b/i,
  /\bwe (?:offer|specialise|provide|help (?:letting )?agents)\b|\bour (?:services|product|platform|software|clients|team of|maintenance cover|packages)\b/i,
  /\b(?:i|we) (?:am|are) (?:a |an )?(?:professional|experienced|reliable)\b.*\b(?:looking|look) for (?:work|clients)\b|\blook(?:ing)? for work\b/i,
];
/** Who lives there writes of it; sellers do not. */
const LIVES_THERE =
  /\b(?:my|our) (?:flat|house|home|room|kitchen|bathroom|bedroom|landlord|tenancy|boiler|ceiling)\b|\b(?:i|we) (?:live|rent) (?:at|in)\b/i;

function isSelling(letters: Letter[]): boolean {
  const text = letters.map((letter) => letter.sections.map((section) => section.text).join('\n')).join('\n');
  if (rolesOf(letters).typedByStaff) return false;
  let count = 0;
  for (const [index, pattern] of SELLS.entries()) {
    if (count + SELLS.length - index < LEAST_SELLS) return false;
    if (pattern.test(text)) count += 1;
  }
  return count >= LEAST_SELLS && !LIVES_THERE.test(text);
}

const JUST_THANKS =
  /^\W*(?:just )?(?:a )?(?:very |big |huge |quick |little )*(?:thank you|thanks|word of thanks|compliments?)\b[^:?]{0,40}$/i;
const ALL_DONE =
  /\bnothing (?:else |more |is |left )*(?:that )?(?:needs|left to|more to|to be) (?:do|be|done|doing)\w*\b|\bnothing (?:is )?left to (?:do|fix|mend)\b|\beverything (?:is|['’]s)(?: now)? (?:\w+ and )?(?:working|dry|fixed|fine|sorted|back to normal)\b/i;
const THANKFUL = /\b(thank|thanks|pleased|grateful|delighted)\b/i;

/** Thanks for a finished repair, bills, and other matters, where nothing in the mail is said to be wrong. */
function otherMatter(message: Message, letters: Letter[]): string | null {
  const roles = rolesOf(letters);
  const { main } = roles;
  const body = `${textOf(main, 'body')}`;
  const text = `${main.subject}\n${body}`;
  // What an answer is called was said before: "Re: Leak under sink", and all is sorted.
  const sentences = sentencesOf(/^\s*(?:re|aw)\s*:/i.test(main.subject) ? body : text);
  if (BUSINESS.test(message.subject) && BUSINESS.test(body) && !/^\s*(re|aw)\s*:/i.test(message.subject)) return 'a bill or an offer';
  if (
    JUST_THANKS.test(main.subject) &&
    ALL_DONE.test(body) &&
    !sentences.some((one) => /\b(?:but|however|still|unfortunately|except)\b/i.test(one) && complains(one))
  )
    return 'thanks, and nothing is left to do';
  const done = sentences.filter((sentence) => DONE.test(sentence));
  const isOpen = (sentence: string) =>
    !DONE.test(sentence) && !PRAISE.test(sentence) && ITEM.test(sentence) && SYMPTOM.test(sentence) && !/\bno more\b/i.test(sentence);
  const isDone = done.length > 0 && !sentences.some(isOpen);
  if (isDone && THANKFUL.test(body) && !done.some((sentence) => STILL.test(sentence.replace(DONE, ' '))))
    return 'thanks for a finished repair';
  if (isDone && FINISHED.test(text) && (isFirm(roles) || BILLS.test(text)) && !MORE_TO_SAY.test(text))
    return 'a firm says that it has done its job';
  if (letters.some((letter) => letter.attachments.length > 0)) return null;
  if (CALLED_OFF.test(text) && !sentences.some((sentence) => !WELL_AGAIN.test(sentence) && complains(sentence)) && WELL_AGAIN.test(text))
    return 'a visit is called off, since all is well again';
  if (sentences.some(complains)) return null;
  if (OTHER_MATTER.test(text)) return 'another matter than a fault';
  if (COMPLAINT.test(text) && WORK_IS_FINE.test(text)) return 'a complaint about somebody, and the work is fine';
  if (AWAY.test(text) && (ALL_WELL.test(text) || FOR_RECORDS.test(text))) return 'somebody says that they will be away';
  // In answer to a question of the agency's: "Tuesday is fine. No problems here."
  const isShort = /\b(?:inspection|visit)\b/i.test(text) && text.split(/\s+/).length <= 40;
  const names = (sentence: string) => ITEM.test(withoutDenied(sentence)) || SYMPTOM.test(withoutDenied(sentence));
  return isShort && ALL_WELL.test(text) && !sentences.some(names) ? 'somebody says that all is well' : null;
}

/** Words that tell of harm whatever it is that they are said of, since no list names every thing that breaks. */
const TROUBLE =
  /\b(leak(s|ing|ed|y)?|broken?|collaps\w*|sheared|snapped|crack(s|ed|ing)?|burst|flood\w*|rott(en|ing)|mould\w*|damp|unsafe|danger\w*|hazard\w*|not safe|fault|faulty|defect\w*|not work\w*|(does|do|did|is|wo)n['’]?t work\w*|won['’]?t|stopped|needs? (an? |to be )?(new|repair\w*|replac\w*|fix\w*|mend\w*|seeing to|look)|in need of|mend|plumber|electrician|handym[ae]n|everywhere|(send|get|have|need) (some(body|one)|a man)|some(body|one) to (look|come|see)|until (you|it|this|some(body|one))|(please|pls|can you|could you) (repair|fix|mend|come|send (some|any|a |an |out|your|him|help|the (plumber|engineer|electrician|gas|man|drain))))\b/i;

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
  /\b(?:no|not any|without|never (?:had )?(?:any|a)|free of) (?:[a-z]+ ){0,2}?(?:leaks?|damp|mould|problems?|issues?|faults?|defects?|damage|repairs?|complaints?|cracks?)\b|\bnothing (?:is |was |has |seems )?(?:\w+ )?(?:broken|wrong|leaking|damaged|missing|to put right)(?: or in need of \w+)?\b|\bnothing (?:can|will|should) (?:leak|burst|freeze|go wrong)\b|\bwhile (?:we|i)(?: are| am|['’]re|['’]m) (?:gone|away)\b/gi;
/** What came to an end: `the leak under the sink has never come back`. */
const GONE =
  /\b(?:the|that|my|our) (?:\w+ )?(?:leaks?|damp|mould|problems?|faults?|noise|smell|issues?)\b[^,.;]{0,40}\b(?:has|have)(?:n['’]?t| not| never) (?:come back|returned|been back|reappeared|happened again)\b|\b(?:the|that|my|our) (?:\w+ )?(?:leaks?|dripping|damp|noise|smell)(?: has| have)?(?: now)? (?:stopped|gone|cleared)\b/gi;
const MENDED =
  /\b(?:the|that|a) [^,.;]{0,60}\b(?:you|they|he|she|was|were|been)\b[^,.;]{0,20}\b(?:fixed|mended|repaired|sorted)\b[^,.;]*|\byou(?: have|['’]ve)?(?: already)? (?:fixed|mended|repaired|replaced|sorted) (?:the|that|my|our|a) [^,.;]{0,40}?(?= (?:so|and|but|which|in|last)\b|[,.;]|$)/gi;
