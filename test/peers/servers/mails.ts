/** Mails for the tests: invented, each with a Message-ID of its own. */
import { randomUUID } from 'node:crypto';

export function rawMail(subject: string, { headers = [] as string[], body = `about ${subject}` } = {}): Buffer {
  return Buffer.from(
    [
      'From: Hannah Whitlock <hannah.whitlock@tenant.example>',
      'To: repairs@brightkeys.example',
      `Subject: ${subject}`,
      'Date: Tue, 03 Mar 2026 09:15:00 +0000',
      `Message-ID: <${randomUUID()}@tenant.example>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      ...headers,
      '',
      body,
      '',
    ].join('\r\n'),
  );
}
