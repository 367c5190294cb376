/** Stand-ins for the world outside, for tests of the flow: the ledger and the raw mails are the real ones, in a temporary folder. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { openSqlite } from '../../src/adapters/ledger/sqlite.ts';
import { openRawFolder } from '../../src/adapters/raws/folder.ts';
import { Failure } from '../../src/domain/failure.ts';
import { type Job, PRIORITIES } from '../../src/domain/job.ts';
import type { Message } from '../../src/domain/message.ts';
import type { Values } from '../../src/domain/reading.ts';
import { deriveReference } from '../../src/domain/reference.ts';
import type { Folder, Report, ReportDocument } from '../../src/domain/report.ts';
import { Bell } from '../../src/pipeline/bell.ts';
import type { Flow, Mailbox } from '../../src/pipeline/flow.ts';
import type {
  Clock,
  Documents,
  Filed,
  Finished,
  Inbox,
  Jobs,
  Ledger,
  Log,
  LogEvent,
  Mime,
  Outbox,
  ReadMail,
  Reply,
  Wording,
  Workshop,
} from '../../src/pipeline/ports.ts';
import type { ReadingContext } from '../../src/reading/context.ts';
import { understand } from '../../src/reading/understand.ts';

export const NOON = new Date('2026-03-03T12:00:00Z');

/** Stands still until it is set going. */
export class StillClock implements Clock {
  time = NOON.getTime();
  #speed = 0;
  #since = 0;
  now(): Date {
    return new Date(this.time + Math.round((performance.now() - this.#since) * this.#speed));
  }
  /** From now on it runs, so many times as fast as the true time. */
  go(speed = 1): void {
    this.#speed = speed;
    this.#since = performance.now();
  }
  pass(ms: number): void {
    this.time += ms;
  }
}

/** Fails with each of `failures` in turn, then does its work. */
class Moody {
  failures: Failure[] = [];
  protected mood(): void {
    const failure = this.failures.shift();
    if (failure) throw failure;
  }
}

/** V3: refuses an ExternalID that it has. */
export class StandInJobs extends Moody implements Jobs {
  requests: Job[] = [];
  accepted = new Map<string, Job>();
  /** Accepts the next job and then breaks the connection. */
  swallowNext = false;
  /** When set, requests hang until their signal aborts. */
  hangs = false;
  async submit(_branch: unknown, job: Job, signal: AbortSignal, whenSent?: () => void): Promise<{ response: string }> {
    this.requests.push(job);
    whenSent?.();
    if (this.hangs) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    this.mood();
    if (this.accepted.has(job.ExternalID)) throw new Failure('v3-used', 'ExternalID has been used');
    this.accepted.set(job.ExternalID, job);
    if (this.swallowNext) {
      this.swallowNext = false;
      throw new Failure('v3-unknown', 'socket hang up');
    }
    return { response: '{"ok":true}' };
  }
}

/** S3: URLs end `lifetimeMs` after they were made, or never. */
export class StandInDocuments extends Moody implements Documents {
  published: { key: string; text: string }[] = [];
  checked: string[] = [];
  lifetimeMs: number | null = null;
  readonly #clock: Clock;
  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }
  async publish(publication: { key: string }, body: Readable): Promise<{ url: string; expiresAt: Date | null }> {
    const text = Buffer.concat(await body.toArray()).toString();
    this.mood();
    this.published.push({ key: publication.key, text });
    const expiresAt = this.lifetimeMs === null ? null : new Date(this.#clock.now().getTime() + this.lifetimeMs);
    return { url: `https://files.example/${this.published.length}/${publication.key}`, expiresAt };
  }
  /** Thrown by the checks of URLs that hold this text. */
  notPublic: string | null = null;
  async check(url: string): Promise<void> {
    this.checked.push(url);
    if (this.notPublic !== null && url.includes(this.notPublic))
      throw new Failure('document-not-public', 'an anonymous GET was answered 403');
  }
  removed: string[] = [];
  async remove(keys: string[]): Promise<void> {
    this.mood();
    this.removed.push(...keys);
  }
  async *list(): AsyncGenerator<{ key: string; bytes: number; modifiedAt: Date }> {
    for (const { key, text } of this.published) if (!this.removed.includes(key)) yield { key, bytes: text.length, modifiedAt: NOON };
  }
}

/** Leaves files as they are; refuses those whose text holds `bad`. */
export class StandInWorkshop extends Moody implements Workshop {
  /** Finished files that were not discarded yet. */
  open = 0;
  /** What every file becomes, instead. */
  becomes: { mimeType: string; bytes: Buffer } | null = null;
  async finish(original: { mimeType: string }, body: Readable): Promise<Finished | { refused: string }> {
    const came = Buffer.concat(await body.toArray());
    this.mood();
    const { mimeType, bytes } = this.becomes ?? { ...original, bytes: came };
    if (bytes.includes('bad')) return { refused: 'the picture is damaged and cannot be opened' };
    this.open += 1;
    return {
      mimeType,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      open: () => Readable.from([bytes]),
      discard: async () => {
        this.open -= 1;
      },
    };
  }
}

export class StandInOutbox extends Moody implements Outbox {
  sent: Reply[] = [];
  async send(reply: Reply): Promise<void> {
    this.mood();
    this.sent.push(reply);
  }
}

/** Reads nothing but the Message-ID and References; every part it is asked for says its own number. */
export class StandInMime implements Mime {
  parts = new Set(['0', '1', '2', 'bad']);
  extracted = 0;
  parsed = 0;
  async read(raw: Readable, context: ReadingContext): Promise<ReadMail> {
    const message = await this.parse(raw);
    return { message, understanding: understand(message, context) };
  }
  async parse(raw: Readable): Promise<Message> {
    this.parsed += 1;
    const text = Buffer.concat(await raw.toArray()).toString();
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim() ?? null;
    return {
      headers: [],
      messageId: field('Message-ID'),
      inReplyTo: [],
      references: field('References')?.split(' ') ?? [],
      from: null,
      sender: null,
      replyTo: [],
      to: [],
      cc: [],
      date: field('Date'),
      subject: field('Subject') ?? '',
      text: '',
      html: null,
      attachments: [],
      attached: [],
    };
  }
  async extract(raw: Readable, parts: ReadonlySet<string>, each: (part: string, body: Readable) => Promise<void>): Promise<void> {
    this.extracted += 1;
    await raw.toArray();
    for (const part of parts) if (this.parts.has(part)) await each(part, Readable.from([Buffer.from(`bytes of ${part}`)]));
  }
}

const wording: Wording = {
  render: (kind, model) => ({
    subject: 'title' in model ? `Re: ${model.title} [${model.reference}]` : kind,
    text: `${kind} ${JSON.stringify(model)}`,
    html: '',
  }),
};

export class Notes implements Log {
  events: LogEvent[] = [];
  write(event: LogEvent): void {
    this.events.push(event);
  }
  named<Name extends LogEvent['event']>(name: Name): Extract<LogEvent, { event: Name }>[] {
    return this.events.filter((event): event is Extract<LogEvent, { event: Name }> => event.event === name);
  }
}

/** An IMAP server in memory: folders with mails by UID. */
export class StandInServer {
  folders = new Map<string, Map<number, string>>([['INBOX', new Map()]]);
  uidValidity = '1';
  /** Thrown by each opening of the folder while it is set. */
  down: Failure | null = null;
  /** A mail whose FETCH breaks the connection. */
  poison: number | null = null;
  opened = 0;
  /** How often a client had done its work and waited for more. */
  waited = 0;
  closed = 0;
  filings: { from: string; uids: number[]; to: string; keywords: string[]; removed: string[] }[] = [];
  fetches: number[][] = [];
  readonly #changed = new Bell();
  #lastUid = 0;

  deliver(raw: string): number {
    this.#lastUid += 1;
    this.folder('INBOX').set(this.#lastUid, raw);
    this.#changed.ring();
    return this.#lastUid;
  }

  folder(name: string): Map<number, string> {
    const folder = this.folders.get(name) ?? new Map<number, string>();
    this.folders.set(name, folder);
    return folder;
  }

  /** @param name another folder than the watched one; that does not count as opened */
  async open(name = 'INBOX'): Promise<Inbox> {
    if (name === 'INBOX') this.opened += 1;
    else if (!this.folders.has(name)) throw new Failure('imap-folder', 'no such folder');
    if (this.down) throw this.down;
    const assertUp = () => {
      if (this.down) throw this.down;
    };
    const server = this;
    return {
      uidValidity: this.uidValidity,
      folder: name,
      has: (folder) => server.folders.has(folder),
      sentFolder: server.folders.has('Sent') ? 'Sent' : null,
      async messageIds() {
        assertUp();
        return [...server.folder(name).values()].flatMap((raw) => /^Message-ID: (.*)$/im.exec(raw)?.[1]?.trim() ?? []);
      },
      async list(fromUid) {
        assertUp();
        const mails = [...server.folder(name)].filter(([uid]) => uid >= fromUid);
        return mails.map(([uid, raw]) => ({ uid, bytes: raw.length, receivedAt: NOON })).sort((a, b) => a.uid - b.uid);
      },
      async *fetch(uids) {
        assertUp();
        server.fetches.push(uids);
        for (const uid of uids) {
          if (uid === server.poison) throw new Failure('imap-unreachable', 'connection lost');
          const raw = server.folder(name).get(uid);
          if (raw !== undefined) yield { uid, raw: Buffer.from(raw) };
        }
      },
      async download(uid) {
        const raw = server.folder(name).get(uid);
        return raw === undefined ? null : Readable.from([Buffer.from(raw)]);
      },
      async fetchHeader(uid) {
        return Buffer.from(server.folder(name).get(uid)?.split('\r\n\r\n')[0] ?? '');
      },
      async file({ folder: from, uids }, to, marks) {
        assertUp();
        server.filings.push({ from, uids, to, keywords: marks.add, removed: marks.remove });
        return uids.flatMap((uid): Filed[] => {
          const raw = server.folder(from).get(uid);
          if (raw === undefined) return [];
          server.folder(from).delete(uid);
          server.folder(to).set(uid, raw);
          return [{ uid, moved: true, to: { folder: to, uidValidity: '1', uid } }];
        });
      },
      async wait(ms, signal) {
        server.waited += 1;
        await server.#changed.wait(ms, signal);
      },
      async close() {
        server.closed += 1;
      },
    };
  }
}

export const FOLDERS: Record<Folder, string> = {
  job: 'Faultline/Jobs',
  asked: 'Faultline/Asked',
  ignored: 'Faultline/Ignored',
  followUp: 'Faultline/Follow-ups',
  duplicate: 'Faultline/Duplicates',
  held: 'Faultline/Held',
};

export function mailboxNamed(name: string, server: StandInServer): Mailbox {
  return {
    name,
    branchName: 'leeds',
    branch: { shortName: 'brightkeys', branchID: '0042', timeZone: 'Europe/London', country: 'GB', phoneFormat: 'national' },
    agency: {
      name: 'Brightkeys Lettings',
      ownAddresses: ['repairs@brightkeys.example'],
      staff: [],
      phones: [],
      outOfHoursPhone: '0113 496 0199',
      fallbackPhone: null,
      trustedAuthservIds: [],
      noticesTo: null,
    },
    replyFrom: { name: 'Brightkeys Repairs', address: 'repairs@brightkeys.example' },
    folders: FOLDERS,
    style: { language: 'en', folder: null },
    keyId: 'key-of-brightkeys',
    pollMs: 200,
    open: (_, folder) => server.open(folder),
  };
}

export type Bench = Flow & {
  clock: StillClock;
  jobs: StandInJobs;
  documents: StandInDocuments;
  workshop: StandInWorkshop;
  outbox: StandInOutbox;
  mime: StandInMime;
  log: Notes;
  server: StandInServer;
  /** Closes the ledger in mid-work, as a crash does, and opens it again. */
  crash(): Promise<void>;
  end(): Promise<void>;
};

/** Where a bench has its ledger: opened anew after each crash, thrown away at its end. */
export type LedgerPlace = { open(): Promise<Ledger>; clear(): Promise<void> };

let makePlace: (folder: string) => Promise<LedgerPlace> = async (folder) => ({
  async open() {
    const { db, release } = await openSqlite(folder, 'work');
    return openLedger(db, release);
  },
  clear: async () => undefined,
});

/** Has the benches that come use another engine than SQLite. */
export function benchesUse(make: (folder: string) => Promise<LedgerPlace>): void {
  makePlace = make;
}

/** A whole flow with one mailbox, `repairs`, over stand-ins; call `end` when done. */
export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'faultline-'));
  const place = await makePlace(folder);
  const clock = new StillClock();
  const server = new StandInServer();
  const bench: Bench = {
    ledger: await place.open(),
    raws: await openRawFolder(join(folder, 'raw')),
    mime: new StandInMime(),
    documents: new StandInDocuments(clock),
    workshop: new StandInWorkshop(),
    jobs: new StandInJobs(),
    outbox: new StandInOutbox(),
    wording,
    log: new Notes(),
    clock,
    templates: [],
    mailboxes: new Map([['repairs', mailboxNamed('repairs', server)]]),
    settings: {
      mailBytes: 1 << 20,
      documentBytes: 1 << 20,
      documentsPerJob: 20,
      patienceMs: 3_600_000,
      emergencyPatienceMs: 300_000,
      keepDocumentsMs: null,
      requestsPerMinute: 50,
      windowMs: 60_000,
      retryFirstMs: 1_000,
      retryMostMs: 60_000,
      conversation: {
        reminderMs: 24 * 3_600_000,
        patienceMs: 48 * 3_600_000,
        withoutAnswer: 'hold',
        duplicateMs: 72 * 3_600_000,
        caps: { perHour: 5, perDay: 12, perReport: 6, openQuestions: 3 },
        noticeMs: 3_600_000,
        noticeBytes: 1 << 20,
      },
    },
    server,
    async crash() {
      await bench.ledger.close();
      bench.ledger = await place.open();
      await bench.ledger.freeLeases(); // as each start does
    },
    async end() {
      await bench.ledger.close();
      await place.clear();
      await rm(folder, { recursive: true });
    },
  };
  return bench;
}

export function value<T>(of: T) {
  return { value: of, evidence: { quote: '', where: 'body' as const, rule: 'test' } };
}

/** What a whole reading holds. */
export function values(): Values {
  return {
    ReportedAt: value('2026-03-03T09:15:00+00:00'),
    IssueTitle: value('No hot water'),
    IssueNotes: value('The boiler shows E119.'),
    IssuePriority: value('High'),
    TenantPhonePrimary: value('07400 123456'),
    TenantForename: value('Sam'),
    TenantSurname: value('Carter'),
    PropertyAddress1: value('12 Elm Road'),
    PropertyAddress2: value('Leeds'),
    PropertyPostcode: value('LS1 1AA'),
  };
}

let count = 0;

/** A mail like no other. */
export function rawMail(headers = ''): string {
  count += 1;
  return `Message-ID: <${count}@mail.example>\r\nSubject: No hot water ${count}\r\n${headers}\r\nThe boiler shows E119.\r\n`;
}

export type Opening = {
  mailbox?: string;
  server?: StandInServer;
  reading?: Values;
  replyTo?: Report['replyTo'];
  parts?: string[];
  refusedParts?: string[];
  raw?: string;
};

/** Puts a report into the ledger as `take` does once a mail was read, and the mail into the inbox. @returns its reference */
export async function openReport(bench: Bench, opening: Opening = {}): Promise<string> {
  const { mailbox = 'repairs', server = bench.server, reading = values(), parts = [], refusedParts = [], raw = rawMail() } = opening;
  const { key, identity, bytes } = await bench.raws.keep(Buffer.from(raw));
  const uid = server.deliver(raw);
  const reference = deriveReference(identity);
  await bench.ledger.store(mailbox, 'INBOX', '1', [{ identity, rawKey: key, bytes, tooLarge: false, receivedAt: NOON, uid }], NOON);
  const open: Report = {
    reference,
    mailbox,
    stage: 'read',
    heldFrom: null,
    dueAt: bench.clock.now(),
    priority: reading.IssuePriority?.value ?? PRIORITIES[1],
    reading: {
      template: 'general@1',
      values: reading,
      attachments: [...parts, ...refusedParts],
      missing: reading.TenantPhonePrimary ? [] : ['phone'],
    },
    openedBy: identity,
    createdAt: bench.clock.now(),
    tries: 0,
    failure: null,
    replyTo: opening.replyTo === undefined ? { address: 'sam@mail.example', name: 'Sam Carter' } : opening.replyTo,
  };
  const document = (part: string, refused: string | null): ReportDocument => ({
    reference,
    identity,
    part,
    name: `photo-${part}.jpg`,
    mimeType: 'image/jpeg',
    bytes: `bytes of ${part}`.length,
    sha256: part,
    key: `${reference}/${part}.jpg`,
    published: null,
    url: null,
    expiresAt: null,
    refused,
    removedAt: null,
  });
  const documents = [
    ...parts.map((part) => document(part, null)),
    ...refusedParts.map((part) => document(part, 'this kind of file is not passed on')),
  ];
  await bench.ledger.settle(
    { identity, outcome: 'opens', reason: '', why: '', subject: 'No hot water', reference, folder: null, marks: [] },
    { open, documents },
  );
  return reference;
}
