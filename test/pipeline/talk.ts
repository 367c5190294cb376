/** A whole flow that reads real mails and words real replies, over the stand-ins for the world outside. */
import { mime } from '../../src/adapters/mime/parse.ts';
import { loadTemplates } from '../../src/adapters/templates/load.ts';
import { openWording } from '../../src/adapters/wording/liquid.ts';
import { BUNDLED_TEMPLATES, REPLY_TEXTS } from '../../src/app/place.ts';
import type { Agency } from '../../src/domain/mailbox.ts';
import type { Report } from '../../src/domain/report.ts';
import type { Mailbox } from '../../src/pipeline/flow.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import type { Reply, ReplyKind } from '../../src/pipeline/ports.ts';
import { type Bench, openBench } from './stand-ins.ts';

export const HOUR_MS = 3_600_000;
export const OFFICE = 'office@brightkeys.example';

export type Talk = {
  bench: Bench;
  /** Delivers mails one after the other and lets the service do all that it can do now. */
  receive(...raws: string[]): Promise<void>;
  /** Lets time pass, and the service do what falls due. */
  pass(ms: number): Promise<void>;
  /** Replies to senders by their kind, and notices to the office, in their order. */
  replies(kind?: ReplyKind): Reply[];
  notices(): Reply[];
  reports(): Promise<Report[]>;
  /** What became of the mails: `opens`, `adds: answer`, … in their order. */
  outcomes(): Promise<string[]>;
};

/** @param agency what the agency of the only mailbox has besides its usual settings */
export async function openTalk(agency: Partial<Agency> = {}): Promise<Talk> {
  const bench = await openBench();
  const outcomes: string[] = [];
  Object.assign(bench, {
    mime,
    templates: loadTemplates([BUNDLED_TEMPLATES]),
    wording: openWording(REPLY_TEXTS, []),
    watcher: {
      settled: (_: unknown, { outcome, reason }: { outcome: string; reason: string }) =>
        void outcomes.push(reason ? `${outcome}: ${reason}` : outcome),
      published: () => undefined,
      submitted: () => undefined,
      replied: () => undefined,
      filed: () => undefined,
    },
  });
  const mailbox = bench.mailboxes.get('repairs') as Mailbox;
  bench.mailboxes.set('repairs', {
    ...mailbox,
    agency: { ...mailbox.agency, staff: ['brightkeys.example'], noticesTo: OFFICE, ...agency },
  });
  const work = () => drain(bench, new AbortController().signal);
  const isNotice = (reply: Reply) => reply.isNotice === true;
  return {
    bench,
    async receive(...raws) {
      for (const raw of raws) {
        bench.server.deliver(raw);
        await work();
      }
    },
    async pass(ms) {
      bench.clock.pass(ms);
      await work();
    },
    replies: (kind) =>
      bench.outbox.sent.filter((reply) => !isNotice(reply) && (!kind || reply.messageId.startsWith(`<faultline.${kind}.`))),
    notices: () => bench.outbox.sent.filter(isNotice),
    reports: async () => (await bench.ledger.reports({})).toReversed(),
    outcomes: async () => outcomes,
  };
}

let count = 0;

export type Draft = { from?: string; subject?: string; headers?: string[]; id?: string; body: string; type?: string };

/** A mail as plain as can be; each has a Message-ID of its own, and comes a minute after the one before. */
export function mail({ from = 'Sam Okafor <sam@mail.example>', subject = 'Repair', headers = [], id, body, type }: Draft): string {
  count += 1;
  return [
    `From: ${from}`,
    'To: repairs@brightkeys.example',
    `Subject: ${subject}`,
    `Message-ID: ${id ?? `<${count}@mail.example>`}`,
    `Date: Tue, 3 Mar 2026 ${String(10 + Math.floor(count / 60)).padStart(2, '0')}:${String(count % 60).padStart(2, '0')}:00 +0000`,
    'MIME-Version: 1.0',
    `Content-Type: ${type ?? 'text/plain; charset=utf-8'}`,
    ...headers,
    '',
    body,
    '',
  ].join('\r\n');
}

/** A report without a phone number. */
export function boiler(draft: Partial<Draft> = {}): string {
  return mail({
    subject: 'No hot water',
    body: 'Hello, the boiler has stopped and there is no hot water.\r\n5 Elm Road, Leeds LS6 2AB\r\nSam Okafor',
    ...draft,
  });
}

/** An answer to a reply of ours, as a mail program threads it. */
export function answerTo(reply: Reply | undefined, body: string, draft: Partial<Draft> = {}): string {
  if (reply === undefined) throw new Error('there is no reply to answer');
  return mail({
    subject: `Re: ${reply.subject}`,
    ...draft,
    headers: [`In-Reply-To: ${reply.messageId}`, `References: ${reply.messageId}`, ...(draft.headers ?? [])],
    body,
  });
}
