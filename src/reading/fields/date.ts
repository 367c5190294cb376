/** When a mail was written: RFC 5322 dates, and the many forms in which mail programs write one into a forwarded header. */
import { DateTime } from 'luxon';

/** A longer text is no date. */
const MOST_CHARACTERS = 400;

/** `+0100`, `GMT`, and comments such as `(BST)`; the weekday is not checked, since programs get it wrong. */
export function headerDate(text: string): DateTime | null {
  const plain = text
    .slice(0, MOST_CHARACTERS)
    .replace(/\([^)]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^[A-Za-z]{3,9},?\s+/, '')
    .replace(/\b(UTC|UT|Z)$/, 'GMT');
  const date = DateTime.fromRFC2822(plain, { setZone: true });
  return date.isValid ? date : null;
}

const FORMATS = [
  'd LLLL yyyy HH:mm:ss',
  'd LLLL yyyy HH:mm',
  'd LLL yyyy HH:mm:ss',
  'd LLL yyyy HH:mm',
  'd LLLL yyyy h:mm:ss a',
  'd LLLL yyyy h:mm a',
  'd LLL yyyy h:mm:ss a',
  'd LLL yyyy h:mm a',
  'LLLL d yyyy h:mm:ss a',
  'LLLL d yyyy h:mm a',
  'LLL d yyyy h:mm:ss a',
  'LLL d yyyy h:mm a',
  'LLLL d yyyy HH:mm',
  'LLL d yyyy HH:mm',
  'LLLL d yyyy HH:mm:ss',
  'd/M/yyyy HH:mm:ss',
  'd/M/yyyy HH:mm',
  'd/M/yyyy h:mm a',
  'd/M/yy HH:mm',
  'd.M.yyyy HH:mm',
  'd.M.yy HH:mm',
  'd-M-yyyy HH:mm',
  'yyyy-MM-dd HH:mm:ss',
  'yyyy-MM-dd HH:mm',
  'd LLLL yyyy',
  'd LLL yyyy',
  'd/M/yyyy',
];

/** Names of months in the languages of mail programs here, by their first letters without accents, to the English ones. */
const MONTHS: [RegExp, string][] = [
  [/^(?:janv?|janu|jan|enero|ene|gen|styc|sty|jaan|ionawr|ian)\w*$/, 'Jan'],
  [/^(?:fevr?|febr?|feb|lut|chwef)\w*$/, 'Feb'],
  [/^(?:mars|marz|marzo|marca|mrz|maart|mar|mrt|mawrth)$/, 'Mar'],
  [/^(?:avr|apr|abr|kwie|kwi|ebrill)\w*$/, 'Apr'],
  [/^(?:mai|may|mayo|mei|mag|maj|maja|maggio|maio)$/, 'May'],
  [/^(?:juin|juni|jun|junio|giu|giugno|junho|czerwca|cze|iunie|mehefin)$/, 'Jun'],
  [/^(?:juil|juillet|juli|jul|julio|lug|luglio|julho|lipca|lip|iulie|gorffennaf)$/, 'Jul'],
  [/^(?:aout|aug|ago|agosto|augustus|sierpnia|sie|awst)\w*$/, 'Aug'],
  [/^(?:sept?|set|wrz|medi)\w*$/, 'Sep'],
  [/^(?:oct|okt|ott|out|paz|hydref)\w*$/, 'Oct'],
  [/^(?:nov|noiembrie|lis|tach)\w*$/, 'Nov'],
  [/^(?:dec|dez|dic|des|gru|rhag)\w*$/, 'Dec'],
];
const WEEKDAYS =
  /(?<![\p{L}])(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mer|jeu|ven|sam|dim|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|di|mi|do|fr|sa|so|poniedzialek|wtorek|sroda|czwartek|piatek|sobota|niedziela|pon|wt|sr|czw|pt|sob|niedz|lunes|martes|miercoles|jueves|viernes|sabado|domingo|lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)(?![\p{L}])[.,]?/giu;

/** Foreign names of days and months, and words such as "um 14:22 Uhr", as English has them. */
function english(text: string): string {
  if (!/\p{L}{3}/u.test(text)) return text;
  const plain = text.normalize('NFD').replace(/\p{M}+/gu, '');
  return plain
    .replace(WEEKDAYS, ' ')
    .replace(/^\s*(?:\p{L}+\s+)?(\p{L}[\p{L}-]*)\.?\s+(?=\d)/u, (whole, word: string) => (monthOf(word) === undefined ? '' : whole))
    .replace(/(?<![\p{L}])(?:a las|as|a|le|de|del|den|dnia|o|godz|uhr|om|alle|ore|kl|la|ora|em|el)(?![\p{L}])\.?/giu, ' ')
    .replace(/(\d{1,2})\.\s+(?=\p{L})/gu, '$1 ')
    .replace(/\p{L}{3,}\.?/gu, (word) => monthOf(word) ?? word)
    .replace(/\b(\d{1,2})h(\d{2})\b/g, '$1:$2');
}

function monthOf(word: string): string | undefined {
  return MONTHS.find(([names]) => names.test(word.toLowerCase().replace('.', '')))?.[1];
}

