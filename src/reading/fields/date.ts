/** When a mail was written: RFC 5322 dates, and the many forms in which mail programs write one into a forwarded header. */
import { DateTime } from 'luxon';

/** `+0100`, `GMT`, and comments such as `(BST)`; the weekday is not checked, since programs get it wrong. */
export function headerDate(text: string): DateTime | null {
  const plain = text
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

/** A date from a forwarded header: day before month, as in Britain; without a zone it is meant in `zone` (IANA). */
export function forwardedDate(text: string, zone: string): DateTime | null {
  const rfc = /\d{1,2} [A-Z][a-z]{2} \d{4} \d{1,2}:\d{2}/.test(text) && /([+-]\d{4}|GMT|UTC)/.test(text) ? headerDate(text) : null;
  if (rfc) return rfc;
  const offset = /\(?\b(?:GMT|UTC)\s*([+-]\d{1,2}:?\d{2})?\)?|\b(BST|CET|CEST)\b|\s([+-]\d{4})\b/.exec(text);
  const plain = text
    .replace(/\(?\b(?:GMT|UTC)\s*([+-]\d{1,2}:?\d{2})?\)?|\b(?:BST|CET|CEST)\b|\s[+-]\d{4}\b|\([^)]*\)/g, ' ')
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
      ? { BST: 'UTC+1', CET: 'UTC+1', CEST: 'UTC+2' }[offset[2]]
      : named
        ? `UTC${named}`
        : 'UTC'
    : undefined;
  for (const format of FORMATS) {
    const date = DateTime.fromFormat(plain, format, { zone: ownZone ?? zone, locale: 'en-GB', setZone: true });
    if (date.isValid) return date;
  }
  return null;
}

/** Within reason: not before 2000, and no more than a day after the server took the mail in. */
export function isSensible(date: DateTime, receivedAt: Date): boolean {
  return date.year >= 2000 && date.toMillis() <= receivedAt.getTime() + 86_400_000;
}

/** ISO 8601 with the offset that the writer's clock had, without fractions of a second. */
export function iso(date: DateTime): string {
  return date.set({ millisecond: 0 }).toISO({ suppressMilliseconds: true }) ?? date.toUTC().toISO({ suppressMilliseconds: true }) ?? '';
}
