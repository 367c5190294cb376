/** Counts what became of the mails of a crash run. */
import type { CaughtMail } from '../../src/sandbox/smtp.ts';
import type { StoredJob } from '../../src/sandbox/v3.ts';
import type { Mail } from './mails.ts';

export type Counts = {
  kills: number;
  mails: number;
  jobs: number;
  jobsMissing: number;
  jobsDouble: number;
  repliesMissing: number;
  /** Sent again with the same Message-ID, as a lost acknowledgement makes necessary. */
  repliesDouble: number;
  documentsUnreachable: number;
  leftInInbox: number;
};

/** Which mails lack what: for the run to know when it is over, and for a person to look into. */
export type Lack = { jobs: string[]; jobsDouble: string[]; replies: string[]; repliesAnew: string[]; repliesAgain: number };

export function lackOf(mails: Mail[], jobs: StoredJob[], replies: CaughtMail[]): Lack {
  const jobsByMarker = groupBy(jobs, ({ job }) => /zq\d{5}/.exec(`${job.IssueTitle} ${job.IssueNotes}`)?.[0] ?? '');
  const byReference = new Set(jobs.map(({ job }) => job.ExternalID));
  const repliesBySender = groupBy(replies, ({ to }) => to[0] ?? '');
  const lack: Lack = { jobs: [], jobsDouble: [], replies: [], repliesAnew: [], repliesAgain: 0 };
  for (const { kind, marker, reference, sender } of mails) {
    const wantsJob = kind === 'report' || kind === 'photo';
    if (wantsJob && !byReference.has(reference)) lack.jobs.push(marker);
    if ((jobsByMarker.get(marker)?.length ?? 0) > (wantsJob ? 1 : 0)) lack.jobsDouble.push(marker);
    const sent = repliesBySender.get(sender) ?? [];
    const different = new Set(sent.map(({ raw }) => messageIdOf(raw)));
    const wanted = kind === 'automatic' ? 0 : 1;
    if (different.size < wanted) lack.replies.push(marker);
    if (different.size > wanted) lack.repliesAnew.push(marker);
    lack.repliesAgain += sent.length - different.size;
  }
  return lack;
}

/** Fetches every document of every job as a stranger. */
export async function unreachableDocuments(jobs: StoredJob[]): Promise<number> {
  let count = 0;
  for (const { job } of jobs) {
    for (const { URL: url } of job.Documents) {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
      const bytes = answer?.ok ? (await answer.arrayBuffer()).byteLength : 0;
      if (bytes === 0) count += 1;
    }
  }
  return count;
}

function messageIdOf(raw: Buffer): string {
  return /^Message-ID:\s*(\S+)/im.exec(raw.toString('latin1'))?.[1] ?? '';
}

function groupBy<T>(things: T[], keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group) group.push(thing);
    else groups.set(key, [thing]);
  }
  return groups;
}
