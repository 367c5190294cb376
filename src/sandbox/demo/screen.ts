/** What the demo prints: a block a mail, a line a step, as the steps happen. */
import { styleText } from 'node:util';
import type { Reading } from '../../domain/reading.ts';
import type { ReplyKind, Watcher } from '../../pipeline/ports.ts';

/** Where the text of a step begins. */
const INDENT = 11;
/** The first reply of a kind is shown whole, later ones as far as they differ. */
const LATER_REPLY_LINES = 5;

/** @param write takes whole lines. @param width of the terminal, in columns */
export function screen(write: (line: string) => void, width: number): Watcher {
  const subjects = new Map<string, string>();
  const shownInFull = new Set<ReplyKind>();
  let count = 0;
  /** The report whose steps are being printed, so that those of another one are told apart. */
  let current: string | null = null;

  const cut = (text: string) => {
    const flat = text.replace(/\s+/g, ' ');
    const room = Math.max(40, width - INDENT);
    return flat.length > room ? `${flat.slice(0, room - 1)}…` : flat;
  };
  const step = (name: string, first: string, rest: string[] = []) => {
    write(`${styleText('dim', name.padEnd(INDENT))}${first}`);
    for (const line of rest) write(`${' '.repeat(INDENT)}${line}`);
  };
  const turnTo = (reference: string) => {
    if (current !== null && current !== reference) write(styleText('dim', `── ${reference}`));
    current = reference;
  };

  return {
    settled(message, { subject, reference, outcome, reason, why }, reading) {
      count += 1;
      const shown = subject || '(no subject)';
      subjects.set(message.identity, shown);
      current = reference;
      const line = `━━ ${count} ━━ ${cut(shown)} `;
      write(`\n${styleText('bold', line)}${styleText('dim', '━'.repeat(Math.max(0, width - line.length)))}`);
      if (reading === null || reference === null) {
        step(outcome, `${styleText('yellow', reason || 'needs a person')}${why ? `: ${why}` : ''}`);
        return;
      }
      const { headline, lines } = understood(reading);
      step('read', headline, [...lines, styleText('dim', `reference ${reference}, read by the template ${reading.template}`)]);
    },
    published(reference, documents) {
      turnTo(reference);
      for (const { name, url, refused } of documents)
        step('published', `${name}  ${refused === null ? styleText('cyan', url ?? '') : styleText('yellow', refused)}`);
    },
    submitted(reference, job, response) {
      turnTo(reference);
      const lines = JSON.stringify(job, null, 2).split('\n').map(cutKeepingIndent);
      step('submitted', styleText('green', 'V3 accepted'), [...lines, styleText('dim', cut(`and answered ${response}`))]);
    },
    replied(reference, kind, reply) {
      turnTo(reference);
      const text = reply.text.trim().split('\n');
      const most = shownInFull.has(kind) ? LATER_REPLY_LINES : text.length;
      shownInFull.add(kind);
      const more = text.length > most ? [`… ${text.length - most} more lines`] : [];
      const shown = [...text.slice(0, most), ...more].map((line) => styleText('dim', `│ ${line}`));
      step('replied', `${kind} to ${reply.to.address}: ${styleText('bold', reply.subject)}`, shown);
    },
    filed(_mailbox, placement, folder) {
      const subject = subjects.get(placement.identity);
      step('filed', `${styleText('bold', folder)}${subject === undefined ? '' : styleText('dim', `  ${cut(subject)}`)}`);
    },
  };

  function cutKeepingIndent(line: string): string {
    const indent = line.length - line.trimStart().length;
    return ' '.repeat(indent) + cut(line.trim());
  }
}

/** What was understood, in one headline and the lines below it. */
function understood(reading: Reading): { headline: string; lines: string[] } {
  const value = (field: keyof Reading['values']) => reading.values[field]?.value;
  const joined = (separator: string, ...fields: (keyof Reading['values'])[]) =>
    fields
      .map(value)
      .filter((one) => one !== undefined && one !== '')
      .join(separator);
  const priority = String(value('IssuePriority') ?? 'Medium');
  const address = joined(', ', 'PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4', 'PropertyPostcode');
  const who = joined(' ', 'TenantTitle', 'TenantForename', 'TenantSurname');
  return {
    headline: `${styleText(priority === 'Emergency' ? ['red', 'bold'] : 'bold', priority)}  ${value('IssueTitle')}`,
    lines: [`${who || 'nobody named'}, ${value('TenantPhonePrimary') ?? styleText('red', 'no phone number')}`, address || 'no address'],
  };
}
