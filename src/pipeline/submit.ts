/** Submits a report to V3 as a job. The caller has taken one of the key's requests and recorded the attempt. */
import { Failure } from '../domain/failure.ts';
import { Job } from '../domain/job.ts';
import type { Attempt, Report, ReportDocument } from '../domain/report.ts';
import { notesWith } from './document.ts';
import type { Flow } from './flow.ts';
import type { Done, InHand } from './in-hand.ts';
import { withoutRefused } from './refused-documents.ts';

/** Noted with an attempt: then an earlier ledger also told the sender, and he is not told again. */
export const HAD_BEFORE = 'V3 had it before this ledger did: the same mail was submitted from another one';
/** After these V3 may or may not have the job. */
const UNKNOWN: Attempt['outcome'][] = ['v3-unknown', 'v3-error', 'v3-unreachable'];

/** @throws Failure reading-invalid, v3-* but v3-used, which means that V3 has this very job. */
export async function submit(flow: Flow, inHand: InHand, signal: AbortSignal): Promise<Done> {
  const { report, mailbox, attempts, whenSent } = inHand;
  const documents = await withoutRefused(flow, inHand);
  const job = jobOf(report, documents);
  let response: string;
  let detail = '';
  try {
    ({ response } = await flow.jobs.submit(mailbox.branch, job, signal, whenSent));
  } catch (error) {
    // It was not the documents then.
    if (error instanceof Failure && error.code === 'v3-documents' && job.Documents === undefined)
      throw new Failure('v3-invalid', error.detail, { cause: error });
    // The reference is derived from the mail itself, so nothing but the same mail can have used it: V3 has the job.
    if (!(error instanceof Failure) || error.code !== 'v3-used') throw error;
    const tried = attempts.some(({ step, outcome }) => step === 'submit' && (outcome === null || UNKNOWN.includes(outcome)));
    response = error.detail;
    detail = tried ? 'V3 has it from an earlier attempt, whose answer was lost' : HAD_BEFORE;
  }
  flow.watcher?.submitted(report.reference, job, response);
  const now = flow.clock.now();
  return { detail, progress: { stage: 'submitted', dueAt: now, submittedAt: now, jobJson: JSON.stringify(job), response } };
}

/** The job as V3 gets it. @throws Failure reading-invalid, which names the fields, not their values */
export function jobOf(report: Report, documents: ReportDocument[]): Job {
  const attached = documents.flatMap(({ url, published, refused }) =>
    url === null || published === null || refused !== null ? [] : [{ MimeType: published.mimeType, URL: url }],
  );
  const read = Object.fromEntries(Object.entries(report.reading.values).map(([field, { value }]) => [field, value]));
  const checked = Job.safeParse({
    IssuePriority: report.priority,
    ...read,
    IssueNotes: notesWith(report.reading.values.IssueNotes?.value, documents),
    ExternalID: report.reference,
    ...(attached.length > 0 && { Documents: attached }),
  });
  if (checked.success) return checked.data;
  const wrong = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Failure('reading-invalid', [...new Set(wrong)].join('; '));
}
