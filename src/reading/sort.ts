/** Tells reports from what is none: bounces, automatic replies, lists, spam, our own mail, and mail that reports no fault (no-fault.ts). */
import { header, type Message } from '../domain/message.ts';
import type { Reason, Sorting } from '../domain/sorting.ts';
import type { ReadingContext } from './context.ts';
import { postcodesIn } from './fields/postcode.ts';
import { layoutOf } from './layout.ts';
import { type Letter, textOf } from './letter.ts';
import { noFault } from './no-fault.ts';
import { sentencesOf } from './plain.ts';
import { rolesOf } from './whose.ts';
import { ITEM, SYMPTOM } from './words.ts';

/** What Outlook puts before the subject of an automatic reply, in the languages of its users here. */
const AUTOMATIC_REPLY =
  /^\s*(?:automatic reply|automatische antwort|réponse automatique|respuesta automática|risposta automatica|automatisch antwoord|odpowiedź automatyczna|resposta automática|automatiskt svar|autosvar|răspuns automat|ateb awtomatig|read:|out of (?:the )?office)/iu;
const AUTO_SUBJECT =
  /^\s*(auto(matic)?[- ]?(reply|response)|out of (the )?office|autoreply|abwesenheit|read:|gelesen:|not read:|delivery (status|receipt)|accepted:|declined:|tentative:|cancell?ed:)/i;
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
    AUTOMATIC_REPLY.test(message.subject) ||
    (AUTO_SUBJECT.test(message.subject) && (automatic || header(message, 'return-path')?.trim() === '<>'))
  )
    return aside('auto-reply', 'its subject is that of an automatic reply');
  if (machine('auto-submitted', /^\s*auto-replied/i)) return aside('auto-reply', 'Auto-Submitted: auto-replied');
  if (automatic && !isLabelled && !soundsLikeReport(letters)) {
    const none = noFault(message, letters, isLabelled);
    return none === null ? aside('auto-reply', 'Auto-Submitted, and nothing in it is laid out as a report') : aside(none.reason, none.why);
  }
  const list =
    header(message, 'list-id') !== null || header(message, 'list-unsubscribe') !== null || machine('precedence', /^\s*(bulk|list)/i);
  const isList = header(message, 'list-id') !== null;
  if (list && !isLabelled && (isList || !soundsLikeReport(letters)))
    return aside('mailing-list', 'it has List-Unsubscribe, List-Id or Precedence, and is not laid out as a report');
  if (/method\s*=\s*"?(request|cancel|reply)/i.test(contentType) || hasCalendar(message))
    return aside('not-a-fault', 'an invitation to a meeting');
  const none = noFault(message, letters, isLabelled);
  return none === null ? { kind: 'opens' } : aside(none.reason, none.why);
}

/** What a machine or a list sent on in prose: somebody's own home, what is wrong there, and where it is or whom to ring. In doubt it is a report. */
function soundsLikeReport(letters: Letter[]): boolean {
  const { main } = rolesOf(letters);
  const text = textOf(main, 'body');
  if (SENT_ON.test(main.subject) && text.split(/\s+/).length >= LEAST_WORDS) return true;
  return (
    SOMEBODYS.test(text) &&
    (postcodesIn(text).length > 0 || /\b07\d{3} ?\d{3}/.test(text)) &&
    sentencesOf(text).some((sentence) => ITEM.test(sentence) && SYMPTOM.test(sentence))
  );
}

/** A gateway's subject for what somebody texted or said: `SMS from +44 7400 …`. */
const SENT_ON =
  /^\W*(?:new |incoming |inbound )?(?:sms|text(?: message)?|whats ?app(?: message)?|voice ?mail|voice message|message)\b[^\n]{0,20}\bfrom\b[^\n]{0,24}\d{6}/i;
const LEAST_WORDS = 12;

const SOMEBODYS =
  /\b(?:my|our|her|his) (?:\w+ )?(?:flat|house|home|kitchen|bathroom|bedroom|lounge|boiler|heating|toilet|shower|tap|oven|door|window|ceiling|roof|garden)\b|\bthe (?:tenant|resident|caller|occupier)\b|\bI['’](?:ve|m)\b|\bI (?:have|am|did|can|can['’]?t)\b|\b(?:she|he|they) (?:says?|reports?|asks?|asked|would like)\b/i;

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
