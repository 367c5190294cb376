/** The documents of a report: what may be published, under which key, and what people are told of those that may not. */
import { createHash } from 'node:crypto';
import { documentType, publishedName } from '../domain/document-type.ts';
import type { Attachment } from '../domain/message.ts';
import type { ReportDocument } from '../domain/report.ts';
import type { FlowSettings } from './flow.ts';

type Limits = { settings: Pick<FlowSettings, 'documentBytes' | 'documentsPerJob'> };

/** @param already how many documents the report has */
export function documentsOf(
  flow: Limits,
  reference: string,
  identity: string,
  attachments: Attachment[],
  already: number,
): ReportDocument[] {
  const { documentBytes, documentsPerJob } = flow.settings;
  let taken = already;
  return attachments.map((attachment): ReportDocument => {
    const type = documentType(attachment, documentBytes);
    const mimeType = 'mimeType' in type ? type.mimeType : (attachment.sniffedType ?? attachment.mimeType);
    let refused = 'refused' in type ? type.refused : null;
    if (refused === null) {
      if (taken >= documentsPerJob) refused = `more than ${documentsPerJob} files came with one report`;
      taken += 1;
    }
    const name = attachment.name || publishedName(`attachment-${attachment.part.replaceAll('/', '-')}`, mimeType);
    return {
      reference,
      identity,
      part: attachment.part,
      name,
      mimeType,
      bytes: attachment.bytes,
      sha256: attachment.sha256,
      key: documentKey(reference, identity, attachment, publishedName(name, mimeType)),
      published: null,
      url: null,
      expiresAt: null,
      refused,
      removedAt: null,
    };
  });
}

/**
 * The same file of the same mail has the same key, so a retry overwrites. It cannot be guessed: it hashes the mail's own identity
 * (its Message-ID and whole body) together with the file's bytes.
 */
function documentKey(reference: string, identity: string, attachment: Attachment, name: string): string {
  const secret = createHash('sha256').update(`document\0${identity}\0${attachment.part}\0${attachment.sha256}`).digest('hex').slice(0, 32);
  return `${reference}/${secret}/${safeName(name)}`;
}

/** A name that any S3 store, URL and browser takes as it is. The true name travels in Content-Disposition. */
function safeName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '');
  return plain.slice(-80).replace(/^[-.]+/, '') || 'file';
}

/** The notes of the job, with the files that came and are not attached to it, each with the reason. */
export function notesWith(notes: string | undefined, documents: Pick<ReportDocument, 'name' | 'refused'>[]): string | undefined {
  const refused = documents.flatMap(({ name, refused }) => (refused === null ? [] : [`- ${name}: ${refused}`]));
  if (refused.length === 0) return notes;
  const shown = refused.length > MOST_NAMED ? [...refused.slice(0, MOST_NAMED), `- and ${refused.length - MOST_NAMED} more`] : refused;
  return [notes, ['Came with the mail, but not attached:', ...shown].join('\n')].filter(Boolean).join('\n\n');
}

/** A mail of 200 parts must not fill the notes. */
const MOST_NAMED = 20;
