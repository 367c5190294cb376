/** Takes one report one step further, and writes down what came of it: where every failure of a step ends. */
import { Failure, type FailureCode, failureOf } from '../domain/failure.ts';
import type { Report, Stage, Step } from '../domain/report.ts';
import { ask, remind, stepWhileAsking, substitute } from './asking.ts';
import { branchIdOf, type Flow, type FlowSettings, type Mailbox, mailboxFor, mailboxOf } from './flow.ts';
import type { Done, InHand } from './in-hand.ts';
import type { Claim, Progress } from './ports.ts';
import { publish, unpublished, waitToPublishMs } from './publish.ts';
import { waitForDocumentsMs } from './refused-documents.ts';
import { confirm } from './reply.ts';
import { submit } from './submit.ts';

const STEPS: Record<Step, (flow: Flow, inHand: InHand, signal: AbortSignal) => Promise<Done>> = {
  publish,
  ask,
  remind,
  substitute,
  submit,
  confirm,
};

/** Added to V3's window: by so much may one request take longer to V3 than another. */
const MARGIN_MS = 1_000;
/** The longest wait before a branch that V3 refuses, or does not answer, is tried again: one request shows whether it was mended. */
const REFUSED_MS = 5 * 60_000;
const UNREACHABLE_MS = 30_000;
/** A wait for a key is looked at again so often, since its pause may be ended. */
const LOOK_AGAIN_MS = 60_000;

/** A request that goes out this long after its slot was taken is noted: a part of the margin. */
const SENT_LATE_MS = 200;

/** `scopes`: its key and branch. */
type TakenSlot = { id: number; at: Date; scopes: string[] };

/** A key or branch that may not be used now. `paused`: why, or null when the key's requests of this minute are used up. */
export type Busy = { scope: string; until: Date; paused: FailureCode | null };
/** What came of it: the report's new stage, or `busy` when it waits for its key; null when it could not be recorded. */
export type Advanced = { stage: Stage } | { busy: Busy } | null;

/** Never throws: what the ledger cannot record is logged and comes again when the lease ends. */
export async function advance(flow: Flow, claim: Claim, signal: AbortSignal): Promise<Advanced> {
  try {
    return await takeStep(flow, claim, signal);
  } catch (error) {
    const failure = failureOf(error);
    flow.log.write({ event: 'worker-failed', code: failure.code, detail: failure.detail });
    if (failure.code !== 'lease-lost') await giveBack(flow, claim, flow.settings.retryFirstMs);
    return null;
  }
}

async function takeStep(flow: Flow, claim: Claim, signal: AbortSignal): Promise<Advanced> {
  const { report } = claim;
  const inHand: Omit<InHand, 'mailbox'> = {
    report,
    documents: await flow.ledger.documents(report.reference),
    attempts: await flow.ledger.attempts(report.reference),
  };
  const mailbox = routedOrNone(flow, report);
  const step = stepOf(inHand, mailbox?.agency.fallbackPhone ?? null, flow.clock.now());
  let slot: TakenSlot | null = null;
  if (step === 'submit' && mailbox) {
    const taken = await takeSlot(flow, claim, mailbox);
    if ('busy' in taken) return taken;
    slot = taken;
  }
  const whenSent = () => {
    if (slot !== null) void noteSent(flow, slot);
  };
  const attempt = await flow.ledger.beginAttempt(claim, step, flow.clock.now());
  const startedAt = performance.now();
  const passed = () => Math.round(performance.now() - startedAt);
  let done: Done;
  try {
    done = await STEPS[step](flow, { ...inHand, mailbox: mailboxFor(flow, report), whenSent }, signal);
  } catch (error) {
    if (signal.aborted) {
      // Its outcome is unknown, as after a crash: the attempt stays open and the step comes again.
      await giveBack(flow, claim, 0);
      return null;
    }
    const failure = failureOf(error);
    if (slot !== null && (failure.kind === 'hold' || failure.code === 'v3-documents')) await forgetPauses(flow, slot);
    const progress = await afterFailure(flow, inHand, step, failure);
    await flow.ledger.endAttempt(claim, attempt, failure.code, failure.detail, progress, flow.clock.now());
    const retryMs = progress.dueAt ? progress.dueAt.getTime() - flow.clock.now().getTime() : null;
    flow.log.write({
      event: 'step-failed',
      reference: report.reference,
      step,
      code: failure.code,
      kind: failure.kind,
      retryMs,
      ms: passed(),
    });
    return { stage: progress.stage ?? report.stage };
  }
  const progress: Progress = { tries: 0, failure: null, heldFrom: null, ...done.progress };
  await flow.ledger.endAttempt(claim, attempt, 'ok', done.detail, progress, flow.clock.now());
  if (slot !== null) await forgetPauses(flow, slot);
  const stage = progress.stage ?? report.stage;
  flow.log.write({ event: 'step-done', reference: report.reference, step, stage, ms: passed() });
  return { stage };
}

/** Which step is next. A report without a phone number is no job to V3, so it is asked for first; URLs that end soon are renewed. */
function stepOf({ report, documents, attempts }: Omit<InHand, 'mailbox'>, fallbackPhone: string | null, now: Date): Step {
  if (report.reading.values.TenantPhonePrimary === undefined && (report.stage === 'read' || report.stage === 'asking'))
    return stepWhileAsking(report, attempts, fallbackPhone);
  if (report.stage === 'read') return 'publish';
  if (report.stage === 'published') return unpublished(documents, attempts, now).length > 0 ? 'publish' : 'submit';
  if (report.stage === 'submitted') return 'confirm';
  throw new Failure('unexpected', `a report that is ${report.stage} has no next step`);
}

