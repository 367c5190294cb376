/** Whether each mailbox can be read: recorded after each round, with an alarm once it could not for a quarter of an hour. */
import { type Failure, failureOf } from '../domain/failure.ts';
import type { Flow, Mailbox } from './flow.ts';

/** A mailbox that could not be read for so long raises the alarm, in milliseconds. Also over restarts: since its last good round. */
export const ALARM_MS = 15 * 60_000;

export async function noteWell(flow: Flow, mailbox: Mailbox): Promise<void> {
  const { alarmEnded } = await flow.ledger.markMailbox(mailbox.name, flow.clock.now(), null);
  if (alarmEnded) flow.log.write({ event: 'mailbox-alarm-ended', mailbox: mailbox.name });
}

/** Never throws: the disk may be full, and then the log is all there is. @param retryMs only said in the log */
export async function noteFailure(flow: Flow, mailbox: Mailbox, error: unknown, retryMs: number, alarmMs = ALARM_MS): Promise<Failure> {
  const failure = failureOf(error);
  const { code, detail } = failure;
  flow.log.write({ event: 'mailbox-failed', mailbox: mailbox.name, code, detail, retryMs });
  const now = flow.clock.now();
  try {
    await flow.ledger.markMailbox(mailbox.name, now, failure);
    const isRaised = await flow.ledger.raiseAlarm(mailbox.name, new Date(now.getTime() - alarmMs), now);
    if (isRaised) flow.log.write({ event: 'mailbox-alarm', mailbox: mailbox.name, code, alarmMs });
  } catch {
    // Said in the log above.
  }
  return failure;
}
