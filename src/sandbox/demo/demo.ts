/** `npm run demo`: the real service on a ledger in a temporary folder, against stand-ins for IMAP, SMTP, S3 and V3 in this process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { stringify } from 'yaml';
import { loadConfig } from '../../app/config.ts';
import { wire } from '../../app/wire.ts';
import { sleep } from '../../pipeline/bell.ts';
import { run } from '../../pipeline/pipeline.ts';
import type { Ledger } from '../../pipeline/ports.ts';
import { PACE } from '../../pipeline/watch.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { openDoor } from './door.ts';
import { screen } from './screen.ts';

const MAILS = fileURLToPath(new URL('../../../fixtures/mails/', import.meta.url));
const SHOWN = [
  'iphone-inline-photos-fire-looks-great-tap-drips.eml',
  'outlook-forward-leak-agent-note.eml',
  'gmail-gas-smell-two-lines-odd-phone-grouping.eml',
  'samsung-emoji-mould-two-photos-no-phone.eml',
  'portal-html-table-only-with-list-unsubscribe.eml',
  'answering-service-dotted-labels-gas-emergency.eml',
  'wordpress-contact-form-from-own-domain.eml',
  'thunderbird-rfc822-attachment-empty-note.eml',
  'auto-reply-exchange-contractor-out-of-office.eml',
  'newsletter-boiler-leaks-and-gas-tips.eml',
  'threads/answer-to-question-with-phone-number/01.eml',
  'threads/answer-to-question-with-phone-number/02.eml',
];
const HELP = `npm run demo            shows a dozen mails on their way, then waits for yours
npm run demo -- --once  ends by itself when they are done\n`;

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
if (values.help) process.stdout.write(HELP);
else process.exitCode = await demo(values.once);

async function demo(once: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-demo-'));
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const sandbox = await startSandbox();
  const { flow, close } = await wire(
    configFor(folder, sandbox),
    (line) => writeFileSync(join(folder, 'log.jsonl'), `${line}\n`, { flag: 'a' }),
    screen(say, process.stdout.columns ?? 120),
  );
  const door = once ? null : await openDoor(folder, sandbox.imap, stop.signal);
  say(
    `${styleText('bold', 'Faultline demo')}: ${SHOWN.length} mails arrive in an IMAP inbox. Everything runs in this process; the data lies in ${folder}`,
  );
  // Filed at once, so that each mail's way is seen to its end before the next one comes.
  const running = run(flow, stop.signal, { ...PACE, fileMs: 20 });
  try {
    for (const [index, name] of SHOWN.entries()) {
      if (stop.signal.aborted) break;
      sandbox.imap.deliver(readFileSync(join(MAILS, name)));
      await settled(flow.ledger, index + 1, stop.signal);
    }
    if (door) {
      say(`\n${await summary(flow.ledger)}\n\n${styleText('bold', 'Now send one yourself')} (Ctrl-C ends):\n${door.how}\n`);
      await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    stop.abort();
    await running;
    say(await summary(flow.ledger));
    return 0;
  } finally {
    stop.abort();
    await running.catch(() => undefined);
    await door?.close();
    await close();
    await sandbox.close();
    if (once) rmSync(folder, { recursive: true, force: true });
  }
}

/** The example's agency, with the stand-ins as its servers. */
function configFor(folder: string, { imap, smtp, s3, v3 }: Sandbox) {
  const file = join(folder, 'faultline.yaml');
  const mailbox = {
    name: 'repairs',
    branch: 'leeds',
    imap: { host: imap.host, port: imap.port, tls: 'none', user: imap.user, password: imap.password },
    replyFrom: { name: 'Brightkeys Repairs', address: 'repairs@brightkeys.example' },
  };
  const config = {
    dataFolder: 'data',
    agency: {
      name: 'Brightkeys Lettings',
      staff: ['brightkeys.example', 'northgate-lettings.example'],
      phones: ['0113 496 0100'],
      outOfHoursPhone: '0113 496 0199',
    },
    v3: { url: v3.url },
    s3: {
      endpoint: s3.endpoint,
      region: s3.region,
      bucket: s3.bucket,
      accessKeyId: s3.accessKeyId,
      secretAccessKey: s3.secretAccessKey,
      pathStyle: true,
      public: { way: 'public-read' }, // the URLs of the other ways are too long to read
    },
    smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
    branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
    mailboxes: [mailbox],
    retry: { firstSeconds: 1, mostSeconds: 30 },
  };
  writeFileSync(file, stringify(config));
  return loadConfig(file, 'required');
}

/** Resolves when every mail was decided on and filed, and no report is under way. */
async function settled(ledger: Ledger, mails: number, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < 600 && !signal.aborted; round += 1) {
    const { messages, stages, unsettled } = await ledger.counts();
    const known = Object.values(messages).reduce((sum, count) => sum + count, 0);
    const under = (stages['read'] ?? 0) + (stages['published'] ?? 0) + (stages['submitted'] ?? 0);
    if (known >= mails && unsettled === 0 && under === 0 && (await ledger.unfiled('repairs', 1)).length === 0) return;
    await sleep(50, signal);
  }
}

async function summary(ledger: Ledger): Promise<string> {
  const { messages, stages } = await ledger.counts();
  const count = (start: string) => Object.entries(messages).reduce((sum, [what, number]) => sum + (what.startsWith(start) ? number : 0), 0);
  const mails = count('');
  return `${mails} mails: ${stages['confirmed'] ?? 0} jobs, ${stages['asking'] ?? 0} asked, ${count('set-aside')} ignored, ${(stages['held'] ?? 0) + count('held')} failed`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
