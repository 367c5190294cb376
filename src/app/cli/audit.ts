/** `faultline audit` on the terminal. */
import { styleText } from 'node:util';
import { type Audit, audit, type Level } from '../actions/audit.ts';
import { wire } from '../wire.ts';
import { configOf } from './serve.ts';
import type { Words } from './words.ts';

/** Exit code 1 when a person must look at something. */
export async function auditCommand(words: Words): Promise<number> {
  const { flow, close } = await wire(configOf(words), () => undefined, undefined, 'look');
  try {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    const result = await audit(flow, stop.signal);
    process.stdout.write(words.json ? `${JSON.stringify(result)}\n` : shown(result));
    return result.findings.some(({ level }) => level === 'look') ? 1 : 0;
  } finally {
    await close();
  }
}

const COLOURS: Record<Level, 'red' | 'yellow' | 'dim'> = { look: 'red', waits: 'yellow', note: 'dim' };

function shown({ total, messages, mails, documents, findings }: Audit): string {
  const counted = (count: number, what: string) => `  ${String(count).padStart(7)}  ${what}`;
  const byCount = Object.entries(messages).sort(([, a], [, b]) => b - a);
  const lines = [
    'on the mail servers',
    ...mails.map(({ mailbox, folder, mails: count }) => counted(count, `${mailbox}  ${folder}`)),
    'in the ledger',
    ...byCount.map(([what, count]) => counted(count, what)),
    counted(total, 'messages, all accounted for'),
    'in the store',
    counted(documents.inStore, 'documents of jobs'),
    counted(documents.readable, 'of them read as a stranger'),
    findings.length === 0 ? 'nothing is out of place' : 'out of place, or under way',
    ...findings.flatMap(({ level, count, what, toDo, examples }) => [
      `${counted(count, styleText(COLOURS[level], what))}`,
      `           ${toDo}`,
      styleText('dim', `           ${examples.join(', ')}${count > examples.length ? ', …' : ''}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
