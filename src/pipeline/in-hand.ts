/** A report in hand: what its next step works with and what it hands back. */
import type { Attempt, Report, ReportDocument } from '../domain/report.ts';
import type { Mailbox } from './flow.ts';
import type { Progress } from './ports.ts';

export type InHand = {
  report: Report;
  mailbox: Mailbox;
  documents: ReportDocument[];
  /** Those before this step, oldest first. */
  attempts: Attempt[];
  /** To be called when a request to V3 has gone out. */
  whenSent?: () => void;
};

/** `detail` is kept with the attempt: no secrets, no addresses. */
export type Done = { detail: string; progress: Progress };
