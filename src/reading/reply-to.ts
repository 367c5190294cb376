/** Whom a reply may go to: only the mail's own sender, and nobody where a machine or a list would get it (RFC 3834 §2). */
import { type Address, domainOf, header, headerAll, type Message } from '../domain/message.ts';
import type { ReplyTo } from '../domain/sorting.ts';
import { dmarcOf } from './authentication.ts';
import type { ReadingContext } from './context.ts';
import { isNamedAfterSite } from './whose.ts';

const MACHINES =
  /^(mailer-daemon|postmaster|no[-_.]?reply|donotreply|do[-_.]not[-_.]reply|noreply|abuse|root|bounces?|notifications?|notify|alerts?|reminders?|updates?|daemon|robot|bot|automated|scanner|scan|copier|printer|mfp|mailer|wordpress|web-?forms?|web-?hooks?|transcripts?|receipts?|voice-?mail)([-+._].*)?$|[-+._](no-?reply|do-?not-?reply)([-+._]|$)/i;
/** People may have these too, but not under the name of their company. */
const MACHINES_OF_COMPANIES = /^(?:events?|dispatch|exports?)$/i;
/** A person never writes from these, whatever the Reply-To says. */
const SYSTEMS = /^(mailer-daemon|postmaster|abuse|root)$/i;
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
const MOST_HOPS = 50;
/** What may stand in an envelope without quotes (RFC 5321 §4.1.2, and RFC 6531 for other alphabets). Others are not answered: they are rare, and a way to smuggle. */
const ADDRESS = /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{4,253}$)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+$/u;

export function replyTo(message: Message, context: ReadingContext): ReplyTo {
  const [answer] = message.replyTo;
  const to: Address | null = answer ?? message.from;
  if (to === null || !ADDRESS.test(to.address)) return { address: null, why: 'the mail has no sender that can be answered' };
  const guard = guardOf(message, to, context);
  if (guard !== null) return { address: null, why: guard };
  return { address: to.address, name: to.name, why: answer ? 'Reply-To' : 'From' };
}

/** Whether an address that a template names may get a reply: it is one, a person reads it, and it does not lead back to us. */
export function mayBeAnswered(address: string, context: ReadingContext): boolean {
  const own = [...context.agency.ownAddresses, ...context.agency.staff].map((one) => one.toLowerCase());
  const plain = address.toLowerCase();
  return ADDRESS.test(address) && !MACHINES.test(plain.split('@')[0] ?? '') && !own.includes(plain) && !own.includes(domainOf(plain));
}

function guardOf(message: Message, to: Address, context: ReadingContext): string | null {
  const field = (name: string, pattern: RegExp) => headerAll(message, name).find((value) => pattern.test(value));
  const submitted = field('auto-submitted', /^(?!\s*no\s*(?:[;(]|$))/i);
  if (submitted !== undefined) return `Auto-Submitted: ${submitted}`;
  const precedence = ['precedence', 'x-precedence'].map((name) => field(name, /^\s*(bulk|list|junk|auto_reply)\b/i)).find(Boolean);
  if (precedence !== undefined) return `Precedence: ${precedence}`;
  const suppress = field('x-auto-response-suppress', /\b(all|autoreply|oof)\b/i);
  if (suppress !== undefined) return `X-Auto-Response-Suppress: ${suppress}`;
  const present = PRESENT.find((name) => header(message, name) !== null);
  if (present) return `it has ${present}`;
  if (field('return-path', /^\s*<\s*>\s*$/) !== undefined) return 'its Return-Path is empty';
  if (/report-type\s*=\s*"?(delivery-status|disposition-notification)/i.test(header(message, 'content-type') ?? ''))
    return 'it is a report of a mail system';
  if (headerAll(message, 'received').length > MOST_HOPS) return 'it went round in a loop';
  const senders = [message.from, message.sender].flatMap((sender) => sender?.address.split('@')[0] ?? []);
  const system = senders.find((local) => SYSTEMS.test(local));
  if (system) return `it comes from ${system}`;
  const local = to.address.split('@')[0] ?? '';
  if (MACHINES.test(local) || (MACHINES_OF_COMPANIES.test(local) && isNamedAfterSite(to))) return `${local} reads no mail`;
  const own = context.agency.ownAddresses.map((address) => address.toLowerCase());
  const [first, second] = [to.address, message.from?.address ?? ''].map((address) => address.toLowerCase());
  if (own.includes(first ?? '') || own.includes(second ?? '')) return 'it would come back to us';
  if (message.messageId !== null && /^<faultline\./i.test(message.messageId)) return 'its Message-ID is one that we give';
  if (dmarcOf(message, context.agency.trustedAuthservIds) === 'fail') return 'DMARC says that the sender is forged';
  return null;
}
