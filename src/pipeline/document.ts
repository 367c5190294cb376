/** The documents of a report: what may be published, under which key. */
import { createHash } from 'node:crypto';
import { documentType } from '../domain/document-type.ts';
import type { Attachment } from '../domain/message.ts';
import type { ReportDocument } from '../domain/report.ts';
import type { Flow } from './flow.ts';

/** @param already how many documents the report has */
export function documentsOf(flow: Flow, reference: string, identity: string, attachments: Attachment[], already: number): ReportDocument[] {
  const { documentBytes, documentsPerJob } = flow.settings;
  return attachments.map((attachment, index): ReportDocument => {
    const type = documentType(attachment, documentBytes);
    const refused =
      'refused' in type
        ? type.refused
        : already + index >= documentsPerJob
          ? `more than ${documentsPerJob} files came with one report`
          : null;
    return {
      reference,
      identity,
      part: attachment.part,
      name: attachment.name || `attachment-${attachment.part.replaceAll('/', '-')}`,
      mimeType: 'mimeType' in type ? type.mimeType : attachment.mimeType,
      bytes: attachment.bytes,
      sha256: attachment.sha256,
      key: documentKey(reference, identity, attachment),
      url: null,
      expiresAt: null,
      refused,
    };
  });
}

/**
 * The same file of the same mail has the same key, so a retry overwrites. It cannot be guessed: it hashes the mail's own identity
 * (its Message-ID and whole body) together with the file's bytes.
 */
function documentKey(reference: string, identity: string, attachment: Attachment): string {
  const secret = createHash('sha256').update(`document\0${identity}\0${attachment.part}\0${attachment.sha256}`).digest('hex').slice(0, 32);
  return `${reference}/${secret}/${safeName(attachment.name)}`;
}

/** A name that any S3 store, URL and browser takes as it is. The true name travels in Content-Disposition. */
function safeName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '');
  return plain.slice(-80) || 'file';
}
