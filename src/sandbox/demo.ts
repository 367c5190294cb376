/** `npm run demo`: the real service on a ledger in a temporary folder, against stand-ins for IMAP, SMTP, S3 and V3 in this process. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { stringify } from 'yaml';
import { loadConfig } from '../app/config.ts';
import { wire } from '../app/wire.ts';
import { sleep } from '../pipeline/bell.ts';
import { run } from '../pipeline/pipeline.ts';
import type { Ledger, Watcher } from '../pipeline/ports.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { startSmtp } from './smtp.ts';

const MAILS = fileURLToPath(new URL('../../fixtures/mails/', import.meta.url));
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
    watcher(),
  );
  const door = once ? null : await openDoor(folder, sandbox, stop.signal);
  say(
    `${styleText('bold', 'Faultline demo')}: ${SHOWN.length} mails arrive in an IMAP inbox. Everything runs in this process; the data lies in ${folder}\n`,
  );
  const running = run(flow, stop.signal);
  try {
    const answer = SHOWN.length - 1; // it answers a question of ours, so it comes when that was asked
    for (const name of SHOWN.slice(0, answer)) sandbox.imap.deliver(readFileSync(join(MAILS, name)));
    await settled(flow.ledger, answer, stop.signal);
    for (const name of SHOWN.slice(answer)) sandbox.imap.deliver(readFileSync(join(MAILS, name)));
    await settled(flow.ledger, SHOWN.length, stop.signal);
    const line = await summary(flow.ledger);
    if (door) {
      say(`\n${line}\n\n${styleText('bold', 'Now send one yourself')} (Ctrl-C ends):\n${door.how}\n`);
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
      public: { way: 'presigned', days: 7 },
    },
    smtp: { host: smtp.host, port: smtp.port, tls: 'none' },
    branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
    mailboxes: [mailbox],
    retry: { firstSeconds: 1, mostSeconds: 30 },
  };
  writeFileSync(file, stringify(config));
  return loadConfig(file, 'required');
}

/** Prints each step as it happens. */
function watcher(): Watcher {
  const names = new Map<string, string>();
  const head = (reference: string) => styleText('dim', `[${reference}] `);
  return {
    settled(message, settlement, reading) {
      const what = `${settlement.subject || '(no subject)'}`;
      names.set(message.identity, what);
      if (!reading || settlement.reference === null) {
        say(
          `${styleText('yellow', '○')} ${styleText('bold', what)}\n    ${settlement.outcome}: ${settlement.reason}${settlement.why ? `, ${settlement.why}` : ''}`,
        );
        return;
      }
      const value = (field: keyof typeof reading.values) => reading.values[field]?.value;
      const address = [
        value('PropertyAddress1'),
        value('PropertyAddress2'),
        value('PropertyAddress3'),
        value('PropertyAddress4'),
        value('PropertyPostcode'),
      ]
        .filter(Boolean)
        .join(', ');
      const who = [value('TenantTitle'), value('TenantForename'), value('TenantSurname')].filter(Boolean).join(' ');
      say(
        `${styleText('green', '●')} ${styleText('bold', what)} ${head(settlement.reference)}${styleText('dim', reading.template)}\n    ${value('IssuePriority')}: ${value('IssueTitle')}\n    ${who || 'nobody named'}, ${value('TenantPhonePrimary') ?? styleText('red', 'no phone number')}\n    ${address || 'no address'}`,
      );
    },
    published(reference, documents) {
      for (const document of documents)
        say(`${head(reference)}public  ${document.name}: ${document.refused ?? styleText('cyan', document.url ?? '')}`);
    },
    submitted(reference, job, response) {
      const { Documents, ...fields } = job;
      say(
        `${head(reference)}${styleText('green', 'V3 took')} ${JSON.stringify({ ...fields, Documents: Documents?.length ?? 0 })}\n    ${styleText('dim', response)}`,
      );
    },
    replied(reference, kind, reply) {
      say(
        `${head(reference)}${kind} to ${reply.to.address}: ${reply.subject}\n${reply.text
          .trim()
          .split('\n')
          .map((line) => styleText('dim', `    │ ${line}`))
          .join('\n')}`,
      );
    },
    filed(_mailbox, placement, folder) {
      say(`${styleText('dim', '→')} ${names.get(placement.identity) ?? 'a mail'} is now in ${styleText('bold', folder)}`);
    },
  };
}

/** An SMTP port and a folder through which people send the demo a mail. */
async function openDoor(folder: string, sandbox: Sandbox, signal: AbortSignal): Promise<{ how: string; close(): Promise<void> }> {
  const smtp = await startSmtp({ onMail: ({ raw }) => sandbox.imap.deliver(raw) });
  const drop = join(folder, 'drop');
  mkdirSync(drop);
  const look = async () => {
    while (!signal.aborted) {
      for (const name of readdirSync(drop).filter((file) => file.endsWith('.eml'))) {
        sandbox.imap.deliver(readFileSync(join(drop, name)));
        renameSync(join(drop, name), join(drop, `${name}.taken`));
      }
      await sleep(500, signal);
    }
  };
  void look().catch((error) => say(`the folder ${drop} cannot be read: ${String(error)}`));
  const how = `  printf 'From: Sam Okafor <sam@mail.example>\\nSubject: Boiler leaking\\n\\nThe boiler drips on the floor. 5 Elm Road, Leeds LS6 2AB. 07400 123001\\n' | \\
    curl -s smtp://${smtp.host}:${smtp.port} --mail-from sam@mail.example --mail-rcpt repairs@brightkeys.example -T -
  swaks --server ${smtp.host}:${smtp.port} --to repairs@brightkeys.example --from sam@mail.example --header 'Subject: Boiler leaking' --body '5 Elm Road, Leeds LS6 2AB. 07400 123001'
  or drop .eml files into ${drop}`;
  return { how, close: () => smtp.close() };
}

/** Resolves when every mail was decided on and filed, and no report is under way. */
async function settled(ledger: Ledger, mails: number, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < 600 && !signal.aborted; round += 1) {
    const { messages, stages, unsettled } = await ledger.counts();
    const known = Object.values(messages).reduce((sum, count) => sum + count, 0);
    const under = (stages['read'] ?? 0) + (stages['published'] ?? 0) + (stages['submitted'] ?? 0);
    if (known >= mails && unsettled === 0 && under === 0 && (await ledger.unfiled('repairs', 1)).length === 0) return;
    await sleep(100, signal);
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
