/**
 * A report without a phone number: its sender is asked, reminded once, and then the report goes the configured way.
 * An Emergency never waits where the agency has a number of its own to give: then the question stands in the confirmation.
 */
import { Failure } from '../domain/failure.ts';
import type { Attempt, Report, Step } from '../domain/report.ts';
import { withFallback } from '../reading/fallback.ts';
import type { Flow } from './flow.ts';
import type { Done, InHand } from './in-hand.ts';
import { reply } from './reply.ts';

/** Whoever does not answer the question itself so often is left to a person: it may be a machine. */
const MOST_QUESTIONS = 3;

/** The next step of a report whose phone number is missing and which V3 has not got. */
export function stepWhileAsking(report: Report, attempts: Attempt[], fallbackPhone: string | null): Step {
  if (report.priority === 'Emergency' && fallbackPhone !== null) return 'substitute';
  if (report.stage === 'read') return 'ask';
  const last = (step: Step) => attempts.findLastIndex((attempt) => attempt.step === step && attempt.outcome === 'ok');
  return last('remind') > last('ask') ? 'substitute' : 'remind';
}

/** @throws Failure nobody-to-ask, smtp-* */
export async function ask(flow: Flow, inHand: InHand, signal: AbortSignal): Promise<Done> {
  const { attempts } = inHand;
  const asked = attempts.filter((attempt) => attempt.step === 'ask' && attempt.outcome === 'ok').length;
  const outcome = asked >= MOST_QUESTIONS ? `asked ${asked} times in vain` : await tried(flow, inHand, 'question', asked, signal);
  if (outcome !== 'sent') return withoutAnswer(flow, inHand, new Failure('nobody-to-ask', outcome));
  const now = flow.clock.now().getTime();
  return {
    detail: '',
    progress: { stage: 'asking', dueAt: new Date(now + flow.settings.conversation.reminderMs), folder: 'asked' },
  };
}

/** @throws Failure smtp-*, as long as the server says: later */
export async function remind(flow: Flow, inHand: InHand, signal: AbortSignal): Promise<Done> {
  const asked = inHand.attempts.filter((attempt) => attempt.step === 'ask' && attempt.outcome === 'ok').length;
  const outcome = await tried(flow, inHand, 'reminder', asked, signal);
  const waitMs = outcome === 'sent' ? flow.settings.conversation.patienceMs : 0;
  return { detail: outcome === 'sent' ? '' : `not sent: ${outcome}`, progress: { dueAt: new Date(flow.clock.now().getTime() + waitMs) } };
}

/** Goes on without the answer. @throws Failure no-answer, where it is for a person to find the number out */
export async function substitute(flow: Flow, inHand: InHand): Promise<Done> {
  return withoutAnswer(flow, inHand, new Failure('no-answer', 'neither to the question nor to the reminder'));
}

/** @throws failure, where no number of the agency may be given in place of the tenant's */
function withoutAnswer(flow: Flow, { report, mailbox }: InHand, failure: Failure): Done {
  const { fallbackPhone } = mailbox.agency;
  const mayFallBack = report.priority === 'Emergency' || flow.settings.conversation.withoutAnswer === 'fallback-phone';
  if (fallbackPhone === null || !mayFallBack) throw failure;
  const reading = withFallback(report.reading, fallbackPhone, mailbox.branch.phoneFormat);
  return { detail: "with the agency's own number", progress: { stage: 'read', reading, dueAt: flow.clock.now() } };
}

/** @returns `sent`, or why nobody will answer. @throws Failure smtp-*, as long as it may still be sent */
async function tried(flow: Flow, inHand: InHand, kind: 'question' | 'reminder', earlier: number, signal: AbortSignal): Promise<string> {
  try {
    return await reply(flow, inHand, kind, earlier, signal);
  } catch (error) {
    if (error instanceof Failure && error.code === 'smtp-refused') return error.detail;
    throw error;
  }
}
