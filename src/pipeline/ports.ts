/** What the flow needs from the world outside. Adapters implement these; app/wire.ts picks them. Every call ends by itself or when its signal aborts. */
import type { Readable } from 'node:stream';
import type { Failure, FailureCode } from '../domain/failure.ts';
import type { Job } from '../domain/job.ts';
import type { Branch } from '../domain/mailbox.ts';
import type { Message } from '../domain/message.ts';
import type { Reading } from '../domain/reading.ts';
import type { Attempt, Folder, Report, ReportDocument, Stage, Step } from '../domain/report.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { ReadingContext } from '../reading/context.ts';
import type { Known } from '../reading/threads.ts';
import type { Understanding } from '../reading/understand.ts';
import type { Correspondence, NewsKind } from './correspondence.ts';

export type Clock = { now(): Date };

/** The raw bytes of every mail. A key that `keep` returned can be opened on any restart. */
export interface Raws {
  /** Durable when it resolves (fsync). The same mail kept again has the same key. @throws Failure disk-full */
  keep(source: Buffer | Readable): Promise<KeptRaw>;
  /** @throws Failure raw-missing, as an error of the stream */
  open(key: string): Readable;
}
/** `identity`: see domain/identity.ts. */
export type KeptRaw = { key: string; identity: string; bytes: number };

export type ReadMail = { message: Message; understanding: Understanding };

/** Decodes raw mails. */
export interface Mime {
  /** @throws Failure mail-unreadable */
  parse(raw: Readable): Promise<Message>;
  /** Decodes and understands a mail that nobody has looked at yet. @throws Failure mail-unreadable, mail-exhausting when it takes too long or too much */
  read(raw: Readable, context: ReadingContext): Promise<ReadMail>;
  /** Calls `each` with every wanted part, one after the other, in the order of the mail. The stream must be read to its end. */
  extract(raw: Readable, parts: ReadonlySet<string>, each: (part: string, body: Readable) => Promise<void>): Promise<void>;
}

/** Makes of a file that a stranger sent what may become public: images anew from their pixels, without metadata; all else as it came. */
export interface Workshop {
  /**
   * Reads `body` to its end. What can't be published is refused with a few words that a tenant understands.
   * @throws Failure scanner-unreachable, disk-full
   */
  finish(original: { mimeType: string }, body: Readable, signal: AbortSignal): Promise<Finished | { refused: string }>;
}
/** `open` may be called again; `discard` must be called when it is not needed any more. `sha256` in lower-case hex. */
export type Finished = { mimeType: string; bytes: number; sha256: string; open(): Readable; discard(): Promise<void> };

/** A file that becomes publicly readable in the branch's way. `key` is derived, so a repeated publication overwrites. */
export type Publication = {
  key: string;
  name: string;
  mimeType: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
  branch: Pick<Branch, 'shortName' | 'branchID'>;
};

/** The S3 bucket. Keys are those of `Publication`, without the configured prefix. */
export interface Documents {
  /** Uploads and returns the URL at which anybody can read it. @throws Failure store-* */
  publish(publication: Publication, body: Readable, signal: AbortSignal): Promise<{ url: string; expiresAt: Date | null }>;
  /** Fetches the URL as a stranger would. @throws Failure document-not-public, store-blocked, store-unreachable */
  check(url: string, expected: Omit<Publication, 'key' | 'name'>, signal: AbortSignal): Promise<void>;
  /** Deletes them; one that is not there counts as deleted. @throws Failure store-* */
  remove(keys: string[], signal: AbortSignal): Promise<void>;
  /** All that lies in the bucket under the prefix. @throws Failure store-* */
  list(signal: AbortSignal): AsyncIterable<{ key: string; bytes: number; modifiedAt: Date }>;
}

/** V3's createmaintenancejob. */
export interface Jobs {
  /**
   * Resolves when V3 accepted the job. Never tries again by itself.
   * @param whenSent is called once, when the whole request is on its way
   * @throws Failure v3-* ; `v3-unknown` when the request may have arrived and no answer came; `v3-used` when V3 says that the ExternalID was used before.
   */
  submit(branch: Branch, job: Job, signal: AbortSignal, whenSent?: () => void): Promise<{ response: string }>;
}