/** Takes one of the key's requests; where none is free, or the branch is paused, the report is postponed. */
async function takeSlot(flow: Flow, claim: Claim, { keyId, branch }: Mailbox): Promise<{ busy: Busy } | TakenSlot> {
  const now = flow.clock.now();
  const slot = await flow.ledger.takeSlot(keyId, flow.settings.requestsPerMinute, windowMs(flow.settings), now, branchIdOf(branch));
  if (slot.taken) return { id: slot.id, at: now, scopes: [keyId, branchIdOf(branch)] };
  const until = new Date(Math.min(slot.freeAt.getTime(), now.getTime() + LOOK_AGAIN_MS));
  await flow.ledger.postpone(claim, until);
  return { busy: { scope: slot.scope, until, paused: slot.paused } };
}

/** V3 has answered the request, so key and branch work. */
async function forgetPauses(flow: Flow, { scopes, at }: TakenSlot): Promise<void> {
  await flow.ledger.forgetPauses(scopes, at);
}

/** A request that took long to go out (a connection was made, and made again) reaches V3 later than its slot says, and counts there from then on. */
async function noteSent(flow: Flow, { id, at }: TakenSlot): Promise<void> {
  const now = flow.clock.now();
  if (now.getTime() - at.getTime() < SENT_LATE_MS) return;
  try {
    await flow.ledger.noteSent(id, now);
  } catch (error) {
    const failure = failureOf(error);
    flow.log.write({ event: 'worker-failed', code: failure.code, detail: failure.detail });
  }
}

/** What a failure changes in the report, by its kind; one that concerns the key or the branch stops that, so that no other report hammers. */
async function afterFailure(flow: Flow, { report, attempts }: Omit<InHand, 'mailbox'>, step: Step, failure: Failure): Promise<Progress> {
  const noted = { code: failure.code, detail: failure.detail };
  if (failure.kind === 'retry') {
    let usualMs = Math.max(failure.afterMs ?? 0, backoffMs(report.tries, flow.settings));
    if (step === 'publish') usualMs = waitToPublishMs(flow, report, attempts, usualMs);
    if (failure.code === 'v3-documents') usualMs = waitForDocumentsMs(flow, report, attempts, usualMs);
    const pause = step === 'submit' ? pauseOf(failure, usualMs, flow.settings) : null;
    if (pause !== null) await pauseWork(flow, report, failure, pause);
    return {
      dueAt: new Date(flow.clock.now().getTime() + (pause?.ms ?? usualMs)),
      tries: report.tries + 1,
      failure: noted,
    };
  }
  // V3 has the job, so the report is done, with a note that the sender does not know.
  if (failure.kind === 'refuse' && step === 'confirm') return { stage: 'confirmed', dueAt: null, folder: 'job', failure: noted };
  return { stage: 'held', heldFrom: report.stage, dueAt: null, folder: 'held', failure: noted };
}

type Pause = { of: 'key' | 'branch'; ms: number };

async function pauseWork(flow: Flow, report: Report, failure: Failure, { of, ms }: Pause): Promise<void> {
  const { keyId, branch } = routedOrNone(flow, report) ?? mailboxOf(flow, report.mailbox);
  const until = new Date(flow.clock.now().getTime() + ms);
  await flow.ledger.pause(of === 'key' ? keyId : branchIdOf(branch), until, failure.code);
  flow.log.write({ event: of === 'key' ? 'key-paused' : 'branch-paused', branch: branch.branchID, code: failure.code, ms });
}

/**
 * For how long no request may go out with the key ("API Throttle Limits and Rate Limiting") or for the branch, or null when the failure
 * is the report's own. A refused key and a wrong branch concern every report of the branch, and no other branch.
 */
function pauseOf(failure: Failure, usualMs: number, settings: FlowSettings): Pause | null {
  if (failure.code === 'v3-throttled') return { of: 'key', ms: Math.max(windowMs(settings), failure.afterMs ?? 0) };
  if (failure.code === 'v3-blocked') return { of: 'branch', ms: Math.max(REFUSED_MS, failure.afterMs ?? 0) };
  if (failure.code === 'v3-key' || failure.code === 'v3-branch') return { of: 'branch', ms: Math.min(REFUSED_MS, settings.retryMostMs) };
  if (failure.code === 'v3-unreachable' || failure.code === 'v3-tls') return { of: 'branch', ms: Math.min(UNREACHABLE_MS, usualMs) };
  return null;
}

function windowMs({ windowMs }: FlowSettings): number {
  return windowMs + MARGIN_MS;
}

/** The wait before the next try: doubled each time up to the longest, and 20 % more or less, so that reports that failed together do not come back together. */
export function backoffMs(
  tries: number,
  { retryFirstMs, retryMostMs }: Pick<FlowSettings, 'retryFirstMs' | 'retryMostMs'>,
  random = Math.random,
): number {
  return Math.round(Math.min(retryMostMs, retryFirstMs * 2 ** Math.min(tries, 40)) * (0.8 + 0.4 * random()));
}

async function giveBack(flow: Flow, claim: Claim, afterMs: number): Promise<void> {
  try {
    await flow.ledger.postpone(claim, new Date(flow.clock.now().getTime() + afterMs));
  } catch {
    // Then the lease ends by itself.
  }
}

/** Without its mailbox or branch a report is held by its next step, which says why. */
function routedOrNone(flow: Flow, report: Report): Mailbox | undefined {
  try {
    return mailboxFor(flow, report);
  } catch {
    return undefined;
  }
}
