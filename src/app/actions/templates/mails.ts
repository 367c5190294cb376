/** Reads mails with a set of templates, as the service would: for examples, explanations and back tests. */
import { Readable } from 'node:stream';
import { mime } from '../../../adapters/mime/parse.ts';
import type { Message } from '../../../domain/message.ts';
import type { ReadingContext } from '../../../reading/context.ts';
import type { Template } from '../../../reading/template.ts';
import type { Config } from '../../config.ts';
import { agencyOf, branchOf, type MailboxConfig } from '../../mailboxes.ts';

/** What reading knows for the mails of one mailbox; the first one where none is named. */
export type Setting = Omit<ReadingContext, 'receivedAt' | 'templates'>;

export function settingOf(config: Config, mailbox: MailboxConfig | undefined = config.mailboxes[0]): Setting {
  if (mailbox === undefined) throw new Error('no mailbox is configured');
  return { agency: agencyOf(config, mailbox), branch: branchOf(config, mailbox) };
}

/** @throws Failure mail-unreadable */
export function parseMail(raw: Buffer): Promise<Message> {
  return mime.parse(Readable.from([raw], { objectMode: false }));
}

/** A sample has no time of delivery: it is taken to have come in when it says that it was written. */
export function contextFor(setting: Setting, templates: Template[], message: Message): ReadingContext {
  const written = new Date(message.date?.slice(0, 400).replace(/\([^)]*\)/g, '') ?? Number.NaN);
  return { ...setting, templates, receivedAt: Number.isNaN(written.getTime()) ? new Date() : written };
}