export type Reply = {
  /** Derived, with angle brackets: a repeated sending carries the same one. */
  messageId: string;
  from: { name: string; address: string };
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
  inReplyTo: string | null;
  references: string[];
  /** To the agency's people, answering nobody (RFC 3834 §5.1: auto-generated). */
  isNotice?: true;
  attachments?: { name: string; mimeType: string; content: Buffer }[];
};

export interface Outbox {
  /** Resolves when the SMTP server took the reply. @throws Failure smtp-* */
  send(reply: Reply, signal: AbortSignal): Promise<void>;
}

/** What the reply texts in templates/replies/ are made of. All strings are plain text. */
export type ReplyModel = {
  agency: { name: string; outOfHoursPhone: string | null };
  reference: string;
  /** In the branch's zone: `3 March 2026, 09:15`. */
  reportedAt: string;
  /** Whom the reply greets: the tenant, or whoever passed the report on. */
  greeting: string | null;
  tenantName: string | null;
  /** Whether the reply goes to the tenant. */
  forTenant: boolean;
  title: string;
  priority: string;
  address: string | null;
  phone: string | null;
  photos: { taken: string[]; refused: { name: string; why: string }[] };
  missing: ('phone' | 'address')[];
  /** Which safety lines apply. */
  dangers: ('gas' | 'carbon monoxide' | 'electrics' | 'break-in')[];
};

export const REPLY_KINDS = ['confirmation', 'question', 'reminder', 'unreadable'] as const;
export type ReplyKind = (typeof REPLY_KINDS)[number];

/** What a mail is told about that could not be read. */
export type UnreadableModel = {
  agency: ReplyModel['agency'];
  subject: string;
  receivedAt: string;
  trouble: 'too-large' | 'empty';
  /** The most that a mail may have. */
  megabytes: number;
};

/** What people at the agency are told; all items have one cause. */
export type NoticeModel = {
  agency: ReplyModel['agency'];
  about: NewsKind;
  mailbox: string;
  folders: Record<Folder, string>;
  items: NoticeItem[];
};
export type NoticeItem = {
  reference: string | null;
  title: string | null;
  address: string | null;
  phone: string | null;
  tenant: string | null;
  email: string | null;
  priority: string | null;
  /** The other of two reports that are alike. */
  other: string | null;
  code: string;
  hint: string;
  detail: string;
  subject: string;
  from: string | null;
  receivedAt: string | null;
  /** Whether an answer with the phone number would set the report going. */
  awaitsPhone: boolean;
  /** A number that a follow-up brings for a job which has none of the tenant's. */
  newPhone: string | null;
  /** What a follow-up says, line by line. */
  words: string[];
  attached: string[];
  left: { name: string; why: string }[];
};

/** The language of the texts, and a folder whose texts go before the bundled ones. */
export type Style = { language: string; folder: string | null };

export interface Wording {
  /** @throws Failure unexpected, when the text cannot be rendered. */
  render(
    kind: ReplyKind | 'notice',
    model: ReplyModel | UnreadableModel | NoticeModel,
    style: Style,
  ): { subject: string; text: string; html: string };
}

/** The agency's directory of tenants. */
export interface Directory {
  /** Those with this email address, in any case; none where it is unknown. */
  find(email: string): Tenant[];
}

/** What the server tells of a mail before it is fetched. */
/** `keywords`: its IMAP keywords, where the server tells them. */
export type Arrival = { uid: number; bytes: number; receivedAt: Date; keywords?: string[] };

