/** The directory of tenants: a CSV file, read as a stream, kept in memory by email, and read again when it changes. */
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import type { Tenant } from '../../domain/tenant.ts';
import type { Directory } from '../../pipeline/ports.ts';
import { type BadRow, columnsOf, tenantOf } from './rows.ts';

/** Whether the file changed is looked at so often. */
const LOOK_MS = 5_000;
/** So many bad rows are reported one by one. */
const MOST_BAD = 100;

export type Loaded = { tenants: Map<string, Tenant[]>; rows: number; bad: BadRow[]; badRows: number };

/** What a directory tells of itself; `failed`: the file as it is now cannot be used, so what was loaded before stays. */
export type DirectoryNews = { is: 'loaded'; rows: number; bad: BadRow[]; badRows: number; ms: number } | { is: 'failed'; why: string };

/**
 * Reads the file once, and from then on whenever it changed.
 * @throws Error when it cannot be read or has no column for the email
 */
export async function openDirectory(
  file: string,
  branches: ReadonlySet<string>,
  tell: (news: DirectoryNews) => void,
  lookMs = LOOK_MS,
): Promise<Directory & { close(): void }> {
  let seen = stampOf(file);
  const load = async () => {
    const start = performance.now();
    const { rows, bad, badRows, tenants } = await loadDirectory(file, branches);
    tell({ is: 'loaded', rows, bad, badRows, ms: Math.round(performance.now() - start) });
    return tenants;
  };
  let tenants = await load();
  let isLoading = false;
  const look = async () => {
    const stamp = stampOf(file);
    if (isLoading || stamp === seen) return;
    isLoading = true;
    try {
      tenants = await load();
    } catch (error) {
      tell({ is: 'failed', why: error instanceof Error ? error.message : String(error) });
    } finally {
      seen = stamp;
      isLoading = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return {
    find: (email) => tenants.get(email.trim().toLowerCase()) ?? [],
    close: () => clearInterval(timer),
  };
}

/** A bad row is left out and reported; the others are used. @throws Error when the file cannot be read, or is no CSV at all */
export async function loadDirectory(file: string, branches: ReadonlySet<string>): Promise<Loaded> {
  const tenants = new Map<string, Tenant[]>();
  const bad: BadRow[] = [];
  let badRows = 0;
  let rows = 0;
  let columns: ReturnType<typeof columnsOf> | null = null;
  const delimiter = await delimiterOf(file);
  const parser = pipeline(
    createReadStream(file),
    parse({
      bom: true,
      info: true,
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: 1 << 20,
    }),
    () => undefined, // what fails is thrown by the loop below
  );
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    if (columns === null) {
      columns = columnsOf(record);
      continue;
    }
    const breaks = record.reduce((sum, value) => sum + (value.match(/\n/g)?.length ?? 0), 0);
    const tenant = tenantOf(record, columns, info.lines - breaks, branches);
    if ('why' in tenant) {
      badRows += 1;
      if (bad.length < MOST_BAD) bad.push(tenant);
      continue;
    }
    rows += 1;
    const known = tenants.get(tenant.email);
    if (known) known.push(tenant);
    else tenants.set(tenant.email, [tenant]);
  }
  if (columns === null) throw new Error('the file is empty');
  return { tenants, rows, bad, badRows };
}

/** Excel in Europe writes semicolons, an export to text tabs. */
async function delimiterOf(file: string): Promise<string> {
  for await (const chunk of createReadStream(file, { start: 0, end: 4096, encoding: 'utf8' })) {
    const [first = ''] = String(chunk).split('\n');
    const count = (mark: string) => first.split(mark).length;
    return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] ?? ',';
  }
  return ',';
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs}/${size}/${ino}`;
  } catch {
    return 'none';
  }
}
