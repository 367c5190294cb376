/** Whom a reply may go to: only the mail's own sender, and nobody where a machine or a list would get it (RFC 3834 §2). */
import { type Address, domainOf, header, type Message } from '../domain/message.ts';
import type { ReplyTo } from '../domain/sorting.ts';
import type { ReadingContext } from './context.ts';

const MACHINES =
  /^(mailer-daemon|postmaster|no[-_.]?reply|donotreply|do[-_.]not[-_.]reply|noreply|abuse|root|bounces?|notifications?|alerts?|daemon)([-+._].*)?$/i;
const PRESENT = [
  'list-id',
  'list-unsubscribe',
  'x-loop',
  'x-autoreply',
  'x-autorespond',
  'x-autoresponse',
  'x-autoreply-from',
  'x-mail-autoreply',
  'x-failed-recipients',
];

export function replyTo(message: Message, context: ReadingContext): ReplyTo {
  const [answer] = message.replyTo;
  const to: Address | null = answer ?? message.from;
  if (to === null || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(to.address))
    return { address: null, why: 'the mail has no sender that can be answered' };
  const guard = guardOf(message, to, context);
  if (guard !== null) return { address: null, why: guard };
  return { address: to.address, name: to.name, why: answer ? 'Reply-To' : 'From' };
}

function guardOf(message: Message, to: Address, context: ReadingContext): string | null {
  const submitted = header(message, 'auto-submitted');
  if (submitted !== null && !/^\s*no\b/i.test(submitted)) return `Auto-Submitted: ${submitted}`;
  const precedence = header(message, 'precedence') ?? header(message, 'x-precedence');
  if (precedence !== null && /^\s*(bulk|list|junk|auto_reply)/i.test(precedence)) return `Precedence: ${precedence}`;
  const suppress = header(message, 'x-auto-response-suppress');
  if (suppress !== null && /\b(all|autoreply|oof)\b/i.test(suppress)) return `X-Auto-Response-Suppress: ${suppress}`;
  const present = PRESENT.find((name) => header(message, name) !== null);
  if (present) return `it has ${present}`;
  if (header(message, 'return-path')?.trim() === '<>') return 'its Return-Path is empty';
  if (/report-type\s*=\s*"?(delivery-status|disposition-notification)/i.test(header(message, 'content-type') ?? ''))
    return 'it is a report of a mail system';
  if (message.headers.filter((field) => field.name === 'received').length > 50) return 'it went round in a loop';
  const local = to.address.split('@')[0] ?? '';
  if (MACHINES.test(local)) return `${local} reads no mail`;
  const own = context.agency.ownAddresses.map((address) => address.toLowerCase());
  if (own.includes(to.address.toLowerCase())) return 'it would come back to us';
  return domainOf(to.address) === '' ? 'the sender has no domain' : null;
}
