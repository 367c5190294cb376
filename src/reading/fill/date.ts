/** ReportedAt: when the tenant wrote it, as the innermost header tells; else by the mail's own trace. */
import { DateTime } from 'luxon';
import { headerAll, type Message } from '../../domain/message.ts';
import type { ReadingContext } from '../context.ts';
import { forwardedDate, headerDate, iso, isSensible, labelledDate } from '../fields/date.ts';
import type { LabelledValue } from '../labelled.ts';
import type { LabelledLetter } from '../labelled-letter.ts';
import { type Letter, textOf } from '../letter.ts';
import type { Roles } from '../whose.ts';
import type { Put } from './put.ts';

const DAY_MS = 86_400_000;
/** A form is sent on within this time; what is older was told of something else. */
const MOST_DAYS = 31;
/** Clocks of two servers differ by less. */
const SLACK_MS = 2 * 60_000;
/** From a form to its mail, where its program writes the time without its zone. */
const AT_ONCE_MS = 5 * 60_000;

/** When the report was made, as a label tells: `Reported at: 02/12/2026 06:58`. First of all dates, where it fits the mail's own. */
export function readToldDate({ letter, told }: LabelledLetter, context: ReadingContext, put: Put): void {
  putTold(letter, told, context, (label) => `label "${label}"`, put);
}

/** `[14/09/2026, 08:12:33] Sana Mirza: the shower is cold`, in a chat that staff pasted. */
const CHAT_STAMP = /^\W?(\d{1,2}[./]\d{1,2}[./]\d{4},? (?:at )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?)\W{1,4}(\p{Lu}[^:\n]{1,40}): /imu;

/** When the tenant wrote what staff pasted from a chat: at its first line. */
export function readChatDate({ main, typedByStaff }: Roles, context: ReadingContext, put: Put): void {
  const [, stamp, who] = typedByStaff ? (CHAT_STAMP.exec(textOf(main, 'body')) ?? []) : [];
  if (stamp !== undefined && who !== undefined) putTold(main, [{ label: who, value: stamp }], context, () => 'first line of a chat', put);
}

function putTold(letter: Letter, told: LabelledValue[], context: ReadingContext, ruleOf: (label: string) => string, put: Put): void {
  const zone = context.branch.timeZone;
  const sent =
    (letter.date === null ? null : letter.by === 'forwarded' ? forwardedDate(letter.date, zone) : headerDate(letter.date)) ?? null;
  const last = sent !== null && isSensible(sent, context.receivedAt) ? sent.toMillis() : context.receivedAt.getTime();
  const whole = told.length > 1 ? [{ label: `${told[0]?.label}, ${told[1]?.label}`, value: `${told[0]?.value} ${told[1]?.value}` }] : [];
  for (const { label, value } of [...told, ...whole]) {
    const dates = [value, value.replace(/\b(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\b/, '$3$2$1$2$4')].flatMap((written) => {
      const date = labelledDate(written, zone);
      const since = date === null ? Number.NaN : last - date.toMillis();
      return date !== null && since >= -SLACK_MS && since <= MOST_DAYS * DAY_MS ? [{ date, since }] : [];
    });
    // Day before month, as in Britain, unless that is long past and the other is just now.
    const found = dates.find(({ since }) => since <= DAY_MS) ?? dates[0];
    if (found === undefined) continue;
    const { date, since } = found;
    // In summer an hour before the mail: a server's clock that knows no summer time.
    const isUtc = date.zoneName === zone && date.offset !== 0 && Math.abs(since - date.offset * 60_000) <= AT_ONCE_MS;
    return void put('ReportedAt', iso(isUtc ? date.setZone('UTC', { keepLocalTime: true }) : date), {
      quote: `${label}: ${value}`,
      where: 'body',
      rule: ruleOf(label),
    });
  }
}

/** Always sets ReportedAt: the innermost date that is within reason, else the outer mail's, the oldest Received, the time of delivery. */
export function readDate(message: Message, roles: Roles, context: ReadingContext, put: Put): void {
  const zone = context.branch.timeZone;
  const inner = roles.own[0] ?? roles.main;
  for (const letter of [inner, roles.main]) {
    if (letter.date === null) continue;
    const date = letter.by === 'forwarded' ? forwardedDate(letter.date, zone) : headerDate(letter.date);
    if (date && isSensible(date, context.receivedAt))
      return void put('ReportedAt', iso(date), {
        quote: letter.date,
        where: letter.by === 'sender' ? 'header' : 'forwarded header',
        rule: 'Date',
      });
  }
  const own = message.date === null ? null : headerDate(message.date);
  if (own && isSensible(own, context.receivedAt))
    return void put('ReportedAt', iso(own), { quote: message.date ?? '', where: 'header', rule: 'Date of the outer mail' });
  for (const received of headerAll(message, 'received').toReversed()) {
    const stamp = received.slice(received.lastIndexOf(';') + 1).trim();
    const date = headerDate(stamp);
    if (date && isSensible(date, context.receivedAt))
      return void put('ReportedAt', iso(date), { quote: stamp, where: 'header', rule: 'oldest Received, since Date is missing or absurd' });
  }
  put('ReportedAt', iso(DateTime.fromJSDate(context.receivedAt, { zone })), {
    quote: '',
    where: 'header',
    rule: 'when the server took the mail in',
  });
}