/** One watched IMAP folder, connected. When the connection is lost every call throws Failure imap-*; the flow then opens a new one. */
export interface Inbox {
  /** RFC 9051 §2.3.1.1, as text, since it may need 32 bits unsigned. */
  readonly uidValidity: string;
  readonly folder: string;
  /** Whether the account had this folder when it was connected. */
  has(folder: string): boolean;
  /** Where the account keeps what it sent (RFC 6154: \Sent, or a folder of a usual name), or null when it had no such folder. */
  readonly sentFolder: string | null;
  /** The Message-IDs, with angle brackets, of the mails of the folder that came on that day or later. */
  messageIds(since: Date, signal: AbortSignal): Promise<string[]>;
  /** The mails with a UID of at least `fromUid`, by UID. */
  list(fromUid: number, signal: AbortSignal): Promise<Arrival[]>;
  /** The raw bytes of several small mails in one FETCH; a mail that is gone is left out. Never marks a mail as seen. */
  fetch(uids: number[], signal: AbortSignal): AsyncIterable<{ uid: number; raw: Buffer }>;
  /** The raw bytes of one large mail as a stream, or null when it is gone. */
  download(uid: number, signal: AbortSignal): Promise<Readable | null>;
  /** The header of a mail that is too large to take. */
  fetchHeader(uid: number, signal: AbortSignal): Promise<Buffer | null>;
  /**
   * Marks mails and moves them from one folder to another in one command, creating the folder where it is missing.
   * Where the server cannot move them they stay, marked. Tells where each mail is now; a mail that is gone is left out, and so are all when
   * the folder has another UIDVALIDITY than the one under which the UIDs were given.
   */
  file(from: Lying, to: string, marks: MailMarks, signal: AbortSignal): Promise<Filed[]>;
  /** Resolves when the server announces a change (IDLE), when `ms` have passed, or on abort. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
/** Mails of one folder. */
export type Lying = { folder: string; uidValidity: string; uids: number[] };
/** Keywords and flags that people see beside a mail in their mail program (RFC 9051 §2.3.2). */
export type MailMarks = { add: string[]; remove: string[] };
/** `to` null: the server moved it but did not say to which UID (no UIDPLUS). */
export type Filed = { uid: number; moved: boolean; to: { folder: string; uidValidity: string; uid: number } | null };

/** Where a copy of a message lies on the server. */
export type Placement = { mailbox: string; folder: string; uidValidity: string; uid: number; identity: string };

/** A message as the ledger keeps it. `identity` is its primary key. */
export type StoredMessage = {
  identity: string;
  mailbox: string;
  /** Null when the mail was too large to take: then only its header is kept. */
  rawKey: string;
  bytes: number;
  tooLarge: boolean;
  receivedAt: Date;
  storedAt: Date;
  tries: number;
  outcome: MessageOutcome | null;
  /** A Reason for `set-aside`, an Addition for `adds`, a failure code for `held`; '' for `opens`. */
  reason: string;
  why: string;
  reference: string | null;
  subject: string;
};
/** `foundIn`: the folder of ours in which an earlier ledger had filed it. */
export type TakenMessage = StoredMessage & { token: string; foundIn: Folder | null };
export type MessageOutcome = 'opens' | 'adds' | 'set-aside' | 'held';

export type NewMessage = Pick<StoredMessage, 'identity' | 'rawKey' | 'bytes' | 'tooLarge' | 'receivedAt'> & {
  uid: number;
  /** It lies in a folder of ours, or has its mark, and this ledger did not do that. */
  foundIn?: Folder;
};

/** What was decided on a message, written in one transaction with the report that it opens or changes. */
export type Settlement = {
  identity: string;
  outcome: MessageOutcome;
  reason: string;
  why: string;
  subject: string;
  reference: string | null;
  /** Where the mail goes now; null while its report is under way. */
  folder: Folder | null;
  /** Keys under which its report is found again (reading/threads.ts). */
  marks: string[];
};

/** What a decision changes besides the message itself. */
export type Change = { open?: Report; update?: Report; was?: Report; documents?: ReportDocument[]; alike?: string[] };

/** `since`: opened at that time or later. Newest first; `offset` leaves out so many. */
export type ReportFilter = { stage?: Stage; mailbox?: string; reference?: string; since?: Date; limit?: number; offset?: number };

/** What a finished step changes in its report. */
export type Progress = Partial<Pick<Report, 'stage' | 'heldFrom' | 'dueAt' | 'tries' | 'failure' | 'reading'>> & {
  /** Where the mails of the report go now. */
  folder?: Folder;
  submittedAt?: Date;
  jobJson?: string;
  response?: string;
};

/** `id`: for `noteSent`. `scope`: the key or the branch that is busy. `paused`: why, or null when it is soon free: the key's requests of this minute are used up, or one is out after a pause. */
export type Slot = { taken: true; id: number } | { taken: false; scope: string; freeAt: Date; paused: FailureCode | null };

/** A report that this worker holds until `leaseUntil`; `token` fences off a worker that lost its lease. */
export type Claim = { report: Report; token: string };

/** The durable record of everything. Every method is one transaction. @throws Failure disk-full */
export interface Ledger extends Correspondence {
  /** Up to which UID the folder was listed, or null when it is new or its UIDVALIDITY changed (then old placements are dropped). */
  cursor(mailbox: string, folder: string, uidValidity: string): Promise<number | null>;
  knownUids(mailbox: string, folder: string, uidValidity: string): Promise<Set<number>>;
  /** Records mails whose raw bytes are kept; a known identity only gets another placement, to be filed as a duplicate. */
  store(mailbox: string, folder: string, uidValidity: string, messages: NewMessage[], now: Date): Promise<{ added: number; known: number }>;
  /** Where the mails with these identities lie in a folder, as far as is known. */
  placementsIn(mailbox: string, folder: string, uidValidity: string, identities: string[]): Promise<Placement[]>;
  /** Forgets where mails lay that are no longer there. */
  forgetPlacements(placements: Placement[]): Promise<void>;
  /** Whether the folders of the mailbox were looked through for what an earlier ledger filed. */
  isRestored(mailbox: string): Promise<boolean>;
  markRestored(mailbox: string, now: Date): Promise<void>;
  advanceCursor(mailbox: string, folder: string, uidValidity: string, lastUid: number): Promise<void>;
  /** How the last round of a mailbox went. `failure` null ends its alarm. */
  markMailbox(mailbox: string, now: Date, failure: Failure | null): Promise<{ alarmEnded: boolean }>;
  /** Raises the alarm of a mailbox that has failed since `since` or longer. @returns false when it was raised before, or is not due */
  raiseAlarm(mailbox: string, since: Date, now: Date): Promise<boolean>;

