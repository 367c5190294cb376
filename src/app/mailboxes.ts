/** The agency, branch and folders of a configured mailbox, as the flow and the reading see them. */
import type { Agency, Branch } from '../domain/mailbox.ts';
import type { Folder } from '../domain/report.ts';
import { type ConversationSettings, type FlowSettings, keyIdOf, type Mailbox } from '../pipeline/flow.ts';
import type { Style } from '../pipeline/ports.ts';
import type { Config } from './config.ts';

const HOUR_MS = 3_600_000;

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
  const { name, staff, phones, outOfHoursPhone, trustedAuthservIds, noticesTo, fallbackPhone } = config.agency;
  const branch = branchConfig(config, mailbox);
  const user = mailbox.imap.user.includes('@') ? [mailbox.imap.user] : [];
  const ownAddresses = [...new Set([mailbox.replyFrom.address, ...user, ...mailbox.ownAddresses].map((address) => address.toLowerCase()))];
  return {
    name: branch.agencyName ?? name,
    staff,
    phones: [...phones, ...[fallbackPhone, branch.fallbackPhone, branch.outOfHoursPhone].filter((phone) => phone !== undefined)],
    ownAddresses,
    outOfHoursPhone: branch.outOfHoursPhone ?? outOfHoursPhone ?? null,
    fallbackPhone: branch.fallbackPhone ?? fallbackPhone ?? null,
    trustedAuthservIds,
    noticesTo: branch.noticesTo ?? noticesTo ?? null,
  };
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

/** Whose texts the replies of this mailbox have. */
export function styleOf(config: Config, mailbox: MailboxConfig): Style {
  const { replies } = branchConfig(config, mailbox);
  return { language: replies.language ?? config.replies.language, folder: replies.folder ?? config.replies.folder ?? null };
}

/** The settings that the flow works with, in milliseconds and bytes. */
export function settingsOf(config: Config): FlowSettings {
  return {
    mailBytes: config.limits.mailBytes,
    documentBytes: config.limits.documentBytes,
    documentsPerJob: config.limits.documentsPerJob,
    patienceMs: config.documents.patienceMinutes * 60_000,
    emergencyPatienceMs: config.documents.emergencyPatienceMinutes * 60_000,
    keepDocumentsMs: config.documents.keepDays === null ? null : config.documents.keepDays * 86_400_000,
    requestsPerMinute: config.v3.requestsPerMinute,
    windowMs: config.v3.windowSeconds * 1000,
    retryFirstMs: config.retry.firstSeconds * 1000,
    retryMostMs: config.retry.mostSeconds * 1000,
    conversation: conversationOf(config),
  };
}

function conversationOf({ conversation }: Config): ConversationSettings {
  const { reminderHours, patienceHours, withoutAnswer, duplicateHours, noticeMinutes, noticeBytes } = conversation;
  const { repliesPerHour, repliesPerDay, repliesPerReport, openQuestions } = conversation;
  return {
    reminderMs: reminderHours * HOUR_MS,
    patienceMs: patienceHours * HOUR_MS,
    withoutAnswer,
    duplicateMs: duplicateHours * HOUR_MS,
    caps: { perHour: repliesPerHour, perDay: repliesPerDay, perReport: repliesPerReport, openQuestions },
    noticeMs: noticeMinutes * 60_000,
    noticeBytes,
  };
}

/** A mailbox as the flow sees it, but for its connection. */
export function settledMailbox(config: Config, mailbox: MailboxConfig): Omit<Mailbox, 'open'> {
  return {
    name: mailbox.name,
    branch: branchOf(config, mailbox),
    branchName: mailbox.branch,
    agency: agencyOf(config, mailbox),
    replyFrom: mailbox.replyFrom,
    folders: foldersOf(mailbox),
    style: styleOf(config, mailbox),
    keyId: keyIdOf(branchConfig(config, mailbox).apiKey),
    pollMs: mailbox.pollSeconds * 1000,
  };
}
