/** Why a step did not succeed: a closed table of failures, each with what happens next and what a person can do. */

/** `retry`: again by itself, later. `refuse`: never again, for this thing. `hold`: a person must look. */
export type FailureKind = 'retry' | 'refuse' | 'hold';

export const FAILURES = {
  // the mail itself
  'mail-unreadable': { kind: 'hold', hint: 'The mail could not be parsed. Open it in the mailbox and key the job in by hand.' },
  'mail-exhausting': {
    kind: 'hold',
    hint: 'Reading the mail took too long or too much memory, so it was stopped. Open it in the mailbox and key the job in by hand.',
  },
  'mail-too-large': { kind: 'hold', hint: 'The mail is larger than limits.mailBytes. Read it by hand, or raise the limit and retry.' },
  'mail-empty': { kind: 'hold', hint: 'The mail has no text to read. Open it in the mailbox and decide.' },
  'reading-invalid': { kind: 'hold', hint: 'What was read is not a job that V3 would accept. See `faultline show`.' },
  'nobody-to-ask': {
    kind: 'hold',
    hint: 'No phone number was found and nobody may be asked for it. Find it out, and key the job in by hand.',
  },
  'no-answer': {
    kind: 'hold',
    hint: 'The phone number was asked for, and asked for again, and nobody answered. Find it out, and key the job in by hand.',
  },
  'sender-forged': {
    kind: 'hold',
    hint: 'The mail server says that the sender is forged (DMARC), so nobody was answered. If the mail is genuine: `faultline retry`.',
  },
  'raw-missing': { kind: 'hold', hint: 'The raw mail is gone from dataFolder. Restore it from a backup, or key the job in by hand.' },
  // IMAP
  'imap-unreachable': { kind: 'retry', hint: 'The IMAP server does not answer. Check imap.host, imap.port and the network.' },
  'imap-login': { kind: 'retry', hint: 'The IMAP server refused the user name or password. Correct imap.user or imap.password.' },
  'imap-folder': { kind: 'retry', hint: 'The IMAP folder does not exist or cannot be opened. Correct imap.folder.' },
  'imap-tls': { kind: 'retry', hint: 'The IMAP server has no TLS, or its certificate was not accepted. Check imap.host and imap.tls.' },
  'imap-busy': {
    kind: 'retry',
    hint: 'The IMAP server takes no more connections or commands for now. Close other programs that use the mailbox, or wait.',
  },
  'imap-refused': { kind: 'retry', hint: 'The IMAP server refused a command. Its own words are in the detail.' },
  // documents
  'store-credentials': {
    kind: 'retry',
    hint: 'The S3 credentials end before a presigned URL should. Use the key of a user instead of a role, lower s3.public.days, or take way: public-url.',
  },
  'store-acl': {
    kind: 'retry',
    hint: 'The bucket has ACLs turned off (Object Ownership: bucket owner enforced). Turn them on for this bucket, or take way: public-url or presigned.',
  },
  'store-blocked': {
    kind: 'retry',
    hint: 'Block Public Access keeps the documents from being public. Turn it off for this bucket (and account), or take way: presigned.',
  },
  'scanner-unreachable': {
    kind: 'retry',
    hint: 'The virus scanner gave no verdict, so nothing was published. Check documents.scanner and clamd.',
  },
  'store-unreachable': { kind: 'retry', hint: 'The S3 store does not answer. Check s3.endpoint and the network.' },
  'store-refused': { kind: 'retry', hint: 'The S3 store refused the request. Check s3.bucket, the keys and their permissions.' },
  'document-not-public': { kind: 'retry', hint: 'The document could not be fetched anonymously. Check s3.public and the bucket policy.' },
  // V3
  'v3-unreachable': {
    kind: 'retry',
    hint: 'V3 cannot be reached, so it got nothing. It is tried again by itself; if it lasts, check v3.url, the DNS and the network.',
  },
  'v3-tls': {
    kind: 'retry',
    hint: 'The certificate of V3 was not accepted, so it got nothing. It is tried again by itself; if it lasts, check v3.url and the clock of this machine, or tell agentOS.',
  },
  'v3-unknown': {
    kind: 'retry',
    hint: 'The connection broke before V3 answered. Tried again with the same ExternalID, so no second job can come of it.',
  },
  'v3-error': { kind: 'retry', hint: 'V3 answered with an error of its own (5xx). Tried again with the same ExternalID.' },
  'v3-throttled': { kind: 'retry', hint: 'The key has used its 50 requests a minute. The next one goes out after a minute.' },
  'v3-blocked': {
    kind: 'retry',
    hint: 'V3 answered 403: the key may not do this, or is blocked for calling too often. Ask agentOS if it lasts.',
  },
  'v3-key': { kind: 'retry', hint: 'V3 answered 401: the API key is missing, wrong or lacks this tier. Correct v3.apiKey.' },
  'v3-branch': { kind: 'retry', hint: 'V3 answered 404 or 405: the path is wrong. Correct v3.url, v3.shortName or v3.branchID.' },
  'v3-invalid': {
    kind: 'hold',
    hint: "V3 refused the job's fields; its own words are in the detail. Mend the cause, then `faultline retry`.",
  },
  'v3-documents': {
    kind: 'retry',
    hint: "V3 refused nothing but the job's documents; its own words are in the detail. It is tried again, and once documents.patienceMinutes are over the job goes without them. Check s3.public.",
  },
  'v3-used': { kind: 'hold', hint: 'V3 says that the ExternalID was used before: the job is there already.' },
  // replies
  'smtp-unreachable': { kind: 'retry', hint: 'The SMTP server does not answer. Check smtp.host, smtp.port and the network.' },
  'smtp-tls': { kind: 'retry', hint: 'The SMTP server has no TLS, or its certificate was not accepted. Check smtp.host and smtp.tls.' },
  'smtp-login': { kind: 'retry', hint: 'The SMTP server refused the user name or password. Correct smtp.user or smtp.password.' },
  'smtp-later': { kind: 'retry', hint: 'The SMTP server said: later (4xx).' },
  'smtp-refused': { kind: 'refuse', hint: 'The SMTP server refused this reply for good (5xx). Ring the tenant instead.' },
  // this machine
  'lease-lost': { kind: 'retry', hint: 'Another worker took the report over. Nothing to do.' },
  'ledger-in-use': {
    kind: 'refuse',
    hint: 'Another Faultline works on this dataFolder. Stop it first, or give this one a folder of its own.',
  },
  'raws-public': {
    kind: 'refuse',
    hint: 'Anybody could read the raw mails. Name a private bucket in s3.rawsBucket, or take the bucket policy back.',
  },
  'ledger-unreachable': {
    kind: 'retry',
    hint: 'The ledger does not answer. Check `ledger`, and that PostgreSQL runs; what was under way goes on when it is back.',
  },
  'ledger-lost': {
    kind: 'hold',
    hint: 'The ledger that knew why this was held is gone. Look at the mail, and decide or `faultline retry`.',
  },
  'ledger-newer': { kind: 'refuse', hint: 'A newer Faultline has used this ledger. Start that version, or a newer one.' },
  'disk-full': {
    kind: 'retry',
    hint: 'No space is left in dataFolder. Nothing was lost: the mail is still in the inbox. Free some space.',
  },
  unexpected: { kind: 'hold', hint: 'Something that Faultline did not expect. Please report it with the detail.' },
} as const satisfies Record<string, { kind: FailureKind; hint: string }>;

export type FailureCode = keyof typeof FAILURES;

/** A step's failure, translated at the adapter's edge. `detail` is for the ledger and the console: no secrets, no addresses. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly detail: string;
  /** Not before this many milliseconds. */
  readonly afterMs: number | null;

  constructor(code: FailureCode, detail: string, options: { cause?: unknown; afterMs?: number } = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.detail = detail;
    this.afterMs = options.afterMs ?? null;
  }

  get kind(): FailureKind {
    return FAILURES[this.code].kind;
  }

  get hint(): string {
    return FAILURES[this.code].hint;
  }
}

/** Whatever was thrown, as a failure: an unknown error becomes `unexpected` with its message. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (isDiskFull(error)) return new Failure('disk-full', 'ENOSPC', { cause: error });
  return new Failure('unexpected', error instanceof Error ? `${error.name}: ${error.message}` : String(error), { cause: error });
}

function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL';
}
