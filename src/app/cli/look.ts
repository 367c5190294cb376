/** `faultline status`, `reports`, `show` and `retry` on the terminal: what the ledger knows. */
import { styleText } from 'node:util';
import { FAILURES, type FailureCode } from '../../domain/failure.ts';
import { type Report, STAGES, type Stage } from '../../domain/report.ts';
import { ALARM_MS } from '../../pipeline/attendance.ts';
import type { Ledger, MailboxRow } from '../../pipeline/ports.ts';
import { pausedWork } from '../actions/paused.ts';
import { type Config, loadConfig } from '../config.ts';
import { openConfiguredLedger } from '../wire.ts';
import type { Words } from './words.ts';

export function statusCommand(words: Words): Promise<number> {
  return withLedger(words, async (ledger, config) => {
    const [mailboxes, counts] = [await ledger.mailboxes(), await ledger.counts()];
    const paused = await pausedWork(ledger, config, new Date());
    const states = mailboxes.map((mailbox) => ({ ...mailbox, state: stateOf(mailbox) }));
    if (words.json) return print([JSON.stringify({ mailboxes: states, paused, ...counts })]);
    const lines = states.flatMap(({ name, okAt, failure, failingSince, state }) => [
      `${styleText(COLOURS[state], state.padEnd(9))}${name}  last read ${okAt ? ago(okAt) : 'never'}${failingSince ? `, failing for ${span(Date.now() - failingSince.getTime())}` : ''}`,
      ...(failure ? [`         ${failure.code}: ${failure.detail}`, `         ${hintOf(failure.code)}`] : []),
      ...(state === 'silent' ? ['         nobody has read it since: is faultline run running?'] : []),
    ]);
    const stages = STAGES.map((stage) => `${stage} ${counts.stages[stage] ?? 0}`).join(', ');
    const mails = Object.entries(counts.messages).map(([what, count]) => `  ${String(count).padStart(5)}  ${what}`);
    return print([
      ...(lines.length > 0 ? lines : ['no mailbox was watched yet: faultline run']),
      ...paused.flatMap(({ what, code, detail, hint, until }) => [
        `${styleText('red', 'paused   ')}${what}  ${until.getTime() > Date.now() ? `tried again in ${span(until.getTime() - Date.now())}` : 'tried again now'}`,
        `         ${code}${detail === '' ? '' : `: ${detail}`}`,
        `         ${hint}`,
      ]),
      `reports  ${stages}`,
      `mails    ${counts.unsettled} not read yet`,
      ...mails,
    ]);
  });
}

const COLOURS = { alarm: 'red', failing: 'yellow', silent: 'yellow', ok: 'green' } as const;

/** `alarm`: it could not be read for a quarter of an hour. `silent`: nothing is known to be wrong, but nobody looked for as long. */
function stateOf({ failure, alarmAt, okAt }: MailboxRow): keyof typeof COLOURS {
  if (alarmAt) return 'alarm';
  if (failure) return 'failing';
  return okAt && Date.now() - okAt.getTime() < ALARM_MS ? 'ok' : 'silent';
}

export function reportsCommand(words: Words): Promise<number> {
  const { stage, mailbox } = words;
  if (stage !== undefined && !isStage(stage)) return Promise.resolve(complain(`there is no stage ${stage}: ${STAGES.join(', ')}`));
  return withLedger(words, async (ledger) => {
    const reports = await ledger.reports({ ...(stage && isStage(stage) && { stage }), ...(mailbox && { mailbox }) });
    if (words.json) return print(reports.map((report) => JSON.stringify(shown(report))));
    if (reports.length === 0) return print(['no reports']);
    return print(
      reports.map(({ reference, stage, createdAt, dueAt, failure, reading, mailbox }) => {
        const next = dueAt ? `next try ${dueAt <= new Date() ? 'now' : `in ${span(dueAt.getTime() - Date.now())}`}` : '';
        const why = failure ? `${failure.code}: ${failure.detail}` : '';
        return [reference, stage.padEnd(9), ago(createdAt).padEnd(12), mailbox, reading.values.IssueTitle?.value ?? '', next, why]
          .filter(Boolean)
          .join('  ');
      }),
    );
  });
}

export function showCommand(words: Words): Promise<number> {
  return withReference(words, async (ledger, reference) => {
    const [row] = await ledger.reports({ reference });
    if (!row) return complain(`there is no report ${reference}: faultline reports`);
    const [attempts, documents, messages] = [
      await ledger.attempts(reference),
      await ledger.documents(reference),
      await ledger.messagesOf(reference),
    ];
    if (words.json)
      return print([
        JSON.stringify({
          ...shown(row),
          attempts,
          documents,
          messages: messages.map(({ identity, outcome, reason, receivedAt }) => ({ identity, outcome, reason, receivedAt })),
        }),
      ]);
    const fields = Object.entries(row.reading.values).map(
      ([field, value]) =>
        `  ${field.padEnd(22)}${String(value.value).replaceAll('\n', `\n${' '.repeat(24)}`)}\n${styleText('dim', `${' '.repeat(24)}${value.evidence.where}, ${value.evidence.rule}: “${value.evidence.quote}”`)}`,
    );
    return print([
      `${styleText('bold', reference)}  ${row.stage}  ${row.mailbox}  ${ago(row.createdAt)}  ${row.reading.template}`,
      ...(row.failure ? [`  ${row.failure.code}: ${row.failure.detail}`, `  ${hintOf(row.failure.code)}`] : []),
      ...fields,
      ...documents.map((one) => `  ${'document'.padEnd(22)}${one.name}  ${one.refused ?? one.url ?? 'not published yet'}`),
      ...attempts.map(
        (one) => `  ${one.startedAt.toISOString()}  ${one.step}  ${one.outcome ?? 'not finished: its outcome is unknown'}  ${one.detail}`,
      ),
      ...(row.response ? [`  V3 answered: ${row.response}`] : []),
    ]);
  });
}

export function retryCommand(words: Words): Promise<number> {
  return withReference(words, async (ledger, reference) => {
    const report = await ledger.retry(reference, new Date());
    if (report === null) return complain(`${reference} cannot be tried again: it is unknown, or confirmed already`);
    return print([words.json ? JSON.stringify({ reference, stage: report.stage }) : `${reference} goes on from ${report.stage}`]);
  });
}

async function withLedger(words: Words, work: (ledger: Ledger, config: Config) => Promise<number>): Promise<number> {
  const config = loadConfig(words.config ?? 'faultline.yaml', 'ignored');
  const ledger = await openConfiguredLedger(config, 'look');
  try {
    return await work(ledger, config);
  } finally {
    await ledger.close();
  }
}

function withReference(words: Words, work: (ledger: Ledger, reference: string) => Promise<number>): Promise<number> {
  const [reference] = words.rest;
  if (reference === undefined) return Promise.resolve(complain('name the reference, such as faultline show 7XCNQNCXJ'));
  return withLedger(words, (ledger) => work(ledger, reference.toUpperCase()));
}

function shown({ reference, mailbox, stage, heldFrom, dueAt, priority, createdAt, tries, failure, reading }: Report) {
  return { reference, mailbox, stage, heldFrom, dueAt, priority, createdAt, tries, failure, reading };
}

function isStage(text: string): text is Stage {
  return (STAGES as readonly string[]).includes(text);
}

function hintOf(code: string): string {
  return code in FAILURES ? FAILURES[code as FailureCode].hint : '';
}

function ago(time: Date): string {
  return `${span(Date.now() - time.getTime())} ago`;
}

function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

function print(lines: string[]): number {
  for (const line of lines) process.stdout.write(`${line}\n`);
  return 0;
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}
