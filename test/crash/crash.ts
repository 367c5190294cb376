/** `npm run crash`: the real program against stand-ins that fail at random, killed at random moments and started again; then everything is counted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { type Counts, lackOf, unreachableDocuments } from './count.ts';
import { makeMails } from './mails.ts';
import { type Random, randomOf } from './random.ts';
import { startWorker, type Worker } from './worker.ts';
import { startWorld } from './world.ts';

const HELP = `npm run crash -- [--kills 20] [--mails 60] [--workers 1] [--ledger sqlite|postgres] [--imap auto|dovecot|in-process]
                 [--seed N] [--keep] [--json]

Exit code: 0 when no job is missing or double; 1 otherwise; 2 for a wrong command line.
--keep leaves the data folder for a look. Dovecot and PostgreSQL are those of test/peers/install.sh.
`;
const MAILBOXES = ['repairs', 'office'];
/** The run is given up when nothing changes for so long after the last kill. */
const QUIET_MS = 90_000;
/** A worker is killed after at most so many events of its work, or so long when it finds none. */
const MOST_EVENTS = 12;
const LIFE_MS = 2_500;
/** SIGTERM ends the program within this time. */
const STOP_MS = 10_000;

type Options = {
  kills: number;
  mails: number;
  workers: number;
  ledger: 'sqlite' | 'postgres';
  imap: 'auto' | 'dovecot' | 'in-process';
  seed: number;
};

