/** How much of an API key's rolling budget several workers use under a backlog: real processes on PostgreSQL, and the V3 stand-in with its window. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startS3 } from '../../src/sandbox/s3.ts';
import { startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3 } from '../../src/sandbox/v3.ts';
import { startInboxes } from '../crash/inboxes.ts';
import { startWorker } from '../crash/worker.ts';
import { until } from '../peers/servers/daemon.ts';
import { reportMail } from '../peers/servers/mails.ts';
import { startPostgres } from '../peers/servers/postgres.ts';

/** What V3 allows a key in one window. */
const BUDGET = 50;
/** The least part of the budget that is used, and how long V3 takes to answer. */
const LEAST_USE = 0.97;
const ANSWER_MS = [100, 900] as const;
const MAILBOXES = ['repairs', 'office'];

export type BudgetUse = {
  /** Accepted in each whole window, counted from the first request. */
  windows: number[];
  /** One window as a part of the mean time between a request and the fiftieth one before it: 1 were all of the budget. */
  use: number;
  /** Requests that V3 did not accept, by status. */
  refused: Record<number, number>;
  /** The most requests in any window, to the millisecond. */
  most: number;
  jobs: number;
};

/** Has `workers` processes work off a backlog of one key in `windows` windows and a start. */
export async function measureBudget(workers: number, windowSeconds: number, windows: number): Promise<BudgetUse> {
  const windowMs = windowSeconds * 1000;
  const mails = BUDGET * (windows + 1);
  const folder = mkdtempSync(join(tmpdir(), 'faultline-budget-'));
  const [postgres, inboxes, v3, s3, smtp] = await Promise.all([
    startPostgres(),
    startInboxes('auto', MAILBOXES),
    startV3({ windowMs }),
    startS3(),
    startSmtp({ onMail: () => undefined }),
  ]);
  const [least, most] = ANSWER_MS;
  v3.failWhile(() => ({ kind: 'slow', ms: least + Math.random() * (most - least) }));
  const all = Array.from({ length: mails }, (_, number) => reportMail(number));
  for (const [index, name] of MAILBOXES.entries()) {
    inboxes.deliver(
      name,
      all.filter((_, number) => number % MAILBOXES.length === index),
    );
  }
  const file = join(folder, 'faultline.yaml');
  writeFileSync(
    file,
    stringify({
      dataFolder: 'data',
      ledger: await postgres.freshSchema(),
      agency: { name: 'Brightkeys Lettings' },
      v3: { url: v3.url, windowSeconds },
      s3: { ...s3, pathStyle: true, close: undefined },
      smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
      branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
      mailboxes: MAILBOXES.map((name) => ({
        name,
        branch: 'leeds',
        imap: { ...inboxes.at(name), tls: 'none' },
        replyFrom: { address: `${name}@brightkeys.example` },
      })),
    }),
  );
  const running = Array.from({ length: workers }, () => startWorker(file, () => undefined));
  try {
    // The last requests are not waited for: as long as there is a backlog the budget is what counts.
    await until(`${BUDGET * windows + 1} requests`, () => v3.requests.length > BUDGET * windows, (windows + 2) * windowMs + 60_000);
    return useOf(v3.requests, windowMs);
  } finally {
    for (const worker of running) worker.signal('SIGTERM');
    await Promise.all(running.map(({ ended }) => ended));
    await Promise.all([inboxes.close(), v3.close(), s3.close(), smtp.close(), postgres.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function useOf(requests: { at: number; status: number }[], windowMs: number): BudgetUse {
  const refused: Record<number, number> = {};
  for (const { status } of requests) if (status !== 200 && status !== 0) refused[status] = (refused[status] ?? 0) + 1;
  const times = requests.map(({ at }) => at).sort((a, b) => a - b);
  const [first = 0] = times;
  const whole = Math.floor(((times.at(-1) ?? 0) - first) / windowMs);
  const windows = Array.from(
    { length: whole },
    (_, index) => times.filter((at) => at >= first + index * windowMs && at < first + (index + 1) * windowMs).length,
  );
  const gaps = times.slice(BUDGET).map((at, index) => at - (times[index] ?? 0));
  const meanGap = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const most = Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + windowMs).length));
  const jobs = requests.filter(({ status }) => status === 200).length;
  return { windows, use: windowMs / meanGap, refused, most, jobs };
}

/** `npm run bench budget`: three workers, V3's own window of 60 s, some 5 minutes. */
export async function benchBudget(): Promise<boolean> {
  const { windows, use, refused, most, jobs } = await measureBudget(3, 60, 4);
  const bad = Object.entries(refused).map(([status, count]) => `${count} × ${status}`);
  console.log(`accepted in each 60 s: ${windows.join(', ')} of ${BUDGET}; ${jobs} in all`);
  console.log(`most requests in any 60 s: ${most}; refused: ${bad.join(', ') || 'none'}`);
  const isKept = use >= LEAST_USE && bad.length === 0 && most <= BUDGET;
  console.log(`budget used: ${(use * 100).toFixed(2)} %, promised ${LEAST_USE * 100} % without a refusal: ${isKept ? 'kept' : 'NOT KEPT'}`);
  return isKept;
}
