/** What a label of a structured mail means, by its words: portals invent their own ("Their mobile", "In their words", "How soon"). */
import { bare } from '../plain.ts';
import type { Labelled } from '../template/names.ts';

/** `part` is one line of an address, such as a house number, a street or a town. `other`: a label of no use, which still ends a value. */
export type Meaning = Labelled | 'part' | 'other';

/** Whose it is when it is not the tenant's, or a number that only names a record. */
const NOT_THE_TENANT =
  /\b(agents?|agency|office|branch|landlords?|owners?|contractors?|engineers?|plumbers?|suppliers?|operators?|staff|managers?|handlers?|negotiator|advis(?:e|o)rs?|assigned|allocated|taken by|taken|told|advised|advice|logged by|processed by|on call|passed to|called on|calling from|line called|cli|dialled|fax|from address|sent by|sent to|recipient|our|company|firm|trade|works order|created by|received by|key ?holders?|llord|clt|installers?|officers?|policy ?holders?|direct line|contact (?:at|with) (?!home)\w+|(?:contact|call|control|service|support) (?:centre|center|room))\b/;
const RECORD =
  /\b(ref|reference|refs|id|uid|uuid|uprn|account|acc|order|ticket|case|serial|crime|policy|invoice|token|job no|job number|job id|claim|version|url|link|ip|user agent|browser|website|page|attachments?|photos?|images?|files?|uploads?|videos?|documents?|consent|gdpr|terms|newsletter|captcha|status|stage|sla|due|target|cost|price|rent|deposit|warranty|model|make|danger|captcha|agree|accept|limit|mailbox|length|duration|extension|parts|segments|gateway|pictures?|uploads?)\b/;
const PHONE =
  /\b(tel|telephone|phone|phones|mobile|mob|cell|cellphone|cellular|whatsapp|landline|ring back|ringback|call back|callback|handset|sms|whats app)\b/;
const PHONE_BY_USE =
  /\b(?:contact|call|ring|best|daytime|evening|home|work|preferred|primary|reach|other|another|second|alternative|alt|spare|back ?up)\b.*\b(?:no|nos|num|number|numbers)\b|\b(?:no|number)\b.*\b(?:call|ring|reach|contact)\b|^(?:their |your |callers? |tenants? |return )?(?:number|no|num)$|\b(?:reach|ring|call|text|phone|contact)\b.*\bon$|^(?:day|daytime|day time|evening|night|home|work) ?line$|^(?:call|ring)(?: on| back)?$/;
const SECOND =
  /\b(alt|alternative|alternate|back ?up|second|secondary|other|another|home|work|evening|landline|2|two|spare|additional|next of kin|partner|housemate|family)\b/;
/** `Alternative - 07…`: of use only where its value is a number. */
const OTHER_NUMBER = /^(?:or|alt|alternative|alternatively|alternate|other|second|back ?up|secondary|spare|work|day|daytime|evening)$/;
/** `Which of our houses do you live in?` */
const LIVE_IN =
  /^which (?:house|flat|property|room|home)(?: and (?:which )?(?:house|flat|room))?$|\bdo you (?:live|rent)(?: (?:in|at|from))?$|\byou (?:live|rent|are living) (?:in|at)$/;
const CONTACT_DETAILS = /^(?:tenants? )?contact details$/;
/** `Should the contractor only attend while you are at home?` */
const ONLY_PRESENT = /\bonly\b.*\b(?:while|when|if) (?:you|they|tenant) (?:are|is) (?:at home|home|in|there|present)\b/;
const FAULT_CODE = /^(?:(?:fault|error) )?codes?$/;
const FAULT_PLACE = /^(?:defect|fault|issue|problem|repair) (?:location|room|area|place)$/;
/** `How can we help?`, `Works required`, `Message taken` */
const ASKS_WHAT =
  /^(?:(?:how|what) can we (?:help|do)(?: with| for you| you(?: with)?)?|works? (?:required|needed|requested|to be done)|what needs (?:doing|fixing|repairing|mending)|message taken)$/;
/** `Would you like to be at home when the contractor calls?` */
const WOULD_BE_IN =
  /^(?:would|do|does|will|must) (?:you|the tenant|they|tenant)(?: (?:like|want|wish|prefer|need|have))?(?: to)? be (?:present|at home|home|there|in)\b/;
