/** What becomes of a message: it opens a report, adds to one, or is set aside with a reason. */

/** Why a message makes no job and gets no reply. */
export const REASONS = ['auto-reply', 'bounce', 'mailing-list', 'own-mail', 'spam', 'not-a-fault'] as const;
export type Reason = (typeof REASONS)[number];

/** How a message belongs to a report that is known already. */
export type Addition = 'answer' | 'follow-up' | 'duplicate';

export type Sorting =
  /** `thread`: it is about something else than the report in whose thread it was written. */
  | { kind: 'opens'; thread?: string }
  | { kind: 'adds'; as: Addition; to: string; why: string }
  | { kind: 'set-aside'; reason: Reason; why: string };

/** Whom a reply may go to, or null and why none may be sent. */
export type ReplyTo = { address: string; name: string; why: string } | { address: null; why: string };
