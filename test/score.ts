/** Scores readings against labelled mails: what each matcher of fixtures/mails/README.md means, and how many checks hold. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a command or function says of one mail: the part of `faultline try --json` that is scored. */
export type Answer = {
  outcome: string;
  reason?: string;
  job?: Record<string, unknown>;
  attachments?: { name: string }[];
  replyTo?: string | null;
};

type Matcher = null | boolean | string | { includes?: string[]; excludes?: string[]; oneOf?: string[]; phone?: string; instant?: string };
type Expected = {
  outcome: string;
  reason?: string;
  job?: Record<string, Matcher>;
  attachments?: string[];
  replyTo?: string | null;
};

/** One labelled mail, or the mails of one thread in the order in which they arrive. */
export type Case = { name: string; files: string[] };

export type Score = {
  mails: number;
  /** Mails without a single miss. */
  perfect: number;
  right: number;
  of: number;
  /** Replies where none may be sent. */
  unsafeReplies: number;
  fields: Record<string, { right: number; of: number }>;
  /** One line each: which mail and field, what was wanted, what came. */
  misses: string[];
};

/** The cases of a folder: each `*.eml` by itself, each folder in `threads/` as one. */
export function casesIn(folder: string): Case[] {
  const mails = (path: string) =>
    readdirSync(path)
      .filter((name) => name.endsWith('.eml'))
      .sort();
  const threads = join(folder, 'threads');
  return [
    ...mails(folder).map((name) => ({ name, files: [join(folder, name)] })),
    ...(existsSync(threads) ? readdirSync(threads).sort() : []).map((name) => ({
      name: `threads/${name}`,
      files: mails(join(threads, name)).map((mail) => join(threads, name, mail)),
    })),
  ];
}

/** @param answer gives one answer a file, in order; a missing one counts as wrong in every check */
export async function score(cases: Case[], answer: (files: string[]) => Promise<Answer[]>): Promise<Score> {
  const total: Score = { mails: 0, perfect: 0, right: 0, of: 0, unsafeReplies: 0, fields: {}, misses: [] };
  for (const { name, files } of cases) {
    const answers = await answer(files);
    files.forEach((file, index) => {
      const expected = JSON.parse(readFileSync(file.replace(/\.eml$/, '.expected.json'), 'utf8')) as Expected;
      addMail(total, files.length > 1 ? `${name}/${index + 1}` : name, expected, answers[index] ?? { outcome: 'no answer' });
    });
  }
  return total;
}

function addMail(total: Score, name: string, expected: Expected, got: Answer): void {
  const before = total.misses.length;
  const check = (field: string, holds: boolean, wanted: unknown, have: unknown) => {
    total.fields[field] ??= { right: 0, of: 0 };
    const row = total.fields[field];
    row.of += 1;
    total.of += 1;
    if (holds) {
      row.right += 1;
      total.right += 1;
    } else total.misses.push(`${name}  ${field}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(have)}`);
    return holds;
  };
  check('outcome', got.outcome === expected.outcome, expected.outcome, got.outcome);
  if (expected.reason) check('reason', got.reason === expected.reason, expected.reason, got.reason);
  const lines = [1, 2, 3, 4].map((line) => got.job?.[`PropertyAddress${line}`]).filter(Boolean);
  const job: Record<string, unknown> = { ...got.job, PropertyAddress: lines.join(', ') };
  for (const [field, matcher] of Object.entries(expected.job ?? {})) check(field, holds(matcher, job[field]), matcher, job[field]);
  if (expected.replyTo !== undefined) {
    const isRight = check('replyTo', squashed(got.replyTo) === squashed(expected.replyTo), expected.replyTo, got.replyTo);
    if (expected.replyTo === null && !isRight) total.unsafeReplies += 1;
  }
  if (expected.outcome === 'job' || expected.outcome === 'needs-info') {
    const have = (got.attachments ?? []).map((one) => one.name);
    const wanted = expected.attachments ?? [];
    check('attachments', have.map(stem).join('\n') === wanted.map(stem).join('\n'), wanted, have);
  }
  total.mails += 1;
  if (total.misses.length === before) total.perfect += 1;
}

/** As in fixtures/mails/README.md, compared after trimming and collapsing white space and without regard to case. */
function holds(matcher: Matcher, value: unknown): boolean {
  const text = squashed(value);
  if (matcher === null) return text === '';
  if (typeof matcher === 'boolean') return value === matcher;
  if (typeof matcher === 'string') return text === squashed(matcher);
  const { includes = [], excludes = [], oneOf, phone, instant } = matcher;
  return (
    includes.every((part) => text.includes(squashed(part))) &&
    !excludes.some((part) => text.includes(squashed(part))) &&
    (oneOf === undefined || oneOf.some((one) => squashed(one) === text)) &&
    (phone === undefined || digits(phone) === digits(value)) &&
    (instant === undefined || Date.parse(instant) === Date.parse(String(value)))
  );
}

function squashed(value: unknown): string {
  return String(value ?? '')
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

/** A British number in its international digits, however it is written. */
function digits(value: unknown): string {
  const all = String(value ?? '').replace(/\D/g, '');
  return all.replace(/^00/, '').replace(/^0/, '44').replace(/^440/, '44');
}

/** A HEIC photo may come out as .jpg, so the ending does not count. */
function stem(name: string): string {
  return squashed(name).replace(/\.[a-z0-9]+$/, '');
}
