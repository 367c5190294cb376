/** `faultline try`: reads mails without any server, in order, as one mailbox would receive them. */
import { createReadStream, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { mime } from '../../adapters/mime/parse.ts';
import { loadTemplates } from '../../adapters/templates/load.ts';
import { openWording } from '../../adapters/wording/liquid.ts';
import { failureOf } from '../../domain/failure.ts';
import { identityOf } from '../../domain/identity.ts';
import { Job } from '../../domain/job.ts';
import { type Attachment, header, type Message } from '../../domain/message.ts';
import type { Reading } from '../../domain/reading.ts';
import { deriveReference } from '../../domain/reference.ts';
import type { Report, Stage } from '../../domain/report.ts';
import type { ReplyTo } from '../../domain/sorting.ts';
import { documentsOf, notesWith } from '../../pipeline/document.ts';
import { replyModel } from '../../pipeline/reply.ts';
import { completed } from '../../reading/answer.ts';
import { belong } from '../../reading/threads.ts';
import { understand } from '../../reading/understand.ts';
import type { Config } from '../config.ts';
import { agencyOf, branchOf, foldersOf } from '../mailboxes.ts';
import { BUNDLED_TEMPLATES, REPLY_TEXTS } from '../place.ts';

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

type Case = { reference: string; stage: Stage; marks: Set<string>; reading: Reading; attachments: Attachment[]; replyTo: ReplyTo };

/** Reads the files one after the other; what one is depends on those before it. Never throws for a mail: it is `held`, with the reason. */
export async function* tryMails(config: Config, files: string[]): AsyncGenerator<Tried> {
  const [mailbox] = config.mailboxes;
  if (mailbox === undefined) return;
  const agency = agencyOf(config, mailbox);
  const branch = branchOf(config, mailbox);
  const templates = loadTemplates([BUNDLED_TEMPLATES, ...(config.templates ? [config.templates] : [])]);
  const wording = openWording(REPLY_TEXTS);
  const cases: Case[] = [];
  const seen = new Set<string>();

  const answer = (file: string, one: Case, opened: boolean): Tried => {
    const { reading, reference } = one;
    const held = reading.missing.includes('phone') && one.replyTo.address === null;
    const asks = reading.missing.includes('phone');
    const shown: Report = {
      reference,
      mailbox: mailbox.name,
      stage: 'read',
      heldFrom: null,
      dueAt: null,
      priority: 'Medium',
      reading,
      openedBy: '',
      createdAt: new Date(0),
      tries: 0,
      failure: null,
      replyTo: null,
    };
    const documents = documentsOf({ settings: config.limits }, reference, '', one.attachments, 0);
    const place = {
      name: mailbox.name,
      branch,
      agency,
      replyFrom: mailbox.replyFrom,
      folders: foldersOf(mailbox),
      keyId: '',
      pollMs: 0,
      open: () => Promise.reject(new Error('not connected')),
    };
    const model = replyModel({ report: shown, mailbox: place, documents, attempts: [] });
    const values = Object.fromEntries(Object.entries(reading.values).map(([field, value]) => [field, value.value]));
    const notes = notesWith(reading.values.IssueNotes?.value, documents);
    const job = { ExternalID: reference, ...values, ...(notes && { IssueNotes: notes }) };
    const valid = asks || Job.safeParse(job).success;
    return {
      file,
      outcome: held || !valid ? 'held' : asks ? 'needs-info' : 'job',
      reason: held ? 'nobody-to-ask' : !valid ? 'reading-invalid' : asks ? 'phone' : opened ? '' : 'answer',
      template: reading.template,
      job,
      evidence: Object.fromEntries(Object.entries(reading.values).map(([field, value]) => [field, value.evidence])),
      attachments: documents.flatMap(({ name, mimeType, bytes, refused }) => (refused === null ? [{ name, mimeType, bytes }] : [])),
      replyTo: one.replyTo.address,
      replyText: one.replyTo.address === null ? null : wording.render(asks ? 'question' : 'confirmation', model).text,
    };
  };
  const aside = (file: string, outcome: Tried['outcome'], reason: string): Tried => ({
    file,
    outcome,
    reason,
    template: null,
    job: {},
    evidence: {},
    attachments: [],
    replyTo: null,
    replyText: null,
  });

  for (const file of files) {
    try {
      if (statSync(file).size > config.limits.mailBytes) {
        yield aside(file, 'held', 'mail-too-large');
        continue;
      }
      const raw = await readFile(file);
      const identity = identityOf(raw);
      if (seen.has(identity)) {
        yield aside(file, 'duplicate', 'the same mail came before');
        continue;
      }
      seen.add(identity);
      const message = await mime.parse(raw.length > 1 << 20 ? createReadStream(file) : Readable.from([raw], { objectMode: false }));
      const understanding = understand(message, { agency, branch, templates, receivedAt: receivedAt(message, file) });
      const found = cases
        .toReversed()
        .map((one) => ({
          reference: one.reference,
          stage: one.stage,
          marks: [...one.marks],
          matched: understanding.clues.filter((clue) => one.marks.has(clue)),
        }))
        .filter((one) => one.matched.length > 0);
      const sorting = understanding.sorting.kind === 'opens' && found.length > 0 ? belong(understanding, found) : understanding.sorting;
      if (sorting.kind === 'set-aside') yield aside(file, 'ignored', sorting.reason);
      else if (sorting.kind === 'adds') {
        const known = cases.find((one) => one.reference === sorting.to) as Case;
        for (const mark of understanding.marks) known.marks.add(mark);
        if (sorting.as !== 'answer') yield aside(file, sorting.as, sorting.why);
        else {
          known.reading = completed(known.reading, understanding.reading);
          known.attachments = [...known.attachments, ...understanding.attachments];
          known.stage = 'confirmed';
          yield answer(file, known, false);
        }
      } else if (
        !message.text?.trim() &&
        !message.html?.trim() &&
        message.subject.trim() === '' &&
        understanding.attachments.length === 0 &&
        message.attached.length === 0
      )
        yield aside(file, 'held', 'mail-empty');
      else {
        const reference = deriveReference(identity);
        const stage: Stage = understanding.reading.missing.includes('phone') ? 'asking' : 'confirmed';
        const opened: Case = {
          reference,
          stage,
          marks: new Set([...understanding.marks, `ref:${reference}`]),
          reading: understanding.reading,
          attachments: understanding.attachments,
          replyTo: understanding.replyTo,
        };
        cases.push(opened);
        yield answer(file, opened, true);
      }
    } catch (error) {
      const failure = failureOf(error);
      yield aside(file, 'held', `${failure.code}: ${failure.detail}`);
    }
  }
}

/** A file has no INTERNALDATE: its newest Received field says when a server took the mail in (RFC 5321 §4.4), else the mail its own date. */
function receivedAt(message: Message, file: string): Date {
  const received = header(message, 'received');
  const stamps = [received?.slice(received.lastIndexOf(';') + 1), message.date].map(
    (stamp) => new Date(stamp?.replace(/\([^)]*\)/g, '') ?? ''),
  );
  return stamps.find((stamp) => stamp.getFullYear() >= 2000) ?? statSync(file).mtime;
}