/** A date from a forwarded header: day before month, as in Britain; without a zone it is meant in `zone` (IANA). */
export function forwardedDate(whole: string, zone: string): DateTime | null {
  const text = whole.slice(0, MOST_CHARACTERS);
  const rfc = /\d{1,2} [A-Z][a-z]{2} \d{4} \d{1,2}:\d{2}/.test(text) && /([+-]\d{4}|GMT|UTC)/.test(text) ? headerDate(text) : null;
  if (rfc) return rfc;
  const offset = /\(?\b(?:GMT|UTC)\s*([+-]\d{1,2}(?::?\d{2})?)?\)?|\b(BST|CET|CEST|MEZ|MESZ)\b|\s([+-]\d{4})\b/.exec(text);
  const plain = text
    .replace(/\(?\b(?:GMT|UTC)\s*([+-]\d{1,2}(?::?\d{2})?)?\)?|\b(?:BST|CET|CEST|MEZ|MESZ)\b|\s[+-]\d{4}\b|\([^)]*\)/g, ' ')
    .replace(/\b(\d{1,2})(st|nd|rd|th)\b/gi, '$1')
    .replace(/\b(mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(day|sday|nesday|rsday|urday)?\b\.?/gi, ' ')
    .replace(/\b(at|um|à|o['’]clock)\b/gi, ' ')
    .replace(/\bSept\b/g, 'Sep')
    .replace(/[,\u202f]/g, ' ')
    .replace(/(\d)\.(\d{2})\s*$/, '$1:$2')
    .replace(/\b([ap])\.?m\.?\b/gi, (_, half: string) => ` ${half.toUpperCase()}M`)
    .replace(/\s+/g, ' ')
    .trim();
  const named = offset?.[1] ?? offset?.[3];
  const ownZone = offset
    ? offset[2]
      ? { BST: 'UTC+1', CET: 'UTC+1', CEST: 'UTC+2', MEZ: 'UTC+1', MESZ: 'UTC+2' }[offset[2]]
      : named
        ? `UTC${named}`
        : 'UTC'
    : undefined;
  return firstDate(plain, ownZone ?? zone) ?? firstDate(english(plain).replace(/\s+/g, ' ').trim(), ownZone ?? zone);
}

const TIME = /\b(\d{1,2})(?:[:.](\d{2})(?::(\d{2}))?)?\s*([ap])\.?m\b\.?|\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])/i;

const DAY =
  /\b(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{1,2}(?:st|nd|rd|th)?(?: of)?[ -]\p{L}{3,9}\.?,?[ -]\d{4}|\p{L}{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4})\b/iu;

/** Day and time in whatever order a form has them: `22:48 on Sat 14 Feb 2026`, `27/03/2026 4.40pm`, ISO 8601. Null where either is missing. */
export function labelledDate(whole: string, zone: string): DateTime | null {
  const text = whole.slice(0, MOST_CHARACTERS).trim();
  const exact = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)
    ? DateTime.fromISO(text.replace(/ /, 'T').replaceAll(' ', ''), { zone, setZone: true })
    : null;
  if (exact?.isValid) return exact;
  const time = TIME.exec(text);
  if (time === null) return null;
  const [, hour, minute = '00', second, half, hour24, minute24, second24] = time;
  const told = half === undefined ? `${hour24}:${minute24}` : `${hour}:${minute}`;
  const seconds = second ?? second24;
  const day = DAY.exec(text.replace(time[0], ' '))?.[0].replace(/(?<=\d)-(?=\p{L})|(?<=\p{L})-(?=\d)/gu, ' ');
  return day === undefined ? null : forwardedDate(`${day} ${told}${seconds ? `:${seconds}` : ''}${half ? ` ${half}m` : ''}`, zone);
}

/** British English shortens September to `Sept`, and nothing else would be taken for it. */
const MONTH_LOCALE = 'en-US';
let made: ReturnType<typeof DateTime.buildFormatParser>[] | null = null;

/** Made once: what luxon makes of a format costs far more than to try it. */
function parsers(): ReturnType<typeof DateTime.buildFormatParser>[] {
  made ??= FORMATS.map((format) => DateTime.buildFormatParser(format, { locale: MONTH_LOCALE }));
  return made;
}

function firstDate(plain: string, zone: string): DateTime | null {
  for (const parser of parsers()) {
    const date = DateTime.fromFormatParser(plain, parser, { zone, locale: MONTH_LOCALE, setZone: true });
    if (date.isValid) return date;
  }
  return null;
}

/** No place on earth is further from UTC (RFC 3339 would allow 23:59, and a damaged header says 61:00). */
const MOST_OFFSET_MINUTES = 14 * 60;

/** Within reason: not before 2000, no more than a day after the server took the mail in, and in a time zone that there is. */
export function isSensible(date: DateTime, receivedAt: Date): boolean {
  return date.year >= 2000 && date.toMillis() <= receivedAt.getTime() + 86_400_000 && Math.abs(date.offset) <= MOST_OFFSET_MINUTES;
}

/** ISO 8601 with the offset that the writer's clock had, without fractions of a second. */
export function iso(date: DateTime): string {
  const whole = date.millisecond === 0 ? date : date.set({ millisecond: 0 });
  return whole.toISO({ suppressMilliseconds: true }) ?? date.toUTC().toISO({ suppressMilliseconds: true }) ?? '';
}