const ENTER = /^(?:consent|permission|happy|ok) (?:to|for) (?:enter|entry|access)\b/;
/** `Item 1`, `Fault 2`: where there are several. */
const COUNTED = /^(?:item|fault|issue|problem|defect|snag|repair) \d{1,2}$/;
/** `Where in the property is that?`, often answered with more than a room. */
const WHERE_IN = /^where (?:exactly )?(?:in (?:property|flat|house|home)|is (?:problem|fault|issue|leak))\b/;
/** What whoever took the call wrote down. */
const CALL_NOTES = /^(?:operators?|(?:call )?handlers?|call) (?:notes?|comments?|log)$/;
/** By themselves labels, but also part of what a firm is called: `ALARM RECEIVING CENTRE`. */
const APPARATUS = /\b(?:event|alert|alarm|sensor|detector|device)\b/g;
/** `Calling from`, `Tenant of`: where somebody is; a number behind it is what they ring from (labelled.ts). */
const AT_HOME =
  /^at$|^tenancy$|^(?:(?:calling|called|caller|rang|ringing) from|(?:tenants?|residents?|occupiers?|lives|living|rents|renting) (?:of|at|in))$/;
const EMAIL = /\b(e ?mail|email|emails|mail address)\b|^(?:mail|write to|reply to)$/;
const POSTCODE = /\b(post ?code|p ?code|p ?c|postal code|postal|zip)\b/;
const PART =
  /^(?:(?:property |address |home )?(?:flat|unit|apartment|apt|room|house|building|block|floor|street|road|town|city|village|locality|district|county|area|demise|plot|estate|scheme|development)(?: (?:no|number|name|flat|house|street|road))?|(?:street )?(?:address )?line (?:\d|one|two|three|four)|street address(?: line (?:\d|one|two|three|four))?|addr(?:ess)? ?(?:\d|one|two|three|four)|house (?:no|number|name)(?: (?:or )?name)?|house (?:no|number)(?: and)? street|flat (?:no|number)|(?:town|city|area) (?:and )?(?:pc|post ?code)|street (?:and )?town|town (?:or )?city|city (?:or )?town|house or flat|flat or house|property name|(?:house|number|house number|flat)(?: and|,)? street)$/;
const ADDRESS =
  /\b(installed at|fitted at|addr|add|address|prop|property|premises|dwelling|site|location|place|where|home|residence|let|lives?|living|staying|tenancy address|unit)\b/;
/** Which part of the home: no title by itself. */
const ROOM = /\b(room|rooms|area)\b/;
const PERSON_TITLE = /^(title|salutation|prefix|honorific|how (?:should|do|may|can|would) (?:we|you) (?:like to be )?address(?:ed)?.*)$/;
const FORENAME = /\b(call you|firstname|fname|first name|forename|fore name|given name|christian name|first)\b/;
const SURNAME = /\b(lastname|lname|surname|last name|family name|second name|last)\b/;
const NAME =
  /\b(tenants?|name|household|(?:are|is) called|spoke to|residents?|occupiers?|occupants?|caller|clr|customer|client|reporter|reported by|raised by|submitted by|(?:requested|reported|raised|opened|logged) for|affected user|end user|respondent|complainant|visitor|enquirer|applicant|leaseholder|householder|renter|lodger|requeste?or|requester|requested by|tenancy holder|who ?s|who|rang|contact|from|person|sender)\b/;
const CALLER =
  /\b(requeste?or|requester|requested by|spoke to|rang|caller|clr|called by|calling|reporter|reported by|raised by|submitted by|enquirer|sender|from|contact)\b/;
const PRIORITY =
  /\b(priority|pri|urgency|urgent|severity|risk|how soon|how bad|how badly|how serious|how much does it|timescale|response|grade|level|emergency|importance|category of call|call type)\b/;
const PRESENCE = /\b(present|presence|pres|attend|attendance|be there|be in|be home|be at home|at home|someone in)\b/;
const ACCESS =
  /\b(access|entry|enter|availability|available|appointment|best time|best times|best day|time to call|when can|when could|suitable|convenient|preferred|keys?|key ?safe|getting in|permission|pets?|dogs?|parking|alarm code|vulnerab\w*|vuln|health|since when|since|let (?:(?:our|your|them|him|her)sel(?:f|ves)|us|them) in|(?:you|we) are out|if (?:nobody|no one|noone|you|they|tenant|student|resident|occupier)(?: is| are)? (?:in|out|away|not in|not home|at home)|anything else|how long|started|first noticed|when did)\b/;