  /**
   * The oldest message not settled yet, its `tries` counted up first, so that a mail that kills the process is noticed. Null also while
   * another worker takes it: messages are settled one after the other. `token` fences off a worker that lost it.
   */
  takeMessage(now?: Date, leaseMs?: number): Promise<TakenMessage | null>;
  /** Gives a message back whose taking failed for a reason outside of it (a full disk): that try does not count. */
  putBack(identity: string, token?: string): Promise<void>;
  message(identity: string): Promise<StoredMessage | null>;
  messagesOf(reference: string): Promise<StoredMessage[]>;
  /** The settled messages that were stored at that time or later, in the order in which they came; `offset` leaves out so many. */
  settledSince(since: Date, limit: number, offset: number): Promise<StoredMessage[]>;
  /** The newest reports that have one of these marks, the newest first; not more than a hundred. */
  findByMarks(clues: string[], filter?: { stages?: Stage[]; since?: Date }): Promise<Known[]>;
  /** Whether a reference is taken by a message with another identity. */
  referenceTaken(reference: string, identity: string): Promise<boolean>;
  /**
   * @param token that of `takeMessage`
   * @param change `update` takes the place of `was`, which must still be what the ledger has; `alike`: other reports that may be about the same fault.
   * @throws Failure lease-lost when the report changed meanwhile, or another worker takes the message now
   */
  settle(settlement: Settlement, change: Change, token?: string): Promise<void>;

