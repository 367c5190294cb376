/** What every room of the flow works with: the ports and the settings. */
import { createHash } from 'node:crypto';
import { Failure } from '../domain/failure.ts';
import type { Agency, Branch } from '../domain/mailbox.ts';
import type { Folder, Report } from '../domain/report.ts';
import type { ReadingContext } from '../reading/context.ts';
import type { Template } from '../reading/template.ts';
import type { ReplyCaps } from './correspondence.ts';
import type {
  Clock,
  Directory,
  Documents,
  Inbox,
  Jobs,
  Ledger,
  Log,
  Mime,
  Outbox,
  Raws,
  Style,
  Watcher,
  Wording,
  Workshop,
} from './ports.ts';

export type Mailbox = {
  name: string;
  branch: Branch;
  /** What the configuration and the directory of tenants call the branch. */
  branchName: string;
  agency: Agency;
  replyFrom: { name: string; address: string };
  folders: Record<Folder, string>;
  /** Names the API key in the ledger, without holding it. */
  keyId: string;
  /** Whose texts its replies have. */
  style: Style;
  pollMs: number;
  /** Connects to the watched folder, or to another one of the account. @throws Failure imap-* */
  open(signal: AbortSignal, folder?: string): Promise<Inbox>;
};

/** How senders and the agency's people are spoken to; caps are those of reply.ts. */
export type ConversationSettings = {
  reminderMs: number;
  patienceMs: number;
  withoutAnswer: 'hold' | 'fallback-phone';
  duplicateMs: number;
  caps: ReplyCaps;
  noticeMs: number;
  noticeBytes: number;
};

export type FlowSettings = {
  conversation: ConversationSettings;
  mailBytes: number;
  documentBytes: number;
  documentsPerJob: number;
  /** How long a report waits for its documents to be public, from the first try on; and one that is an Emergency. */
  patienceMs: number;
  emergencyPatienceMs: number;
  /** How long a document stays in the store; null: for ever. */
  keepDocumentsMs: number | null;
  /** Of an API key in `windowMs`. */
  requestsPerMinute: number;
  windowMs: number;
  retryFirstMs: number;
  retryMostMs: number;
};

export type Flow = {
  ledger: Ledger;
  raws: Raws;
  mime: Mime;
  workshop: Workshop;
  documents: Documents;
  jobs: Jobs;
  outbox: Outbox;
  wording: Wording;
  log: Log;
  clock: Clock;
  templates: Template[];
  mailboxes: Map<string, Mailbox>;
  /** A mailbox as if it belonged to another branch, by the branch's name; null where there is no such branch. */
  routed?(mailbox: string, branch: string): Mailbox | null;
  settings: FlowSettings;
  directory?: Directory;
  watcher?: Watcher;
};

/** @throws Error when a report's mailbox is no longer configured. */
export function mailboxOf(flow: Flow, name: string): Mailbox {
  const mailbox = flow.mailboxes.get(name);
  if (mailbox === undefined) throw new Error(`the mailbox ${name} is no longer in the configuration`);
  return mailbox;
}

/**
 * The mailbox of a report, with the branch to which a template routed it.
 * @throws Error when the mailbox is no longer configured, Failure reading-invalid when the branch is not
 */
export function mailboxFor(flow: Flow, { mailbox: name, reading: { branch } }: Pick<Report, 'mailbox' | 'reading'>): Mailbox {
  const mailbox = mailboxOf(flow, name);
  if (branch === undefined) return mailbox;
  const routed = flow.routed?.(name, branch);
  if (!routed) throw new Failure('reading-invalid', `a template names the branch ${branch}, which the configuration does not have`);
  return routed;
}

export function readingContext(flow: Flow, mailbox: Mailbox, receivedAt: Date): ReadingContext {
  return { agency: mailbox.agency, branch: mailbox.branch, templates: flow.templates, receivedAt };
}

/** The name of a branch in the ledger's pauses. */
export function branchIdOf({ shortName, branchID }: Pick<Branch, 'shortName' | 'branchID'>): string {
  return `branch ${shortName}/${branchID}`;
}

/** The name of an API key in the ledger: its hash, so that the key itself is nowhere. */
export function keyIdOf(apiKey: string): string {
  return createHash('sha256').update(`api key\0${apiKey}`).digest('hex').slice(0, 16);
}
