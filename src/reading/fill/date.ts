/** ReportedAt: when the tenant wrote it, as the innermost header tells; else by the mail's own trace. */
import { DateTime } from 'luxon';
import { headerAll, type Message } from '../../domain/message.ts';
import type { ReadingContext } from '../context.ts';
import { forwardedDate, headerDate, iso, isSensible } from '../fields/date.ts';
import type { Roles } from '../whose.ts';
import type { Put } from './put.ts';

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
