/**
 * THE flow, from the inbox to the job and back to the sender. Everything else in this folder is a room off it.
 *
 *   IMAP folder ─receive─▶ message ─take─▶ report ─publish─▶ ─submit─▶ ─confirm─▶ done ─file─▶ IMAP folder "Jobs"
 *                             │              ▲ │
 *                             │       answer │ │ phone missing
 *                             │              │ ▼
 *                             │            ask (asking)
 *                             └─▶ set aside, follow-up, duplicate, held ─file─▶ a folder for each
 *
 * Three kinds of loops share the ledger and nothing else: one a mailbox (watch.ts) receives and files, one takes messages (take.ts), one
 * advances reports (work.ts, advance.ts). Each may stop at any point, even by kill -9: what counts is in the ledger before anything is done outside.
 */
import { type Failure, failureOf } from '../domain/failure.ts';
import type { Stage } from '../domain/report.ts';
import { noteFailure, noteWell } from './attendance.ts';
import { Bell } from './bell.ts';
import { file } from './file.ts';
import type { Flow, Mailbox } from './flow.ts';
import { graceAfter } from './grace.ts';
import { inTurn, LEASE_MS, Leases } from './leases.ts';
import type { Inbox } from './ports.ts';
import { receive } from './receive.ts';
import { restore } from './restore.ts';
import { expireDocuments, keepExpiring } from './retain.ts';
import { tellNews, tellPeople } from './tell.ts';
import { MOST_FETCHES, Unfetched } from './unfetched.ts';
import { PACE, type Pace, watch } from './watch.ts';
import { advanceReports, bellsOf, ring, takeMessages } from './work.ts';

/** Works until the signal aborts; then finishes the steps in hand, for some 4 s at most, so that all is over within 10 s. */
export async function run(flow: Flow, signal: AbortSignal, pace: Pace = PACE): Promise<void> {
  await begin(flow);
  flow.log.write({ event: 'started', mailboxes: flow.mailboxes.size });
  const bells = bellsOf(flow);
  flow.ledger.onChange((change) => ring(bells, change));
  const grace = graceAfter(signal, pace.graceMs);
  const leases = new Leases();
  const keeping = keepLeases(flow, leases);
  const watching = [...flow.mailboxes.values()].map((mailbox) => {
    const ours = { mail: bells.mail, filing: bells.filing.get(mailbox.name) ?? new Bell() };
    return inTurn(flow, mailbox, leases, signal, (turn) => watch(flow, mailbox, ours, pace, turn));
  });
  const working = [
    takeMessages(flow, bells, signal),
    advanceReports(flow, bells, leases, { soft: signal, hard: grace.signal }),
    keepExpiring(flow, signal),
    tellPeople(flow, signal),
  ];
  await Promise.race([Promise.all([...watching, ...working]), grace.over]);
  grace.end();
  await keeping.end();
  flow.log.write({ event: 'stopped' });
}

/** What `drain` did. `failed`: mails and reports that a person must look at. `waiting`: what is left for the next time, with all that was left before. */
export type Drained = {
  mails: number;
  jobs: number;
  asked: number;
  ignored: number;
  failed: number;
  waiting: number;
  /** The mailboxes that could not be received or filed, and why; the others went on. */
  mailboxes: { name: string; failure: Failure }[];
};

/**
 * Receives every mailbox once, works until nothing is to do now, and files. It waits for free requests of an API key (50 a minute),
 * but not for a report whose step failed and is tried again later.
 */
