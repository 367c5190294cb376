/** What the flow needs of the ledger for its conversations: which mails it may send, which it sent, and what people must be told. */
import type { ReplyKind } from './ports.ts';

/** A reply about to be sent; `address` is whom it goes to, `reference` the report that it is about. */
export type Sending = { messageId: string; address: string; reference: string | null; kind: ReplyKind };

/** How many replies may go out: to one address in an hour and in a day, about one report ever, and questions without answer at a time. */
export type ReplyCaps = { perHour: number; perDay: number; perReport: number; openQuestions: number };

/** `too-many`: a cap is reached. `bounced`: a mail to this address came back. */
export type Permit = 'yes' | 'too-many' | 'bounced';

/**
 * Something that a person must know. `key` names it for ever, so that it is told once; `cause` is what one mail an hour may be about.
 * `keyId` instead of a mailbox: it concerns all mailboxes with that API key, or of that branch.
 */
export type News = {
  key: string;
  cause: string;
  kind: NewsKind;
  mailbox: string | null;
  keyId: string | null;
  reference: string | null;
  /** The message that it is about. */
  identity: string | null;
  /** A failure code, or the other report of two that are alike. */
  code: string;
  detail: string;
};
export type NewsKind =
  | 'follow-up'
  | 'held-mail'
  | 'held-report'
  | 'untold-sender'
  | 'waiting-emergency'
  | 'stuck-report'
  | 'alike'
  | 'stale-mailbox'
  | 'paused-key';

/** A mail to the agency's people on its way. `id` is derived from what it tells, so a repeated sending has the same Message-ID. */
export type Letter = { id: string; mailbox: string; cause: string; news: News[]; tries: number; token: string };

export interface Correspondence {
  /**
   * Counts the reply and tells whether it may go out. One that was counted before, with this Message-ID, may go out again
   * (it is the same mail) unless the address bounced.
   */
  permitReply(sending: Sending, caps: ReplyCaps, now: Date): Promise<Permit>;
  /** A reply that was counted, by its Message-ID. */
  countedReply(messageId: string): Promise<Sending | null>;
  /** No reply goes to the address before `until`. A report that waits for its answer is due at once. */
  blockAddress(address: string, until: Date, messageId: string, now: Date): Promise<void>;
  isBlocked(address: string, now: Date): Promise<boolean>;

  /** What happened since `since` and was not told yet. */
  news(since: Date, now: Date): Promise<News[]>;
  /** Marks as told what needs no mail. */
  passOver(keys: string[]): Promise<void>;
  /** Whether that was told, or passed over. */
  wasTold(key: string): Promise<boolean>;
  /** When a mail about this cause was opened last, for this mailbox. */
  lastLetter(mailbox: string, cause: string): Promise<Date | null>;
  /** Writes down that these are told by one mail, before it is sent; those that another worker tells already are left out. */
  openLetter(mailbox: string, cause: string, news: News[], now: Date): Promise<void>;
  /** A mail that is due and free, leased to the caller. */
  claimLetter(now: Date, leaseMs: number): Promise<Letter | null>;
  /** @param again when to try again; null: it is done, by `outcome` */
  closeLetter(letter: Letter, outcome: string, again: Date | null, now: Date): Promise<void>;
  /** Identities of held mails whose senders were not told that they could not be read. */
  unread(reasons: string[], since: Date): Promise<string[]>;
}

/** The address as caps and bounces know it: lower-case, without a +tag, which some programs change with every mail. */
export function canonical(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at).replace(/\+.*$/, '')}@${address.slice(at + 1)}`.toLowerCase();
}
