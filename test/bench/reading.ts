/** Reading the labelled mails (decode, sort, read) beside mailparser's simpleParser alone on the same mails, in one thread, in turns. */
import { randomBytes } from 'node:crypto';
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
  const { simpleParser: alone, decode, read } = await medians(ways, raws, ROUNDS);
  console.log(
    `${raws.length} mails, ms of CPU a mail: simpleParser ${alone.toFixed(2)}, decode ${decode.toFixed(2)}, decode + sort + read ${read.toFixed(2)}`,
  );
  console.log(`ratio to simpleParser: ${(read / alone).toFixed(2)}, 1 is promised`);
  const photos = await medians(ways, raws.map(withPhotos), 3);
  console.log(`with photos of 1 MB in place of the small ones: ${(photos.read / photos.simpleParser).toFixed(2)}`);
  return read <= alone;
}

/** CPU time a mail, in ms; the first round warms up. */
async function medians<Way extends string>(
  ways: Record<Way, (raw: Buffer) => Promise<void>>,
  raws: Buffer[],
  rounds: number,
): Promise<Record<Way, number>> {
  const names = Object.keys(ways) as Way[];
  const times = new Map<Way, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const before = process.cpuUsage();
      for (const raw of raws) await ways[name](raw);
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times.get(name)?.push((user + system) / 1000 / raws.length);
    }
  }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Record<Way, number>;
}

const PHOTO = randomBytes(1_000_000);

/** The mail with every JPEG grown to what a phone sends: the labelled mails hold stand-ins of a few KB. */
function withPhotos(raw: Buffer): Buffer {
  const grown = raw.toString('latin1').replace(
    /(\r\nContent-Type: image\/jpe?g[\s\S]*?\r\n\r\n)([A-Za-z0-9+/=\r\n]{100,}?)(\r\n--)/gi,
    (_, head: string, body: string, end: string) =>
      head +
      Buffer.concat([Buffer.from(body, 'base64'), PHOTO])
        .toString('base64')
        .replace(/.{76}/g, '$&\r\n') +
      end,
  );
  return Buffer.from(grown, 'latin1');
}
