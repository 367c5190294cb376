/** `faultline templates list`: every template, how many mails it read in the last 30 days, and how many of its fields they lacked. */
import type { Ledger, ReportRow } from '../../../pipeline/ports.ts';
import { missedFields } from '../../../reading/template/apply.ts';
import { FIELD_NAMES } from '../../../reading/template/names.ts';
import type { Config } from '../../config.ts';
import { loadSet } from './set.ts';

/** `missed`: fields that mails lacked, on average; `worst` the one that most lacked. `warning`: the sender seems to have changed its layout. */
export type Listed = {
  name: string;
  version: number;
  about: string;
  priority: number;
  file: string;
  mails: number;
  missed: number;
  worst: string | null;
  warning: string | null;
};

const DAY_MS = 86_400_000;
const SPAN_DAYS = 30;
const RECENT_DAYS = 7;
const PAGE = 500;
/** So many more of its fields are missing lately that it is no chance. */
const FALL = 0.15;
const LEAST_MAILS = 5;

type Tally = { mails: number; recent: number; missed: Map<string, number>; missedBefore: number; missedRecent: number };

/** @param ledger null where there is none yet: then only the templates are told */
export async function listTemplates(config: Config, ledger: Ledger | null, now: Date): Promise<Listed[]> {
  const loaded = loadSet(config);
  const tallies = new Map(
    loaded.map(({ template }) => [
      template.name,
      { mails: 0, recent: 0, missed: new Map<string, number>(), missedBefore: 0, missedRecent: 0 },
    ]),
  );
  const recentFrom = now.getTime() - RECENT_DAYS * DAY_MS;
  if (ledger !== null)
    for await (const report of reportsSince(ledger, new Date(now.getTime() - SPAN_DAYS * DAY_MS))) {
      const name = report.reading.template.split('@')[0] ?? '';
      const template = loaded.find((one) => one.template.name === name)?.template;
      const tally = tallies.get(name);
      if (template === undefined || tally === undefined) continue;
      const missed = missedFields(template, report.reading.values);
      const isRecent = report.createdAt.getTime() >= recentFrom;
      tally.mails += 1;
      if (isRecent) tally.recent += 1;
      if (isRecent) tally.missedRecent += missed.length;
      else tally.missedBefore += missed.length;
      for (const field of missed) tally.missed.set(field, (tally.missed.get(field) ?? 0) + 1);
    }
  return loaded
    .map(({ template, file }) => {
      const tally = tallies.get(template.name) as Tally;
      const named = FIELD_NAMES.filter((field) => template.fields[field] !== undefined).length;
      const all = tally.missedBefore + tally.missedRecent;
      const worst = [...tally.missed].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
      const { name, version, about, priority } = template;
      return {
        name,
        version,
        about,
        priority,
        file,
        mails: tally.mails,
        missed: tally.mails === 0 ? 0 : all / tally.mails,
        worst,
        warning: warningOf(tally, named),
      };
    })
    .sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
}

function warningOf({ mails, recent, missedBefore, missedRecent }: Tally, named: number): string | null {
  const before = mails - recent;
  if (before >= LEAST_MAILS && recent >= LEAST_MAILS && named > 0) {
    const was = missedBefore / (before * named);
    const is = missedRecent / (recent * named);
    if (is - was >= FALL)
      return `it finds ${percent(1 - is)} of its fields in the last ${RECENT_DAYS} days, before ${percent(1 - was)}: has the sender changed its layout?`;
  }
  const perWeek = (before / (SPAN_DAYS - RECENT_DAYS)) * RECENT_DAYS;
  if (recent === 0 && perWeek >= LEAST_MAILS)
    return `no mail in the last ${RECENT_DAYS} days, before ${Math.round(perWeek)} a week: does its match still hold?`;
  return null;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

async function* reportsSince(ledger: Ledger, since: Date): AsyncGenerator<ReportRow> {
  for (let offset = 0; ; offset += PAGE) {
    const page = await ledger.reports({ since, limit: PAGE, offset });
    yield* page;
    if (page.length < PAGE) return;
  }
}
