/** Puts together a notice to the agency's people: what happened, to which report, and what to do. */
import { FAILURES, type FailureCode } from '../domain/failure.ts';
import type { Message } from '../domain/message.ts';
import type { Report } from '../domain/report.ts';
import { type Understanding, understand } from '../reading/understand.ts';
import type { News } from './correspondence.ts';
import { documentsOf } from './document.ts';
import { type Flow, type Mailbox, readingContext } from './flow.ts';
import type { NoticeItem, NoticeModel, Reply, StoredMessage } from './ports.ts';
import { dayAndTime, replyModel } from './reply-model.ts';

type Attachments = NonNullable<Reply['attachments']>;
type Read = { stored: StoredMessage; message: Message; understanding: Understanding };

/** So much of what somebody wrote is shown; the mail itself lies in the mailbox. */
const MOST_LINES = 80;
const LINE = 280;

/** The mail that tells all this; they have one cause. */
export async function composed(
  flow: Flow,
  mailbox: Mailbox,
  news: News[],
): Promise<{ subject: string; text: string; html: string; attachments: Attachments }> {
  const attachments: Attachments = [];
  const items: NoticeItem[] = [];
  for (const one of news) items.push(await itemOf(flow, mailbox, one, attachments));
  const { agency, folders, name, style } = mailbox;
  const model: NoticeModel = {
    agency: { name: agency.name, outOfHoursPhone: agency.outOfHoursPhone },
    about: news[0]?.kind ?? 'held-report',
    mailbox: name,
    folders,
    items,
  };
  return { ...flow.wording.render('notice', model, style), attachments };
}

/**
 * Whether the office itself wrote the mail, for nobody else: it knows of it, or a machine of the office answered one of our notices.
 * Nothing is told of such mails, or notice and answer would go round.
 */
export async function isOfOffice(flow: Flow, { agency }: Mailbox, { kind, reference, identity }: News): Promise<boolean> {
  const office = agency.noticesTo?.toLowerCase();
  if (kind === 'follow-up' || kind === 'held-mail') {
    const message = identity === null ? null : await parsed(flow, await flow.ledger.message(identity));
    return message?.from?.address.toLowerCase() === office;
  }
  const report = reference === null ? null : await flow.ledger.report(reference);
  const tenant = report?.reading.values.TenantEMailAddress?.value.toLowerCase();
  return report?.replyTo?.address.toLowerCase() === office && (tenant === undefined || tenant === office);
}

async function itemOf(flow: Flow, mailbox: Mailbox, news: News, attachments: Attachments): Promise<NoticeItem> {
  const report = news.reference === null ? null : await flow.ledger.report(news.reference);
  const documents = report ? await flow.ledger.documents(report.reference) : [];
  const shown = report && replyModel({ report: { ...report, replyTo: null }, mailbox, documents });
  const isMail = news.kind === 'follow-up' || news.kind === 'held-mail';
  const read = isMail && news.identity !== null ? await readAgain(flow, mailbox, news.identity) : null;
  const stored = isMail && news.identity !== null ? await flow.ledger.message(news.identity) : null;
  return {
    reference: news.reference,
    title: shown?.title ?? null,
    address: shown?.address ?? null,
    phone: shown?.phone ?? null,
    tenant: shown?.tenantName ?? null,
    email: report ? emailOf(report) : null,
    priority: shown?.priority ?? null,
    other: news.kind === 'alike' ? news.code : null,
    code: news.code,
    hint: news.code in FAILURES ? FAILURES[news.code as FailureCode].hint : '',
    detail: news.detail,
    subject: stored?.subject ?? '',
    from: read?.message.from ? [read.message.from.name, read.message.from.address].filter(Boolean).join(', ') : null,
    receivedAt: stored ? dayAndTime('', stored.receivedAt, mailbox.branch.timeZone, mailbox.style.language) : null,
    awaitsPhone:
      report !== null && report.reading.values.TenantPhonePrimary === undefined && ['read', 'asking', 'held'].includes(report.stage),
    newPhone: news.kind === 'follow-up' && shown?.phone === null ? (read?.understanding.said.phones[0]?.value ?? null) : null,
    words: news.kind === 'follow-up' && read ? linesOf(read.understanding.said.words) : [],
    ...(news.kind === 'follow-up' && read ? await attach(flow, read, attachments) : { attached: [], left: [] }),
  };
}

function emailOf({ reading, replyTo }: Report): string | null {
  return reading.values.TenantEMailAddress?.value ?? replyTo?.address ?? null;
}

async function readAgain(flow: Flow, mailbox: Mailbox, identity: string): Promise<Read | null> {
  const stored = await flow.ledger.message(identity);
  const message = await parsed(flow, stored);
  if (stored === null || message === null) return null;
  return { stored, message, understanding: understand(message, readingContext(flow, mailbox, stored.receivedAt)) };
}

/** Null for a mail that cannot be read any more: the notice matters more than what it quotes. */
async function parsed(flow: Flow, stored: StoredMessage | null): Promise<Message | null> {
  // A mail that was stopped in a thread of its own must not hang this one.
  if (stored === null || stored.reason === 'mail-exhausting') return null;
  try {
    return await flow.mime.parse(flow.raws.open(stored.rawKey));
  } catch {
    return null;
  }
}

/** Adds the files of a follow-up to the notice, as many as fit; what is not passed on is named, with the reason. */
async function attach(
  flow: Flow,
  { stored, understanding }: Read,
  attachments: Attachments,
): Promise<Pick<NoticeItem, 'attached' | 'left'>> {
  const left: NoticeItem['left'] = [];
  const wanted = new Map<string, { name: string; mimeType: string }>();
  let bytes = attachments.reduce((sum, { content }) => sum + content.length, 0);
  for (const document of documentsOf(flow, '', stored.identity, understanding.attachments, 0)) {
    const isTooMuch = bytes + document.bytes > flow.settings.conversation.noticeBytes;
    if (document.refused !== null || isTooMuch) left.push({ name: document.name, why: document.refused ?? 'too large for a notice' });
    else {
      bytes += document.bytes;
      wanted.set(document.part, document);
    }
  }
  if (wanted.size === 0) return { attached: [], left };
  const attached: string[] = [];
  await flow.mime.extract(flow.raws.open(stored.rawKey), new Set(wanted.keys()), async (part, body) => {
    const { name, mimeType } = wanted.get(part) ?? { name: part, mimeType: 'application/octet-stream' };
    attachments.push({ name, mimeType, content: Buffer.concat(await body.toArray()) });
    attached.push(name);
  });
  return { attached, left };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').flatMap((line) => line.match(new RegExp(`.{1,${LINE}}(?:\\s|$)|.{1,${LINE}}`, 'gu')) ?? ['']);
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES), '…'];
}
