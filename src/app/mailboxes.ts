/** The agency, branch and folders of a configured mailbox, as the flow and the reading see them. */
import type { Agency, Branch } from '../domain/mailbox.ts';
import type { Folder } from '../domain/report.ts';
import type { Config } from './config.ts';

export type MailboxConfig = Config['mailboxes'][number];

const FOLDER_NAMES: Record<Folder, string> = {
  job: 'Faultline/Jobs',
  asked: 'Faultline/Asked',
  ignored: 'Faultline/Ignored',
  followUp: 'Faultline/Follow-ups',
  duplicate: 'Faultline/Duplicates',
  held: 'Faultline/Held',
};

export function agencyOf(config: Config, mailbox: MailboxConfig): Agency {
  const { name, staff, phones, outOfHoursPhone } = config.agency;
  const user = mailbox.imap.user.includes('@') ? [mailbox.imap.user] : [];
  const ownAddresses = [...new Set([mailbox.replyFrom.address, ...user, ...mailbox.ownAddresses].map((address) => address.toLowerCase()))];
  return { name, staff, phones, ownAddresses, outOfHoursPhone: outOfHoursPhone ?? null };
}

export function branchOf(config: Config, mailbox: MailboxConfig): Branch {
  const { shortName, branchID, timeZone, country, phoneFormat } = branchConfig(config, mailbox);
  return { shortName, branchID, timeZone, country, phoneFormat };
}

/** @throws Error never for a configuration that loadConfig returned: it checks the names */
export function branchConfig(config: Config, mailbox: MailboxConfig): Config['branches'][string] {
  const branch = config.branches[mailbox.branch];
  if (branch === undefined) throw new Error(`no branch ${mailbox.branch}`);
  return branch;
}

export function foldersOf(mailbox: MailboxConfig): Record<Folder, string> {
  const entries = Object.entries(mailbox.folders).filter(([, name]) => name !== undefined);
  return { ...FOLDER_NAMES, ...Object.fromEntries(entries) };
}