  /**
   * The most urgent report that is due and free, leased to the caller: among equals of the mailbox that was served longest ago, its oldest first.
   * @param mayNotSubmit mailboxes whose API key has no request left now: their reports that are ready to submit are passed over.
   */
  claimDue(now: Date, leaseMs: number, mayNotSubmit?: string[]): Promise<Claim | null>;
  /** When the next report falls due after `now`, or null. */
  nextDue(now: Date): Promise<Date | null>;
  /** Gives a claim back until then, without counting a try. @throws Failure lease-lost */
  postpone(claim: Claim, until: Date): Promise<void>;
  /** Gives back the leases of workers that are gone: all where a single process can work on the ledger. */
  freeLeases(): Promise<void>;
  /** Makes the caller the one who watches the mailbox, or null while another one does. @returns the token of the lease */
  claimMailbox(mailbox: string, now: Date, leaseMs: number): Promise<string | null>;
  releaseMailbox(token: string): Promise<void>;
  /** Makes the leases of reports, messages and mailboxes last on; gives those of dead workers back. @returns the tokens that still hold */
  renew(tokens: string[], now: Date, leaseMs: number): Promise<string[]>;
  /** The clock was set forward (or back) by so much: all that is waited for moves with it. Nothing where the ledger has a clock of its own. */
  moveTimes(ms: number): Promise<void>;
  /** Has told what another worker changed; may be called again for another listener. Nothing where there is no other. */
  onChange(tell: (change: 'mail' | 'due' | 'filing') => void): void;
  beginAttempt(claim: Claim, step: Step, now: Date): Promise<number>;
  /** Ends the attempt and moves the report on. @throws Failure lease-lost when another worker has it. */
  endAttempt(claim: Claim, attempt: number, outcome: Attempt['outcome'], detail: string, progress: Progress, now: Date): Promise<void>;
  attempts(reference: string): Promise<Attempt[]>;
  documents(reference: string): Promise<ReportDocument[]>;
  /** False, and nothing is changed, when it was removed in the meantime. */
  saveDocument(document: ReportDocument): Promise<boolean>;
  /** Takes back all documents of the report, for good: what is published of them later counts as removed too. Returns them. */
  withdrawDocuments(reference: string, why: string, now: Date): Promise<ReportDocument[]>;
  /** Documents that lie in the store, by key, from after this key: for the audit. */
  documentsInStore(afterKey: string, limit: number): Promise<ReportDocument[]>;
  /** Documents that were put into the store before then and still lie there, oldest first. */
  documentsPublishedBefore(time: Date, limit: number): Promise<ReportDocument[]>;
  /** The documents that have these keys, in whatever state. */
  documentsByKey(keys: string[]): Promise<ReportDocument[]>;
  addMarks(reference: string, marks: string[]): Promise<void>;

  /**
   * Takes one of the key's `limit` requests in the rolling window, or tells when one comes back. Pauses of the key and of the branch count too;
   * after one, a single request every few seconds is let through, until `forgetPauses`.
   */
  takeSlot(key: string, limit: number, windowMs: number, now: Date, branch?: string): Promise<Slot>;
  /** The request for which the slot was taken went out only now: its window begins here. */
  noteSent(slot: number, now: Date): Promise<void>;
  /** Nothing goes out with this key, or for this branch, before `until`; a pause that lasts longer stays. */
  pause(key: string, until: Date, why: FailureCode): Promise<void>;
  /** V3 answered a request whose slot was taken then: forgets the pauses after which it was let through; one that was begun since stays. */
  forgetPauses(keys: string[], takenAt: Date): Promise<void>;
  /** The pauses that last, and those after which nothing was answered yet. */
  pauses(): Promise<PauseRow[]>;
  /** Ends the pauses of these kinds: their cause may have been mended. */
  endPauses(whys: FailureCode[]): Promise<void>;

  /** Placements whose mail belongs elsewhere than where it lies. */
  unfiled(mailbox: string, limit: number): Promise<(Placement & { filed: Folder })[]>;
  recordFiled(entries: { placement: Placement; filed: Folder; to: Filed['to'] }[]): Promise<void>;

