/** What `faultline try` shows a person: one card a mail. */
import { styleText } from 'node:util';
import type { Tried } from '../actions/try.ts';

const COLOURS = { job: 'green', 'needs-info': 'yellow', ignored: 'gray', 'follow-up': 'cyan', duplicate: 'cyan', held: 'red' } as const;
const WORDS = {
  job: 'JOB',
  'needs-info': 'ASK',
  ignored: 'IGNORED',
  'follow-up': 'FOLLOW-UP',
  duplicate: 'DUPLICATE',
  held: 'HELD',
} as const;

/** Where values begin: behind the longest name of a field, TenantPresenceRequested, and a blank. */
const INDENT = 26;

export function card(tried: Tried, width: number): string {
  const { outcome, reason, template } = tried;
  const head = `${styleText(['bold', COLOURS[outcome]], WORDS[outcome])}${reason ? ` (${reason})` : ''}  ${styleText('bold', tried.file)}${template ? styleText('dim', `  ${template}`) : ''}`;
  const fields = Object.entries(tried.job).map(([field, value]) => {
    const evidence = tried.evidence[field];
    const lines = String(value).split('\n');
    const shown = lines.length > 6 ? [...lines.slice(0, 6), `… ${lines.length - 6} more lines`] : lines;
    const why = evidence
      ? styleText('dim', `${' '.repeat(INDENT)}${cut(`${evidence.where}, ${evidence.rule}: “${evidence.quote}”`, width - INDENT)}`)
      : '';
    return [`  ${field.padEnd(INDENT - 2)}${shown.join(`\n${' '.repeat(INDENT)}`)}`, why].filter(Boolean).join('\n');
  });
  const files = tried.attachments.map(
    ({ name, mimeType, bytes }) => `  ${'attachment'.padEnd(INDENT - 2)}${name} (${mimeType}, ${Math.ceil(bytes / 1024)} KB)`,
  );
  const reply = tried.replyTo
    ? [`  ${'reply to'.padEnd(INDENT - 2)}${tried.replyTo}`]
    : outcome === 'job' || outcome === 'needs-info'
      ? [`  ${'reply to'.padEnd(INDENT - 2)}nobody${outcome === 'needs-info' ? ': held, so that a person finds out' : ''}`]
      : [];
  return [head, ...fields, ...files, ...reply, ''].join('\n');
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(20, width - 1))}…` : text;
}
