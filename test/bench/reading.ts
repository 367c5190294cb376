/** Reading the labelled mails (decode, sort, read) beside mailparser's simpleParser alone on the same mails, in one thread, in turns. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { simpleParser } from 'mailparser';
import { mime } from '../../src/adapters/mime/parse.ts';
import { loadTemplates } from '../../src/adapters/templates/load.ts';
import { loadConfig } from '../../src/app/config.ts';
import { agencyOf, branchOf } from '../../src/app/mailboxes.ts';
import { BUNDLED_TEMPLATES, EXAMPLE_CONFIG } from '../../src/app/place.ts';
import type { ReadingContext } from '../../src/reading/context.ts';
import { casesIn } from '../score.ts';

const MAILS = fileURLToPath(new URL('../../fixtures/mails/', import.meta.url));
const ROUNDS = 7;

/** @returns whether reading is at least as fast as simpleParser. CPU time of this process, since machines are shared; the first round warms up. */
export async function benchReading(): Promise<boolean> {
  const config = loadConfig(EXAMPLE_CONFIG, 'ignored');
  const [mailbox] = config.mailboxes;
  if (mailbox === undefined) throw new Error('the example has no mailbox');
  const context: ReadingContext = {
    agency: agencyOf(config, mailbox),
    branch: branchOf(config, mailbox),
    templates: loadTemplates([BUNDLED_TEMPLATES]),
    receivedAt: new Date(),
  };
  const raws = casesIn(MAILS).flatMap(({ files }) => files.map((file) => readFileSync(file)));
  const ways = {
    simpleParser: async (raw: Buffer) => void (await simpleParser(raw)),
    decode: async (raw: Buffer) => void (await mime.parse(Readable.from([raw], { objectMode: false }))),
    read: async (raw: Buffer) => void (await mime.read(Readable.from([raw], { objectMode: false }), context)),
  };
  const times: Record<keyof typeof ways, number[]> = { simpleParser: [], decode: [], read: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of Object.keys(ways) as (keyof typeof ways)[]) {
      const before = process.cpuUsage();
      for (const raw of raws) await ways[name](raw);
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times[name].push((user + system) / 1000 / raws.length);
    }
  }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
  const [alone, decode, read] = [median(times.simpleParser), median(times.decode), median(times.read)];
  console.log(
    `${raws.length} mails, ms of CPU a mail: simpleParser ${alone.toFixed(2)}, decode ${decode.toFixed(2)}, decode + sort + read ${read.toFixed(2)}`,
  );
  console.log(`ratio to simpleParser: ${(read / alone).toFixed(2)}, 1 is promised`);
  return read <= alone;
}
