/** `faultline try`: reads mails without any server, in order, as one mailbox would receive them. */
import { createReadStream, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { mime } from '../../adapters/mime/parse.ts';
import { failureOf } from '../../domain/failure.ts';
import { identityOf } from '../../domain/identity.ts';
import { header, type Message } from '../../domain/message.ts';
import type { Report, ReportDocument } from '../../domain/report.ts';
import { notesWith } from '../../pipeline/document.ts';
import type { Ledger } from '../../pipeline/ports.ts';
import type { Config } from '../config.ts';
import { openRehearsal, type Rehearsal, type Rehearsed } from './rehearse.ts';

export type Tried = {
  file: string;
  outcome: 'job' | 'needs-info' | 'ignored' | 'follow-up' | 'duplicate' | 'held';
  reason: string;
  template: string | null;
  job: Record<string, unknown>;
  evidence: Record<string, { quote: string; where: string; rule: string }>;
  /** Those that would be published, as far as their names and first bytes tell. */
  attachments: { name: string; mimeType: string; bytes: number }[];
  replyTo: string | null;
  replyText: string | null;
};

/** Reads the files one after the other; what one is depends on those before it. Never throws for a mail: it is `held`, with the reason. `ledger` is closed at the end. */
export async function* tryMails(config: Config, files: string[], ledger?: Ledger): AsyncGenerator<Tried> {
  const [mailbox] = config.mailboxes;
  if (mailbox === undefined) return;
  const rehearsal = await openRehearsal(config, mailbox, ledger);
  try {
    for (const file of files) {
      try {
        yield triedOf(file, await rehearse(rehearsal, config, file));
      } catch (error) {
        const failure = failureOf(error);
        yield triedOf(file, { outcome: 'held', reason: `${failure.code}: ${failure.detail}` });
      }
    }
  } finally {
    await rehearsal.close();
  }
}

async function rehearse(rehearsal: Rehearsal, config: Config, file: string): Promise<Rehearsed> {
  if (statSync(file).size > config.limits.mailBytes) return { outcome: 'held', reason: 'mail-too-large' };
  const raw = await readFile(file);
  const message = await mime.parse(raw.length > 1 << 20 ? createReadStream(file) : Readable.from([raw], { objectMode: false }));
  return rehearsal.take({ identity: identityOf(raw), file, bytes: raw.length, receivedAt: receivedAt(message, file), message });
}

function triedOf(file: string, { outcome, reason, report, documents = [], reply = null }: Rehearsed): Tried {
  const values = Object.entries(report?.reading.values ?? {});
  return {
    file,
    outcome,
    reason,
    template: report?.reading.template ?? null,
    job: report ? jobShown(report, documents) : {},
    evidence: Object.fromEntries(values.map(([field, { evidence }]) => [field, evidence])),
    attachments: documents.flatMap(({ name, mimeType, bytes, refused }) => (refused === null ? [{ name, mimeType, bytes }] : [])),
    replyTo: report?.replyTo?.address ?? null,
    replyText: reply,
  };
}

/** A file has no time of delivery: its newest Received field tells it, else its Date, else the file's own. */
function receivedAt(message: Message, file: string): Date {
  const received = header(message, 'received');
  const stamps = [received?.slice(received.lastIndexOf(';') + 1), message.date].map(
    (stamp) => new Date(stamp?.slice(0, 400).replace(/\([^)]*\)/g, '') ?? ''),
  );
  return stamps.find((stamp) => stamp.getFullYear() >= 2000) ?? statSync(file).mtime;
}

/** As V3 would get it, but that the documents have no URL and that it may still lack its phone number. */
function jobShown({ reference, reading }: Report, documents: ReportDocument[]): Record<string, unknown> {
  const values = Object.entries(reading.values).map(([field, { value }]) => [field, value]);
  const notes = notesWith(reading.values.IssueNotes?.value, documents);
  return { ExternalID: reference, ...Object.fromEntries(values), ...(notes && { IssueNotes: notes }) };
}
