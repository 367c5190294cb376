/** `npm run fuzz -- --minutes N [--seed S]`: reads changed mails until the time is over, and stops at the first that breaks a promise. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mime } from '../../src/adapters/mime/parse.ts';
import { loadTemplates } from '../../src/adapters/templates/load.ts';
import { loadConfig } from '../../src/app/config.ts';
import { agencyOf, branchOf } from '../../src/app/mailboxes.ts';
import { BUNDLED_TEMPLATES, EXAMPLE_CONFIG } from '../../src/app/place.ts';
import { Failure } from '../../src/domain/failure.ts';
import { Job } from '../../src/domain/job.ts';
import type { ReadingContext } from '../../src/reading/context.ts';
import { casesIn } from '../score.ts';
import { mutated, randomOf } from './mutate.ts';

const HELP = `npm run fuzz -- --minutes N [--seed S]   N: 1 where it is left out; S: any whole number, the same inputs for the same S
Exit code 1 when a mail throws, takes more than a second of CPU, or is read as something that V3 would not take.\n`;
const MAILS = fileURLToPath(new URL('../../fixtures/mails/', import.meta.url));
const MOST_CPU_MS = 1_000;
const PHONE = '07400 123456';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' }, help: { type: 'boolean', default: false } },
});
if (values.help) process.stdout.write(HELP);
else process.exitCode = await fuzz(Number(values.minutes), Number(values.seed));

async function fuzz(minutes: number, seed: number): Promise<number> {
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    process.stderr.write(HELP);
    return 2;
  }
  const context = contextOf();
  const mails = casesIn(MAILS).flatMap(({ files }) => files.map((file) => readFileSync(file)));
  const end = Date.now() + minutes * 60_000;
  let told = Date.now();
  let count = 0;
  let slowest = 0;
  for (; Date.now() < end; count += 1) {
    const random = randomOf(seed * 1_000_003 + count);
    const [mail, other] = [mails[Math.floor(random() * mails.length)], mails[Math.floor(random() * mails.length)]] as [Buffer, Buffer];
    const { raw, done } = mutated(mail, other, random);
    const before = process.cpuUsage();
    const wrong = await broken(raw, context);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    slowest = Math.max(slowest, ms);
    const why = wrong ?? (ms > MOST_CPU_MS ? `it took ${Math.round(ms)} ms of CPU` : null);
    if (why !== null) {
      const file = join(tmpdir(), `fuzz-${seed}-${count}.eml`);
      writeFileSync(file, raw);
      process.stdout.write(`input ${count} of seed ${seed} (${done.join(', ')}, ${raw.length} bytes): ${why}\nkept in ${file}\n`);
      return 1;
    }
    if (Date.now() - told > 10_000) {
      told = Date.now();
      process.stdout.write(`${count} inputs, ${Math.round((end - told) / 1000)} s left, slowest ${Math.round(slowest)} ms\n`);
    }
  }
  process.stdout.write(
    `${count} inputs from ${mails.length} mails with seed ${seed}: no throw, none over ${MOST_CPU_MS} ms (slowest ${Math.round(slowest)} ms), every field as V3 takes it\n`,
  );
  return 0;
}

/** What is wrong with how this mail is read, or null. A mail that is said to be unreadable is no find: it is held. */
async function broken(raw: Buffer, context: ReadingContext): Promise<string | null> {
  try {
    const { understanding } = await mime.read(Readable.from([raw], { objectMode: false }), context);
    const { values: read, missing } = understanding.reading;
    const fields = Object.fromEntries(Object.entries(read).map(([field, { value }]) => [field, value]));
    const checked = Job.safeParse({ ...fields, ...(missing.includes('phone') && { TenantPhonePrimary: PHONE }), ExternalID: 'FUZZ23456' });
    if (!checked.success) return checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    const blank = Object.entries(fields).find(([, value]) => typeof value === 'string' && value.trim() === '');
    if (blank) return `${blank[0]} is blank`;
    const bare = Object.entries(read).find(([, { evidence }]) => evidence.rule === '');
    return bare ? `${bare[0]} has no evidence` : null;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'hold' && error.code !== 'unexpected') return null;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function contextOf(): ReadingContext {
  const config = loadConfig(EXAMPLE_CONFIG, 'ignored');
  const [mailbox] = config.mailboxes;
  if (mailbox === undefined) throw new Error('the example has no mailbox');
  return {
    agency: agencyOf(config, mailbox),
    branch: branchOf(config, mailbox),
    templates: loadTemplates([BUNDLED_TEMPLATES]),
    receivedAt: new Date('2026-11-25T12:00:00Z'),
  };
}
