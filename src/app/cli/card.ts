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

export function card(tried: Tried, width: number): string {
  const { outcome, reason, template } = tried;
  const head = `${styleText(['bold', COLOURS[outcome]], WORDS[outcome])}${reason ? ` (${reason})` : ''}  ${styleText('bold', tried.file)}${template ? styleText('dim', `  ${template}`) : ''}`;
  const fields = Object.entries(tried.job).map(([field, value]) => {
    const evidence = tried.evidence[field];
    const lines = String(value).split('\n');
    const shown = lines.length > 6 ? [...lines.slice(0, 6), `… ${lines.length - 6} more lines`] : lines;
    const why = evidence
      ? styleText('dim', `${' '.repeat(24)}${cut(`${evidence.where}, ${evidence.rule}: “${evidence.quote}”`, width - 24)}`)
      : '';
    return [`  ${field.padEnd(22)}${shown.join(`\n${' '.repeat(24)}`)}`, why].filter(Boolean).join('\n');
  });
  const files = tried.attachments.map(
    ({ name, mimeType, bytes }) => `  ${'attachment'.padEnd(22)}${name} (${mimeType}, ${Math.ceil(bytes / 1024)} KB)`,
  );
  const reply = tried.replyTo
    ? [`  ${'reply to'.padEnd(22)}${tried.replyTo}`]
    : outcome === 'job' || outcome === 'needs-info'
      ? [`  ${'reply to'.padEnd(22)}nobody`]
      : [];
  return [head, ...fields, ...files, ...reply, ''].join('\n');
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(20, width - 1))}…` : text;
}
