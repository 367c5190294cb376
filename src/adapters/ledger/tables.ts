/** The ledger's tables, as Kysely sees them. Times are ISO 8601 in UTC (they sort as text), yes/no is 1/0, JSON is text: the same on both engines. */
import type { Generated } from 'kysely';

export type Tables = {
  mailbox: {
    name: string;
    ok_at: string | null;
    failure_code: string | null;
    failure_detail: string | null;
    /** Since its last good round. */
    failing_since: string | null;
    alarm_at: string | null;
  };
  /** How far a folder was listed. */
  cursor: { mailbox: string; folder: string; uid_validity: string; last_uid: number };
  message: {
    identity: string;
    /** Counts up: messages are settled in the order in which they were stored. */
    position: Generated<number>;
    mailbox: string;
    raw_key: string;
    bytes: number;
    too_large: number;
    received_at: string;
    stored_at: string;
    tries: number;
    outcome: string | null;
    reason: string;
    why: string;
    subject: string;
    reference: string | null;
    /** Where its mail goes; null while that is open. */
    folder: string | null;
    /** The folder of ours in which an earlier ledger had filed it, or null. */
    found_in: string | null;
    /** Who takes it now. */
    lease_token: string | null;
    lease_until: string | null;
    worker: number | null;
  };
  placement: {
    mailbox: string;
    folder: string;
    uid_validity: string;
    uid: number;
    identity: string;
    /** Delivered again although the message was known. */
    again: number;
    /** Where it was filed, or null. */
    filed: string | null;
    /** Where it is to be filed next, or null when it lies where it belongs or waits for its report. */
    to_file: string | null;
  };
  report: {
    reference: string;
    mailbox: string;
    stage: string;
    held_from: string | null;
    due_at: string | null;
    lease_token: string | null;
    lease_until: string | null;
    /** The number of the process that holds the lease. */
    worker: number | null;
    /** Emergency 0 … Low 3: due reports are taken in this order, then oldest first. */
    urgency: number;
    priority: string;
    reading: string;
    opened_by: string;
    created_at: string;
    tries: number;
    failure_code: string | null;
    failure_detail: string | null;
    reply_address: string | null;
    reply_name: string | null;
    submitted_at: string | null;
    job: string | null;
    response: string | null;
  };
  /** Keys under which a report is found again. */
  mark: { key: string; reference: string };
  document: {
    reference: string;
    identity: string;
    part: string;
    position: number;
    name: string;
    mime_type: string;
    bytes: number;
    sha256: string;
    key: string;
    url: string | null;
    expires_at: string | null;
    refused: string | null;
    published_type: string | null;
    published_bytes: number | null;
    published_sha256: string | null;
    published_at: string | null;
    removed_at: string | null;
  };
  attempt: {
    id: Generated<number>;
    reference: string;
    step: string;
    started_at: string;
    ended_at: string | null;
    outcome: string | null;
    detail: string;
  };
  /** Requests of an API key in the rolling window. */
  request: { id: Generated<number>; api_key: string; at: string };
  /** `api_key`: the name of a key or of a branch that is paused. `probed_at`: when one request was let through after the pause. */
  pause: { api_key: string; until: string; why: string; probed_at: string | null };
  /** Mailboxes whose folders were looked through for mails of an earlier ledger. */
  restored: { mailbox: string; at: string };
  /** Who watches a mailbox. */
  watch: { mailbox: string; worker: number | null; lease_token: string | null; lease_until: string | null };
  /** When a report of a mailbox was claimed last: the one that waited longest comes first. */
  turn: { mailbox: string; served_at: string };
  /** Replies that were about to go out: they count, whether or not the SMTP server took them. */
  reply: { message_id: string; address: string; reference: string | null; kind: string; at: string };
  /** Addresses to which a mail of ours could not be delivered; `message_id` is that mail's. */
  blocked: { address: string; until: string; message_id: string };
  /** Reports that may be about the same fault. */
  alike: { reference: string; other: string; at: string };
  /** Mails to the agency's people; `due_at` null: done. */
  letter: {
    id: string;
    mailbox: string;
    cause: string;
    opened_at: string;
    due_at: string | null;
    tries: number;
    lease_token: string | null;
    lease_until: string | null;
    outcome: string | null;
  };
  /** What people were told, or need not be told; `letter` null: by no mail. */
  told: { key: string; letter: string | null; news: string };
};