const TITLE =
  /\b(summary|subject|headline|heading|type|category|sub category|subcategory|item|appliance|picked|trade required|element|component|asset|peril|area affected|signal|issue title|fault title|problem title|title)\b/;
const PROBLEM =
  /\b(gist|synopsis|brief|outline|account|fixing|fix|mending|repairing|states|stated|statement|story|problem|problems|fault|faults|issue|issues|message|msg|description|describe|details?|detail|words|wrong|snags?|happened|happening|complaint|defect|concern|report|notes?|comments?|info|information|nature|enquiry|query|reason|explanation|explain|tell|observation|request|repair|repairs|text|transcript|transcription|wrote|said|says|matter|narrative|symptoms?|circumstances|particulars|body|happens|broken|going on|what ?s up|event|alert|alarm|sensor|detector|device)\b/;
const DATED =
  /\b(date|dated|time|received|rcvd|raised|created|submitted on|submitted at|reported on|reported at|taken at|logged on|logged at|opened|raised on|raised at|sent|when reported|date reported|date of)\b/;

const DID =
  'reported|submitted|logged|raised|received|rcvd|created|opened|notified|registered|recorded|lodged|sent|taken|left|told|started|first seen|detected|triggered';
const MATTER = 'call|message|report|enquiry|request|form|fault|issue|job|entry|response|submission|repair|ticket|case|voicemail|text';
/** `Reported at`, `Time of call`, `Timestamp`, `Notified to us`: when the tenant told of it. */
const TOLD_AT = new RegExp(
  `^(?:(?:date|time|(?:date|day) (?:and )?time|time (?:and )?date|time ?stamp)(?: (?:of|it|was|${MATTER}|${DID}))*|when(?: (?:it|was|${MATTER}))* (?:${DID})|(?:(?:${MATTER}) )?(?:was )?(?:${DID})(?: (?:on|at|to|date|and|time|in|via|portal|app))*|(?:${MATTER}) (?:date|time|(?:date|day) (?:and )?time|time ?stamp))$`,
);

/** Whether the value of a label is when the report was made; a date or a time alone too. */
export function tellsWhen(label: string): boolean {
  return TOLD_AT.test(ownWords(bare(spaced(label.replace(/\([^)]*\)/g, ' ')))));
}

/** `txtForename` and `tenant_mobile` as words: the names that programmers give to the fields of a form. */
function spaced(label: string): string {
  if (/^[a-z]+(?:\.[a-z_]+)+$/i.test(label)) return label.replace(/[._]/g, ' ');
  if (!/^[A-Za-z]+(?:[A-Z_]|\d)/.test(label) || label.includes(' ')) return label;
  return label
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z\d])/g, '$1 $2')
    .replace(/^(?:txt|ddl|str|rdo|rb|chk|cb|ta|sel|int|frm|fld|input|lbl|tb) /, '');
}

/** @param known the labels of the admin's templates, which come first */
export function meaningOf(label: string, known: ReadonlyMap<string, Labelled>): Meaning | null {
  const whole = ofOneLanguage(label, known);
  if (whole !== null || !label.includes('/')) return whole;
  const halves = label.split(/\s+\/\s+/);
  return halves.length !== 2 ? null : (ofOneLanguage(halves[1] ?? '', known) ?? ofOneLanguage(halves[0] ?? '', known));
}

