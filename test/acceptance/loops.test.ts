/** Machines that answer each other through real SMTP and IMAP come to rest after a bounded number of mails, whatever they leave unmarked. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/app/config.ts';
import { type Wired, wire } from '../../src/app/wire.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import { type ImapStandIn, startImap } from '../../src/sandbox/imap.ts';
import { type S3StandIn, startS3 } from '../../src/sandbox/s3.ts';
import { type CaughtMail, type SmtpStandIn, startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';

const HOUR_MS = 3_600_000;
/** A loop would be seen within days: nothing waits longer than a reminder. */
const DAYS = 5;

let folder: string;
let now: number;
let s3: S3StandIn;
let v3: V3StandIn;
/** The relay that all send through, and where it delivers. */
let relay: SmtpStandIn;
let carried: CaughtMail[];
let doors: Map<string, (mail: CaughtMail) => void>;
let bridges: { imap: ImapStandIn; wired: Wired }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-loops-'));
  now = Date.parse('2026-03-03T10:00:00Z');
  s3 = await startS3();
  v3 = await startV3();
  carried = [];
  doors = new Map();
  bridges = [];
  relay = await startSmtp({
    onMail: (mail) => {
      carried.push(mail);
      doors.get(mail.to[0] ?? '')?.(mail);
    },
  });
});
afterEach(async () => {
  for (const { wired, imap } of bridges) {
    await wired.close();
    await imap.close();
  }
  await relay.close();
  await s3.close();
  await v3.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A whole service of its own, whose mails go through the relay and whose inbox the relay fills. @param change what the relay does to mails on their way in */
async function openBridge(domain: string, agency: object = {}, change = (raw: string) => raw): Promise<ImapStandIn> {
  const imap = await startImap();
  const home = join(folder, domain);
  mkdirSync(home);
  const file = join(home, 'faultline.yaml');
  writeFileSync(
    file,
    stringify({
      agency: { name: domain, ...agency },
      v3: { url: v3.url, timeoutSeconds: 5 },
      s3: {
        endpoint: s3.endpoint,
        region: s3.region,
        bucket: s3.bucket,
        accessKeyId: s3.accessKeyId,
        secretAccessKey: s3.secretAccessKey,
        pathStyle: true,
      },
      smtp: { host: relay.host, port: relay.port, tls: 'none' },
      branches: { main: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
      mailboxes: [
        {
          name: 'repairs',
          branch: 'main',
          imap: { host: imap.host, port: imap.port, tls: 'none', user: imap.user, password: imap.password },
          replyFrom: { name: domain, address: `repairs@${domain}` },
        },
      ],
      retry: { firstSeconds: 0.01, mostSeconds: 0.01 },
    }),
  );
  const wired = await wire(loadConfig(file, 'required'), () => undefined);
  wired.flow.clock = { now: () => new Date(now) };
  doors.set(`repairs@${domain}`, ({ raw }) => imap.deliver(Buffer.from(change(raw.toString('latin1')), 'latin1')));
  bridges.push({ imap, wired });
  return imap;
}

/** Lets days go by, first some hours, and all bridges work. @returns how many mails were carried on each day */
async function live(): Promise<number[]> {
  const byDay: number[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    const before = carried.length;
    for (const hours of day === 0 ? [1, 3, 20] : [24]) {
      for (let round = 0; round < 40; round += 1) {
        const mails = carried.length;
        for (const { wired } of bridges) await drain(wired.flow, AbortSignal.timeout(30_000));
        if (carried.length === mails) break;
      }
      now += hours * HOUR_MS;
    }
    byDay.push(carried.length - before);
  }
  return byDay;
}

function report(from: string, body: string): Buffer {
  return Buffer.from(
    `From: ${from}\r\nTo: repairs@a.example\r\nSubject: Boiler\r\nMessage-ID: <1@start.example>\r\nDate: Tue, 3 Mar 2026 09:58:00 +0000\r\n\r\n${body}\r\n`,
  );
}

/** What a bad gateway does: all that marks and threads a mail is gone, and it has another Message-ID. */
function stripped(raw: string): string {
  const end = raw.indexOf('\r\n\r\n');
  const kept = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .filter((line) => !/^(auto-submitted|x-auto-response-suppress|message-id|in-reply-to|references):/i.test(line));
  return `Message-ID: <gateway-${Math.random().toString(36).slice(2)}@gateway.example>\r\n${kept.join('\r\n')}${raw.slice(end)}`;
}

const WITHOUT_PHONE = 'The boiler has stopped and there is no hot water. 5 Elm Road, Leeds LS6 2AB';
const WITH_PHONE = `${WITHOUT_PHONE}, 07400 123001`;

test.each([
  ['with a question', WITHOUT_PHONE],
  ['with a confirmation', WITH_PHONE],
])('two bridges pointed at each other rest after one mail, beginning %s', { timeout: 120_000 }, async (_, body) => {
  const a = await openBridge('a.example');
  await openBridge('b.example');
  a.deliver(report('repairs@b.example', body));
  const byDay = await live();
  expect(byDay[0]).toBe(1);
  expect(byDay.slice(2).every((mails) => mails === 0)).toBe(true);
  expect(carried.length).toBeLessThanOrEqual(2);
});

test.each([
  ['with a question', WITHOUT_PHONE],
  ['with a confirmation', WITH_PHONE],
])('two bridges rest even when a gateway takes off all that marks their mails, beginning %s', { timeout: 180_000 }, async (_, body) => {
  const a = await openBridge('a.example', {}, stripped);
  await openBridge('b.example', {}, stripped);
  a.deliver(report('repairs@b.example', body));
  const byDay = await live();
  expect(carried.length).toBeGreaterThan(1);
  expect(carried.length, byDay.join(' ')).toBeLessThanOrEqual(30);
  expect(byDay.slice(-3), byDay.join(' ')).toEqual([0, 0, 0]);
});

test.each([
  ['threads its answers', '', (mail: CaughtMail) => [`In-Reply-To: ${/^Message-ID: (.*)$/im.exec(mail.raw.toString())?.[1]}`]],
  ['marks and threads nothing, and says something else each time', '', () => []],
  ['marks nothing, and names a phone number', ' If it cannot wait, the boiler man is on 07400 123009.', () => []],
])('a bridge rests when an absence note %s', { timeout: 180_000 }, async (_, words, headers) => {
  const a = await openBridge('a.example');
  let notes = 0;
  doors.set('sam@mail.example', (mail) => {
    notes += 1;
    a.deliver(
      Buffer.from(
        [
          'From: Sam Okafor <sam@mail.example>',
          'To: repairs@a.example',
          `Subject: Thank you for your mail ${notes}`,
          `Message-ID: <note-${notes}@mail.example>`,
          `Date: ${new Date(now).toUTCString()}`,
          ...headers(mail),
          '',
          `I am away until the ${notes}th, my heating is off and I read mails in the evening only.${words} Ticket ${notes}${notes}${notes}.`,
          '',
        ].join('\r\n'),
      ),
    );
  });
  a.deliver(report('Sam Okafor <sam@mail.example>', WITHOUT_PHONE));
  const byDay = await live();
  expect(notes).toBeGreaterThan(0);
  expect(carried.length, byDay.join(' ')).toBeLessThanOrEqual(16);
  expect(byDay.slice(-3), byDay.join(' ')).toEqual([0, 0, 0]);
});

test('the office is told, and its own absence note sets nothing going', { timeout: 120_000 }, async () => {
  const a = await openBridge('a.example', { noticesTo: 'office@a.example', staff: ['a.example'] });
  let notes = 0;
  doors.set('office@a.example', () => {
    notes += 1;
    a.deliver(
      Buffer.from(
        `From: Office <office@a.example>\r\nTo: repairs@a.example\r\nSubject: Office closed ${notes}\r\nMessage-ID: <o${notes}@a.example>\r\nDate: ${new Date(now).toUTCString()}\r\n\r\nThe office is closed, the heating is off. Note ${notes} of today.\r\n`,
      ),
    );
  });
  a.deliver(report('no-reply@portal.example', WITHOUT_PHONE)); // nobody may be asked, so it is held
  const byDay = await live();
  expect(carried.some(({ raw }) => /^Subject: A report needs a person/m.test(raw.toString()))).toBe(true);
  expect(notes).toBeGreaterThan(0);
  expect(carried.length, byDay.join(' ')).toBeLessThanOrEqual(12);
  expect(byDay.slice(-3), byDay.join(' ')).toEqual([0, 0, 0]);
});
