/** What reading knows besides the message: the agency, the branch and the templates. No clock: the same input gives the same reading. */
import type { Agency, Branch } from '../domain/mailbox.ts';
import type { Template } from './template.ts';

export type ReadingContext = {
  agency: Agency;
  branch: Branch;
  templates: Template[];
  /** When the server took the mail in (IMAP INTERNALDATE): the last resort for ReportedAt, and the bound for an absurd Date. */
  receivedAt: Date;
};