/** @param words bare */
function ownWords(words: string): string {
  return words
    .replace(/\bon (file|record|the account)\b/g, ' ')
    .replace(/\b(your|their|the|his|her|please|enter|provide|give|us|this|a|an|main)\b/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A form in two languages writes each label in both: `Ffôn / Phone`. */
function ofOneLanguage(label: string, known: ReadonlyMap<string, Labelled>): Meaning | null {
  const words = bare(spaced(label.includes('(') ? label.replace(/\([^)]*\)/g, ' ') : label));
  if (words === '') return null;
  const count = words.split(' ').length;
  const exact = known.get(words) ?? known.get(bare(label));
  if (exact) return exact;
  if (ENTER.test(words)) return 'access';
  if (WOULD_BE_IN.test(words)) return 'presence';
  // Only a question is a whole sentence.
  if (count > (count <= 16 && (/\?\W*$/.test(label) || /\bkeys?\b/.test(words)) ? 16 : 9)) return null;
  // A sentence with a colon in it.
  if (
    count >= 6 &&
    !label.includes('?') &&
    !/\b(?:name|address|number|phone|email|postcode)\b/.test(words) &&
    /\b(?:has|have|is|are|was|were)\b/.test(words)
  )
    return null;
  const own = ownWords(words);
  if (own === '') return null;
  if (EMAIL.test(own)) return NOT_THE_TENANT.test(own) ? 'other' : 'email';
  if (PHONE.test(own) || PHONE_BY_USE.test(own)) {
    if (NOT_THE_TENANT.test(own)) return 'other';
    return SECOND.test(own) ? 'secondPhone' : 'phone';
  }
  if (OTHER_NUMBER.test(own)) return 'secondPhone';
  if (AT_HOME.test(own) || LIVE_IN.test(own)) return 'address';
  if (/^(?:target )?response(?: target| time)?$/.test(own)) return 'priority';
  if (POSTCODE.test(own) && !PART.test(own)) return NOT_THE_TENANT.test(own) ? 'other' : 'postcode';
  if (PERSON_TITLE.test(own)) return 'personTitle';
  if (own === 'caller id' || own === 'originator') return 'caller';
  if (RECORD.test(own) && !/\b(description|details|type)\b/.test(own)) return 'other';
  if (
    /\blet (?:(?:our|your|them|him|her)sel(?:f|ves)|us|them) in\b|\b(?:use|using|with) (?:our |own |office |spare |management )*keys?\b/.test(
      own,
    )
  )
    return 'access';
  if (own === 'what') return 'title';
  if (own === 'to') return 'other';
  if (own === 're') return 'title';
  if (ONLY_PRESENT.test(own)) return 'presence';
  if (CONTACT_DETAILS.test(own)) return 'phone';
  if (FAULT_CODE.test(own) || COUNTED.test(own)) return 'problem';
  if (FAULT_PLACE.test(own)) return 'other';
  if (WHERE_IN.test(own)) return 'problem';
  if (CALL_NOTES.test(own) || ASKS_WHAT.test(own)) return 'problem';
  if (own === 'property details') return 'address';
  if (/^(?:trade|topic|what is it about)$/.test(own)) return 'title';
  if (
    /^what (?:they|you|he|she|tenant|resident|renter|caller|occupier|student)(?: have| has)? (?:told(?: us)?|said|wrote|reported|says?)$/.test(
      own,
    )
  )
    return 'problem';
  if (/^visitor (?:location|page|id|ip|country|city)$/.test(own)) return 'other';
  if (NOT_THE_TENANT.test(own)) return 'other';
  if (PART.test(own)) return 'part';
  if (/^(?:first (?:and )?last|full) name$/.test(own)) return 'name';
  if (FORENAME.test(own) && /name|^first$|call you/.test(own)) return 'forename';
  if (SURNAME.test(own) && /name|^last$/.test(own)) return 'surname';
  if (/^(?:who )?(?:lives|living|rents) (?:here|there)$|^person (?:at|in) (?:address|property|home)$|^students?$/.test(own)) return 'name';
  if (/\b(?:risk|insured|loss) (?:address|property|location)\b/.test(own)) return 'address';
  if (PRESENCE.test(own)) return 'presence';
  if (PRIORITY.test(own)) return 'priority';
  if (ACCESS.test(own)) return 'access';
  if (/\baddress\b/.test(own)) return 'address';
  if (TITLE.test(own) && !/\b(describe|description|details|tell us|words)\b/.test(own)) return 'title';
  if (PROBLEM.test(own) && (PROBLEM.test(own.replace(APPARATUS, ' ')) || own.split(' ').length <= 3)) return 'problem';
  if (ROOM.test(own)) return 'other';
  if (DATED.test(own) || TOLD_AT.test(own)) return 'other';
  if (NAME.test(own)) return SECOND.test(own) ? 'secondPhone' : CALLER.test(own) ? 'caller' : 'name';
  return ADDRESS.test(own) ? 'address' : null;
}