  report(reference: string): Promise<Report | null>;
  reports(filter: ReportFilter): Promise<ReportRow[]>;
  /** Brings a held or waiting report back to its step, due now; one whose question is out is asked again. Null where nothing is left to do. */
  retry(reference: string, now: Date): Promise<Report | null>;
  counts(): Promise<Counts>;
  /** The messages after this position, in the order of storing. */
  accounts(after: number, limit: number): Promise<Account[]>;
  mailboxes(): Promise<MailboxRow[]>;
  close(): Promise<void>;
}

/** All that the ledger knows of one message, for an audit. */
export type Account = {
  /** Counts up in the order of storing. */
  position: number;
  identity: string;
  mailbox: string;
  rawKey: string;
  storedAt: Date;
  outcome: MessageOutcome | null;
  reason: string;
  reference: string | null;
  /** An earlier ledger had filed it. */
  foundFiled: boolean;
  /** Of the message that opened it; null otherwise. `submitted`: the note of the attempt that succeeded. `unknown`: one was begun and never ended. */
  report: { stage: Stage; dueAt: Date | null; hasJob: boolean; failure: string | null; submitted: string | null; unknown: boolean } | null;
  placements: { mailbox: string; folder: string; uidValidity: string; uid: number; isFiled: boolean }[];
};

export type ReportRow = Report & { jobJson: string | null; response: string | null; submittedAt: Date | null; subject: string };
/** `okAt`: its last good round. `failingSince`: its first bad one after that. `alarmAt`: when it had failed for too long. */
export type MailboxRow = {
  name: string;
  okAt: Date | null;
  failure: { code: string; detail: string } | null;
  failingSince: Date | null;
  alarmAt: Date | null;
};
/** `scope`: the name of a key (keyIdOf) or branch (branchIdOf). */
export type PauseRow = { scope: string; until: Date; why: FailureCode };
export type Counts = { messages: Record<string, number>; stages: Record<string, number>; unsettled: number };

/** The closed list of log events: ids, codes, counts and durations; never text of a mail, never an address. */
export type LogEvent =
  | { event: 'started'; mailboxes: number }
  | { event: 'stopped' }
  | { event: 'mailbox-open'; mailbox: string; uidValidity: string }
  | { event: 'mailbox-failed'; mailbox: string; code: string; detail: string; retryMs: number }
  | { event: 'mailbox-alarm'; mailbox: string; code: string; alarmMs: number }
  | { event: 'mailbox-alarm-ended'; mailbox: string }
  | { event: 'mail-stored'; mailbox: string; added: number; known: number }
  | { event: 'mails-found-filed'; mailbox: string; folder: string; mails: number }
  | { event: 'mail-too-large'; mailbox: string; uid: number; bytes: number }
  | { event: 'mail-unfetched'; mailbox: string; uid: number; code: string; detail: string }
  | { event: 'mail-settled'; mailbox: string; message: string; outcome: string; reason: string; reference: string | null }
  | { event: 'mail-filed'; mailbox: string; folder: string; mails: number; moved: boolean }
  | { event: 'documents-expired'; documents: number }
  | { event: 'step-done'; reference: string; step: Step; stage: Stage; ms: number }
  | { event: 'step-failed'; reference: string; step: Step; code: string; kind: string; retryMs: number | null; ms: number }
  | { event: 'key-paused' | 'branch-paused'; branch: string; code: string; ms: number }
  | { event: 'directory-loaded'; rows: number; badRows: number; ms: number }
  | { event: 'directory-bad-row'; line: number; why: string }
  | { event: 'directory-failed'; why: string }
  | { event: 'notice-sent'; mailbox: string; about: string; news: number }
  | { event: 'notice-failed'; mailbox: string; code: string; retryMs: number | null }
  /** A changed set of parsing templates was taken as a whole, or refused as a whole: where the first problem is. */
  | { event: 'templates-taken'; templates: number }
  | { event: 'templates-refused'; problems: number; file: string; line: number; column: number; hint: string }
  | { event: 'clock-stepped'; ms: number }
  | { event: 'worker-failed'; code: string; detail: string };

export interface Log {
  write(event: LogEvent): void;
}

/** Looks on while the flow works: the demo prints what it is told. Never needed for the work itself. */
export interface Watcher {
  /** `reading` is null for a mail that opens or completes no report. */
  settled(message: StoredMessage, settlement: Settlement, reading: Reading | null): void;
  published(reference: string, documents: ReportDocument[]): void;
  submitted(reference: string, job: Job, response: string): void;
  replied(reference: string, kind: ReplyKind, reply: Reply): void;
  /** `folder` is the server's name of where the mail went. */
  filed(mailbox: string, placement: Placement, folder: string): void;
}
