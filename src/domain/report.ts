/** One fault case, from its first message to its job. */
import type { FailureCode } from './failure.ts';
import type { Priority } from './job.ts';
import type { Reading } from './reading.ts';

/**
 * How far a report is. The main line: `read` (understood) → `published` (documents are public) → `submitted` (V3 has the job) →
 * `confirmed` (the sender knows, or may not be told). Beside it: `asking` (a question is out) and `held` (a person must look).
 */
export const STAGES = ['read', 'published', 'submitted', 'confirmed', 'asking', 'held'] as const;
export type Stage = (typeof STAGES)[number];

/** The steps that lead from stage to stage; verbs, where stages are past participles. */
export type Step = 'publish' | 'ask' | 'remind' | 'substitute' | 'submit' | 'confirm';

export type Report = {
  reference: string;
  mailbox: string;
  stage: Stage;
  /** The stage from which it was held, to which `faultline retry` brings it back. */
  heldFrom: Stage | null;
  /** When the next step is due; null when it waits for somebody. */
  dueAt: Date | null;
  priority: Priority;
  reading: Reading;
  /** The message that opened it. */
  openedBy: string;
  createdAt: Date;
  /** How often the present step was tried in vain. */
  tries: number;
  failure: { code: FailureCode; detail: string } | null;
  replyTo: { address: string; name: string } | null;
};

/** The file of a report on its way to its public URL. */
export type ReportDocument = {
  reference: string;
  /** Identity of the message it came with, and its `part` in there. */
  identity: string;
  part: string;
  /** These four are of the file as it came; `mimeType` is what its bytes say. */
  name: string;
  mimeType: string;
  bytes: number;
  sha256: string;
  /** Where it lies in the store. Derived, so that a repeated publication overwrites. */
  key: string;
  /** What lies in the store, which may have been converted; null before it was published. */
  published: PublishedFile | null;
  url: string | null;
  expiresAt: Date | null;
  /** Why it is not attached to the job, or null. */
  refused: string | null;
  /** When it was taken out of the store again: by hand, or at the end of its retention. It is not published again. */
  removedAt: Date | null;
};

/** `sha256` in lower-case hex. */
export type PublishedFile = { mimeType: string; bytes: number; sha256: string; at: Date };

/** One recorded try of a step. `ended` null: begun and never finished, so its outcome is unknown. */
export type Attempt = {
  reference: string;
  step: Step;
  startedAt: Date;
  endedAt: Date | null;
  /** `ok`, or the code of the failure. */
  outcome: 'ok' | FailureCode | null;
  detail: string;
};

/** Where the report's mails belong: the folder names are the admin's (settings `folders`). */
export const FOLDERS = ['job', 'asked', 'ignored', 'followUp', 'duplicate', 'held'] as const;
export type Folder = (typeof FOLDERS)[number];
