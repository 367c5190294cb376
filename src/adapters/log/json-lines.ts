/** The log: one JSON object a line, from the closed list of events in the port `Log`. */
import type { Log, LogEvent } from '../../pipeline/ports.ts';

const WARNINGS: ReadonlySet<LogEvent['event']> = new Set(['step-failed', 'mail-too-large', 'key-paused']);
const ERRORS: ReadonlySet<LogEvent['event']> = new Set(['mailbox-failed', 'worker-failed']);

export function openLog(write: (line: string) => void, now: () => Date): Log {
  return {
    write(event) {
      const level = ERRORS.has(event.event) ? 'error' : WARNINGS.has(event.event) ? 'warn' : 'info';
      write(JSON.stringify({ time: now().toISOString(), level, ...event }));
    },
  };
}
