/** Rows of the ledger's tables as the things that they stand for, and back. */
import type { Selectable } from 'kysely';
import type { FailureCode } from '../../domain/failure.ts';
import type { Priority } from '../../domain/job.ts';
import type { Attempt, Report, ReportDocument, Stage, Step } from '../../domain/report.ts';
import type { MessageOutcome, ReportRow, StoredMessage } from '../../pipeline/ports.ts';
import type { Tables } from './tables.ts';

const URGENCY: Record<Priority, number> = { Emergency: 0, High: 1, Medium: 2, Low: 3 };

export const timeOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
export const textOfTime = (time: Date | null): string | null => time?.toISOString() ?? null;

export function messageOf(row: Selectable<Tables['message']>): StoredMessage {
  return {
    identity: row.identity,
    mailbox: row.mailbox,
    rawKey: row.raw_key,
    bytes: Number(row.bytes),
    tooLarge: row.too_large === 1,
    receivedAt: new Date(row.received_at),
    storedAt: new Date(row.stored_at),
    tries: row.tries,
    outcome: row.outcome as MessageOutcome | null,
    reason: row.reason,
    why: row.why,
    reference: row.reference,
    subject: row.subject,
  };
}

export function reportOf(row: Selectable<Tables['report']>): Report {
  return {
    reference: row.reference,
    mailbox: row.mailbox,
    stage: row.stage as Stage,
    heldFrom: row.held_from as Stage | null,
    dueAt: timeOf(row.due_at),
    priority: row.priority as Priority,
    reading: JSON.parse(row.reading),
    openedBy: row.opened_by,
    createdAt: new Date(row.created_at),
    tries: row.tries,
    failure: row.failure_code === null ? null : { code: row.failure_code as FailureCode, detail: row.failure_detail ?? '' },
    replyTo: row.reply_address === null ? null : { address: row.reply_address, name: row.reply_name ?? '' },
  };
}

export function reportRowOf(row: Selectable<Tables['report']> & { subject: string | null }): ReportRow {
  return { ...reportOf(row), jobJson: row.job, response: row.response, submittedAt: timeOf(row.submitted_at), subject: row.subject ?? '' };
}

/** The columns of a report that a reading or a step can set. */
export function columnsOf(report: Report) {
  return {
    reference: report.reference,
    mailbox: report.mailbox,
    stage: report.stage,
    held_from: report.heldFrom,
    due_at: textOfTime(report.dueAt),
    urgency: URGENCY[report.priority],
    priority: report.priority,
    reading: JSON.stringify(report.reading),
    opened_by: report.openedBy,
    created_at: report.createdAt.toISOString(),
    tries: report.tries,
    failure_code: report.failure?.code ?? null,
    failure_detail: report.failure?.detail ?? null,
    reply_address: report.replyTo?.address ?? null,
    reply_name: report.replyTo?.name ?? null,
  };
}

export function documentOf(row: Selectable<Tables['document']>): ReportDocument {
  return {
    reference: row.reference,
    identity: row.identity,
    part: row.part,
    name: row.name,
    mimeType: row.mime_type,
    bytes: Number(row.bytes),
    sha256: row.sha256,
    key: row.key,
    url: row.url,
    expiresAt: timeOf(row.expires_at),
    refused: row.refused,
    published:
      row.published_at === null
        ? null
        : {
            mimeType: row.published_type ?? row.mime_type,
            bytes: Number(row.published_bytes),
            sha256: row.published_sha256 ?? '',
            at: new Date(row.published_at),
          },
    removedAt: timeOf(row.removed_at),
  };
}

/** The columns that tell what lies in the store. */
export function columnsOfPublished({ published, removedAt }: ReportDocument) {
  return {
    published_type: published?.mimeType ?? null,
    published_bytes: published?.bytes ?? null,
    published_sha256: published?.sha256 ?? null,
    published_at: textOfTime(published?.at ?? null),
    removed_at: textOfTime(removedAt),
  };
}

export function attemptOf(row: Selectable<Tables['attempt']>): Attempt {
  return {
    reference: row.reference,
    step: row.step as Step,
    startedAt: new Date(row.started_at),
    endedAt: timeOf(row.ended_at),
    outcome: row.outcome as Attempt['outcome'],
    detail: row.detail,
  };
}
