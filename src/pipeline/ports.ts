/** What the flow needs from the world outside. Adapters implement these; app/wire.ts picks them. Every call ends by itself or when its signal aborts. */
import type { Readable } from 'node:stream';
import type { Job } from '../domain/job.ts';
import type { Branch } from '../domain/mailbox.ts';
import type { Message } from '../domain/message.ts';

export type Clock = { now(): Date };

/** The raw bytes of every mail, kept for `retention`. A key that `keep` returned can be read until then, on any restart. */
export interface Raws {
  /** Durable when it resolves (fsync). @throws Failure disk-full */
  keep(source: Buffer | Readable): Promise<{ key: string; bytes: number; sha256: string }>;
  open(key: string): Readable;
  /** A raw mail that nothing refers to any more. */
  discard(key: string): Promise<void>;
}

/** Decodes raw mails. */
export interface Mime {
  /** @throws Failure mail-unreadable */
  parse(raw: Readable): Promise<Message>;
  /** Calls `each` with every wanted part, one after the other, in the order of the mail. The stream must be read to its end. */
  extract(raw: Readable, parts: ReadonlySet<string>, each: (part: string, body: Readable) => Promise<void>): Promise<void>;
}

/** A file that becomes publicly readable. `key` is derived, so a repeated publication overwrites. */
export type Publication = { key: string; name: string; mimeType: string; bytes: number };

/** The S3 bucket. */
export interface Documents {
  /** Uploads and returns the URL at which anybody can read it. @throws Failure store-unreachable, store-refused */
  publish(publication: Publication, body: Readable, signal: AbortSignal): Promise<{ url: string; expiresAt: Date | null }>;
  /** Fetches the URL as a stranger would (a ranged GET). @throws Failure document-not-public */
  check(url: string, expected: { mimeType: string; bytes: number }, signal: AbortSignal): Promise<void>;
}

/** V3's createmaintenancejob. */
export interface Jobs {
  /**
   * Resolves when V3 accepted the job. Never tries again by itself.
   * @throws Failure v3-* ; `v3-unknown` when the request may have arrived and no answer came; `v3-used` when V3 says that the ExternalID was used before.
   */
  submit(branch: Branch, job: Job, signal: AbortSignal): Promise<{ response: string }>;
}

export type Reply = {
  /** Derived, with angle brackets: a repeated sending carries the same one. */
  messageId: string;
  from: { name: string; address: string };
  to: { name: string; address: string };
  subject: string;
  text: string;
  inReplyTo: string | null;
  references: string[];
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
  tenantName: string | null;
  title: string;
  priority: string;
  address: string | null;
  phone: string | null;
  photos: { taken: string[]; refused: { name: string; why: string }[] };
  missing: ('phone' | 'address')[];
  /** Which safety lines apply. */
  dangers: ('gas' | 'carbon monoxide' | 'electrics' | 'break-in')[];
};

export type ReplyKind = 'confirmation' | 'question';

export interface Wording {
  /** @throws Failure unexpected, when the text cannot be rendered. */
  render(kind: ReplyKind, model: ReplyModel): { subject: string; text: string };
}
