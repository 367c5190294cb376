/** `faultline templates backtest`: reads the stored mails again with the templates as they are now, and tells what would differ from then. */
import { mime } from '../../../adapters/mime/parse.ts';
import { JOB_FIELDS } from '../../../domain/job.ts';
import type { Ledger, Raws, StoredMessage } from '../../../pipeline/ports.ts';
import { completed } from '../../../reading/answer.ts';
import type { ReadingContext } from '../../../reading/context.ts';
import type { Template } from '../../../reading/template.ts';
import { type Understanding, understand } from '../../../reading/understand.ts';
import type { Config } from '../../config.ts';
import { settingOf } from './mails.ts';
import { loadSet } from './set.ts';

/** A field's value before and after; the field `outcome` says whether it is a report at all. */
export type Difference = { field: string; before: string; after: string };
/** One mail that would be read otherwise. */
export type Changed = {
  identity: string;
  reference: string | null;
  subject: string;
  before: string;
  after: string;
  differences: Difference[];
};
/** `gone`: mails whose raw bytes are kept no more, or that cannot be read. */
export type Backtested = { mails: number; same: number; gone: number; changed: Changed[] };

const PAGE = 200;
/** Not read from the mail: a directory or a setting gave it. */
const NOT_READ = ['directory', 'setting'];

/** @param onMail is told after each mail how many were read */
export async function backtest(
  config: Config,
  ledger: Ledger,
  raws: Raws,
  since: Date,
  onMail: (mails: number) => void = () => undefined,
): Promise<Backtested> {
  const templates = loadSet(config).map((one) => one.template);
  const done: Backtested = { mails: 0, same: 0, gone: 0, changed: [] };
  for (let offset = 0; ; offset += PAGE) {
    const page = await ledger.settledSince(since, PAGE, offset);
    for (const stored of page) {
      if (stored.outcome !== 'opens' && stored.outcome !== 'set-aside') continue;
      done.mails += 1;
      onMail(done.mails);
      try {
        const changed = await compare(config, ledger, raws, stored, templates);
        if (changed === null) done.same += 1;
        else done.changed.push(changed);
      } catch {
        done.gone += 1;
      }
    }
    if (page.length < PAGE) return done;
  }
}

async function compare(config: Config, ledger: Ledger, raws: Raws, stored: StoredMessage, templates: Template[]): Promise<Changed | null> {
  const context: Omit<ReadingContext, 'receivedAt'> = {
    ...settingOf(config, config.mailboxes.find((mailbox) => mailbox.name === stored.mailbox) ?? config.mailboxes[0]),
    templates,
  };
  const read = async (message: StoredMessage): Promise<Understanding> =>
    understand(await mime.parse(raws.open(message.rawKey)), { ...context, receivedAt: message.receivedAt });
  const fresh = await read(stored);
  const isReport = fresh.sorting.kind === 'opens';
  const head = { identity: stored.identity, reference: stored.reference, subject: stored.subject };
  if (stored.outcome === 'set-aside')
    return isReport
      ? {
          ...head,
          before: 'set aside',
          after: fresh.reading.template,
          differences: [{ field: 'outcome', before: `set aside (${stored.reason})`, after: 'a report' }],
        }
      : null;

  const [report] = await ledger.reports({ reference: stored.reference ?? '' });
  if (report === undefined) return null;
  let reading = fresh.reading;
  for (const answer of await ledger.messagesOf(report.reference))
    if (answer.outcome === 'adds' && answer.reason === 'answer') reading = completed(reading, await read(answer));
  const submitted: Record<string, unknown> = report.jobJson === null ? {} : JSON.parse(report.jobJson);
  const differences: Difference[] =
    isReport || fresh.sorting.kind !== 'set-aside'
      ? []
      : [{ field: 'outcome', before: 'a report', after: `set aside (${fresh.sorting.reason})` }];
  for (const field of JOB_FIELDS) {
    const old = report.reading.values[field];
    const before = report.jobJson === null ? old?.value : submitted[field];
    const after = reading.values[field]?.value;
    if (before === after || (after === undefined && old !== undefined && NOT_READ.includes(old.evidence.where))) continue;
    if (field === 'ReportedAt' && Date.parse(String(before)) === Date.parse(String(after))) continue;
    differences.push({ field, before: shown(before), after: shown(after) });
  }
  return differences.length === 0 ? null : { ...head, before: report.reading.template, after: reading.template, differences };
}

function shown(value: unknown): string {
  return value === undefined || value === null || value === '' ? 'nothing' : String(value).replace(/\s+/g, ' ');
}