export async function drain(flow: Flow, signal: AbortSignal, pace: Pace = PACE): Promise<Drained> {
  await begin(flow);
  const before = await flow.ledger.counts();
  const bells = bellsOf(flow);
  const grace = graceAfter(signal, pace.graceMs);
  const failures = new Map<string, Failure>();
  const each = (mailboxes: Mailbox[], visit: Visit) =>
    Promise.all(mailboxes.map((mailbox) => visitMailbox(flow, mailbox, signal, failures, visit)));
  const tally = { jobs: 0, asked: 0, held: 0 };
  const leases = new Leases();
  const keeping = keepLeases(flow, leases);

  const claims = await claimAll(flow, leases);
  const mailboxes = [...flow.mailboxes.values()].filter(({ name }) => claims.has(name));
  await each(mailboxes, async (mailbox, inbox, unfetched) => {
    const restored = await restore(flow, mailbox, inbox, signal);
    await receive(flow, mailbox, restored, true, signal, unfetched).finally(() => (restored === inbox ? undefined : restored.close()));
  });
  await takeMessages(flow, bells, signal, { once: true });
  const tell = (stage: Stage) => {
    if (stage === 'submitted') tally.jobs += 1;
    if (stage === 'asking') tally.asked += 1;
    if (stage === 'held') tally.held += 1;
  };
  await advanceReports(flow, bells, leases, { soft: signal, hard: grace.signal }, { once: true, tell });
  await tellNews(flow, grace.signal);
  await tellNews(flow, grace.signal);
  const isUnfiled = await Promise.all(mailboxes.map(async ({ name }) => (await flow.ledger.unfiled(name, 1)).length > 0));
  await each(
    mailboxes.filter((_, index) => isUnfiled[index]),
    (mailbox, inbox) => file(flow, mailbox, inbox, signal),
  );

  await expireDocuments(flow, grace.signal);
  grace.end();
  await keeping.end();
  for (const token of claims.values()) await flow.ledger.releaseMailbox(token);
  const after = await flow.ledger.counts();
  const settledAs = (outcome?: string) => sumOf(after.messages, outcome) - sumOf(before.messages, outcome);
  const { read = 0, published = 0, submitted = 0 } = after.stages;
  return {
    mails: settledAs() + after.unsettled - before.unsettled,
    jobs: tally.jobs,
    asked: tally.asked,
    ignored: settledAs('set-aside'),
    failed: tally.held + settledAs('held'),
    waiting: after.unsettled + read + published + submitted,
    mailboxes: [...failures].map(([name, failure]) => ({ name, failure })),
  };
}

/** Renews the leases until `end`. */
function keepLeases(flow: Flow, leases: Leases): { end(): Promise<void> } {
  const over = new AbortController();
  const keeping = leases.keep(flow, over.signal);
  return {
    async end() {
      over.abort();
      await keeping;
    },
  };
}

/** The mailboxes that no other worker watches, with the tokens of their leases. */
async function claimAll(flow: Flow, leases: Leases): Promise<Map<string, string>> {
  const claims = new Map<string, string>();
  for (const name of flow.mailboxes.keys()) {
    const token = await flow.ledger.claimMailbox(name, flow.clock.now(), LEASE_MS);
    if (token === null) continue;
    claims.set(name, token);
    leases.hold(token);
  }
  return claims;
}

/** Takes back what dead workers held. And whoever starts it may have mended the settings. */
async function begin(flow: Flow): Promise<void> {
  await flow.ledger.freeLeases();
  await flow.ledger.endPauses(['v3-key', 'v3-branch', 'v3-unreachable', 'v3-tls']);
}

type Visit = (mailbox: Mailbox, inbox: Inbox, unfetched: Unfetched) => Promise<unknown>;

/** A mail that breaks the connection must not keep the others back, so then the mailbox is opened again and that mail comes last. */
async function visitMailbox(
  flow: Flow,
  mailbox: Mailbox,
  signal: AbortSignal,
  failures: Map<string, Failure>,
  visit: Visit,
): Promise<void> {
  const unfetched = new Unfetched();
  for (let opened = 1; !signal.aborted && !failures.has(mailbox.name); opened += 1) {
    try {
      const inbox = await mailbox.open(signal);
      await visit(mailbox, inbox, unfetched).finally(() => inbox.close().catch(() => undefined));
      await noteWell(flow, mailbox);
      return;
    } catch (error) {
      if (signal.aborted) return;
      await noteFailure(flow, mailbox, error, 0);
      if (unfetched.size === 0 || opened > MOST_FETCHES) failures.set(mailbox.name, failureOf(error));
    }
  }
}

/** @param outcome all when it is left out */
function sumOf(counts: Record<string, number>, outcome?: string): number {
  return Object.entries(counts).reduce((sum, [name, n]) => (outcome === undefined || name.split(':')[0] === outcome ? sum + n : sum), 0);
}