// What was started ends with this process.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    mails: { type: 'string', default: '60' },
    workers: { type: 'string', default: '1' },
    ledger: { type: 'string', default: 'sqlite' },
    imap: { type: 'string', default: 'auto' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const options = optionsOf();
if (values.help || options === null) {
  process.stdout.write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else process.exitCode = await crash(options);

function optionsOf(): Options | null {
  const { ledger, imap } = values;
  const numbers = { kills: Number(values.kills), mails: Number(values.mails), workers: Number(values.workers) };
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  if (![...Object.values(numbers), seed].every((number) => Number.isInteger(number) && number >= 0)) return null;
  if (ledger !== 'sqlite' && ledger !== 'postgres') return null;
  if (imap !== 'auto' && imap !== 'dovecot' && imap !== 'in-process') return null;
  if (numbers.workers < 1 || (ledger === 'sqlite' && numbers.workers > 1)) return null; // one process at a time works on SQLite
  return { ...numbers, ledger, imap, seed };
}

async function crash(run: Options): Promise<number> {
  const random = randomOf(run.seed);
  const folder = mkdtempSync(join(tmpdir(), 'faultline-crash-'));
  const postgres = run.ledger === 'postgres' ? await (await import('../peers/servers/postgres.ts')).startPostgres() : null;
  const world = await startWorld(random, MAILBOXES, run.imap);
  const config = join(folder, 'faultline.yaml');
  writeFileSync(config, stringify(world.config('data', postgres ? await postgres.freshSchema() : 'sqlite')));
  say(
    `seed ${run.seed}: ${run.kills} kills, ${run.mails} mails, ${run.workers} worker(s) on ${run.ledger}, IMAP ${world.inboxes.kind}; data in ${folder}`,
  );

  const mails = await makeMails(random, run.mails, MAILBOXES);
  const deliveries = mails.flatMap(({ raw, deliveries }) => deliveries.map((mailbox) => ({ mailbox, raw })));
  const deliver = (count: number) => {
    const batch = deliveries.splice(0, count);
    for (const name of MAILBOXES) {
      const raws = batch.filter(({ mailbox }) => mailbox === name).map(({ raw }) => raw);
      if (raws.length > 0) world.inboxes.deliver(name, raws);
    }
  };
  const lack = () => lackOf(mails, world.v3.jobs, world.replies);

  const failures = new Map<string, number>();
  const bump = (name: string) => failures.set(name, (failures.get(name) ?? 0) + 1);
  const start = () =>
    startWorker(config, ({ event, code }) => {
      if (event === 'step-failed' || event === 'worker-failed' || event === 'mailbox-failed') bump(`${event} ${code}`);
    });
  const workers: Worker[] = Array.from({ length: run.workers }, start);
  const startedAt = Date.now();
  let deaths = 0;
  /** Starts a worker that ended again. @param expected whether it was killed by us */
  const revive = async (index: number, expected: boolean) => {
    const worker = workers[index];
    if (worker === undefined) return;
    const { code, signal } = await worker.ended;
    if (!expected) {
      deaths += 1;
      say(`a worker ended by itself: ${code ?? signal}\n${worker.errors()}`);
    }
    workers[index] = start();
  };

  const perKill = Math.ceil(deliveries.length / Math.max(1, run.kills * 0.8));
  for (let kill = 0; kill < run.kills; kill += 1) {
    deliver(perKill);
    const index = random.between(0, workers.length - 1);
    const worker = workers[index] as Worker;
    await momentOf(worker, random);
    const byItself = worker.hasEnded();
    if (!byItself) worker.signal('SIGKILL');
    await revive(index, !byItself);
    if (kill % 25 === 24) {
      const { jobs, replies } = lack();
      const perSecond = ((kill + 1) / (Date.now() - startedAt)) * 1000;
      say(
        `${kill + 1} kills (${perSecond.toFixed(2)}/s), ${deliveries.length} deliveries to come, ${world.v3.jobs.length} jobs; ${jobs.length} jobs and ${replies.length} replies are to come`,
      );
    }
  }
  deliver(deliveries.length);
  world.mend();

  const waiting = async () => (await Promise.all(MAILBOXES.map((name) => world.inboxes.waiting(name)))).reduce((a, b) => a + b, 0);
  let [state, changedAt] = ['', Date.now()];
  for (;;) {
    const now = lack();
    const left = await waiting();
    if (now.jobs.length === 0 && now.replies.length === 0 && left === 0) break;
    const next = JSON.stringify([now.jobs.length, now.replies.length, left, world.v3.requests.length]);
    if (next !== state) [state, changedAt] = [next, Date.now()];
    if (Date.now() - changedAt > QUIET_MS) break;
    for (const [index, worker] of workers.entries()) if (worker.hasEnded()) await revive(index, false);
    await sleep(500);
  }
  const slowest = await stopAll(workers);

  const end = lack();
  const counts: Counts = {
    kills: run.kills,
    mails: mails.length,
    jobs: world.v3.jobs.length,
    jobsMissing: end.jobs.length,
    jobsDouble: end.jobsDouble.length,
    repliesMissing: end.replies.length,
    repliesDouble: end.repliesAgain,
    documentsUnreachable: await unreachableDocuments(world.v3.jobs),
    leftInInbox: await waiting(),
  };
  const refused = world.v3.requests.filter(({ status }) => status === 429).length;
  say(
    `${Math.round((Date.now() - startedAt) / 1000)} s; ${world.v3.requests.length} requests to V3, ${refused} answered 429; workers that ended by themselves: ${deaths}; SIGTERM took ${slowest} ms at most`,
  );
  say(
    `failures met: ${
      [...failures]
        .sort(([, a], [, b]) => b - a)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ') || 'none'
    }`,
  );
  for (const [what, markers] of Object.entries({
    'jobs missing': end.jobs,
    'jobs double': end.jobsDouble,
    'replies missing': end.replies,
    'replies with another Message-ID': end.repliesAnew,
  }))
    if (markers.length > 0) say(`${what}: ${markers.slice(0, 20).join(' ')}${markers.length > 20 ? ' …' : ''}`);

  await world.close();
  await postgres?.close();
  if (values.keep) say(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  process.stdout.write(values.json ? `${JSON.stringify(counts)}\n` : table(counts));
  const isWell = counts.jobsMissing === 0 && counts.jobsDouble === 0;
  return isWell && end.repliesAnew.length === 0 && deaths === 0 && slowest <= STOP_MS ? 0 : 1;
}

/** Waits for a random moment in the life of a worker: while it starts, soon after, or in the middle of its work. */
async function momentOf(worker: Worker, random: Random): Promise<void> {
  const way = random.next();
  const [early, soon, events, more] = [
    random.between(20, 600),
    random.between(20, 1_000),
    random.between(1, MOST_EVENTS),
    random.between(0, 60),
  ];
  if (way < 0.1) return void (await sleep(early));
  await Promise.race([worker.started, sleep(30_000)]);
  if (way < 0.25) return void (await sleep(soon));
  const last = Date.now() + LIFE_MS;
  const before = worker.worked();
  while (worker.worked() - before < events && Date.now() < last && !worker.hasEnded()) await sleep(5);
  await sleep(more);
}

/** SIGTERM to all. @returns how long the slowest took, in milliseconds */
async function stopAll(workers: Worker[]): Promise<number> {
  await Promise.all(workers.map(({ started }) => Promise.race([started, sleep(30_000)])));
  const at = Date.now();
  for (const worker of workers) worker.signal('SIGTERM');
  const last = setTimeout(() => {
    for (const worker of workers) worker.signal('SIGKILL');
  }, 3 * STOP_MS);
  await Promise.all(workers.map(({ ended }) => ended));
  clearTimeout(last);
  return Date.now() - at;
}

function table(counts: Counts): string {
  const words: Record<keyof Counts, string> = {
    kills: 'kills',
    mails: 'mails',
    jobs: 'jobs at V3',
    jobsMissing: 'jobs missing',
    jobsDouble: 'jobs double',
    repliesMissing: 'replies missing',
    repliesDouble: 'replies sent again (same Message-ID)',
    documentsUnreachable: 'documents unreachable',
    leftInInbox: 'mails left in the inbox',
  };
  return Object.entries(words)
    .map(([key, word]) => `${String(counts[key as keyof Counts]).padStart(7)}  ${word}\n`)
    .join('');
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
