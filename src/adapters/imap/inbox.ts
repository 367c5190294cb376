/** One watched IMAP folder over imapflow: lists, fetches, files, and waits for new mail. It never sets \Seen. */
import type { Readable } from 'node:stream';
import { type FetchMessageObject, ImapFlow } from 'imapflow';
import { Failure } from '../../domain/failure.ts';
import type { Arrival, Filed, Inbox } from '../../pipeline/ports.ts';
import { imapFailure } from './failures.ts';

export type InboxSettings = {
  host: string;
  port: number;
  tls: 'implicit' | 'starttls' | 'none';
  user: string;
  /** OAuth2 tokens take their place beside it. */
  password: string;
  folder: string;
  /** For a connection and for each command. */
  timeoutMs: number;
  /** The largest mail that is fetched; larger literals are refused by the client. */
  mailBytes: number;
};

/** RFC 2177: an IDLE must be renewed at least every 29 minutes; we do it earlier, since routers forget sooner. */
const IDLE_MS = 20 * 60_000;

/**
 * Connects, logs in and opens the folder. When `signal` aborts the connection is closed and every call rejects.
 * @throws Failure imap-unreachable, imap-tls, imap-login, imap-folder
 */
export async function openInbox(settings: InboxSettings, signal: AbortSignal): Promise<Inbox> {
  signal.throwIfAborted();
  const client = new ImapFlow({
    host: settings.host,
    port: settings.port,
    secure: settings.tls === 'implicit',
    doSTARTTLS: settings.tls === 'starttls',
    auth: { user: settings.user, pass: settings.password },
    logger: false,
    disableAutoIdle: true,
    maxIdleTime: IDLE_MS,
    connectionTimeout: settings.timeoutMs,
    greetingTimeout: settings.timeoutMs,
    socketTimeout: IDLE_MS + settings.timeoutMs,
    maxLiteralSize: settings.mailBytes + (1 << 20),
    maxResponseSize: settings.mailBytes + (2 << 20),
  });
  const abort = () => client.close();
  signal.addEventListener('abort', abort, { once: true });
  client.on('error', () => undefined); // a 'close' always follows
  const within = <T>(work: Promise<T>) => timeLimited(client, work, settings.timeoutMs);
  try {
    await within(client.connect());
  } catch (error) {
    client.close();
    signal.removeEventListener('abort', abort);
    throw imapFailure(error);
  }
  try {
    const opened = await within(client.mailboxOpen(settings.folder));
    const existing = new Set((await within(client.list())).map((folder) => folder.path));
    return inboxOf(client, settings, String(opened.uidValidity), existing, within, () => signal.removeEventListener('abort', abort));
  } catch (error) {
    client.close();
    signal.removeEventListener('abort', abort);
    throw error instanceof Failure ? error : imapFailure(error, 'imap-folder');
  }
}

function inboxOf(
  client: ImapFlow,
  settings: InboxSettings,
  uidValidity: string,
  existing: Set<string>,
  within: <T>(work: Promise<T>) => Promise<T>,
  onClose: () => void,
): Inbox {
  let changed = false;
  let wake = () => undefined as void;
  const notice = () => {
    changed = true;
    wake();
  };
  client.on('exists', notice);
  client.on('expunge', notice);
  client.on('close', notice);

  /** Runs `work` with a folder open; a folder that was made anew meanwhile (other UIDVALIDITY) ends the connection. */
  async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
    try {
      const lock = await within(client.getMailboxLock(folder));
      try {
        assertSame(client, folder, settings.folder, uidValidity);
        return await work();
      } finally {
        lock.release();
      }
    } catch (error) {
      throw imapFailure(error);
    }
  }

  return {
    uidValidity,
    folder: settings.folder,

    list: (fromUid) =>
      inFolder(settings.folder, async () => {
        changed = false;
        const found: Arrival[] = [];
        for await (const item of bounded(
          client,
          client.fetch(`${fromUid}:*`, { uid: true, size: true, internalDate: true }, { uid: true }),
          settings.timeoutMs,
        )) {
          // `n:*` names the last mail even when its UID is below n (RFC 9051 §9, seq-range).
          if (item.uid === undefined || item.uid < fromUid) continue;
          found.push({ uid: item.uid, bytes: item.size ?? 0, receivedAt: dateOf(item.internalDate) });
        }
        return found.sort((a, b) => a.uid - b.uid);
      }),

    async *fetch(uids) {
      if (uids.length === 0) return;
      const lock = await within(client.getMailboxLock(settings.folder)).catch((error) => {
        throw imapFailure(error);
      });
      try {
        for await (const item of bounded(
          client,
          client.fetch(rangeOf(uids), { uid: true, source: true }, { uid: true }),
          settings.timeoutMs,
        )) {
          if (item.uid !== undefined && item.source !== undefined) yield { uid: item.uid, raw: item.source };
        }
      } catch (error) {
        throw imapFailure(error);
      } finally {
        lock.release();
      }
    },

    async download(uid) {
      const lock = await within(client.getMailboxLock(settings.folder));
      try {
        const { content } = (await within(client.download(String(uid), undefined, { uid: true }))) as { content?: Readable };
        if (content === undefined) {
          lock.release();
          return null;
        }
        content.once('close', () => lock.release());
        return content;
      } catch (error) {
        lock.release();
        throw imapFailure(error);
      }
    },

    fetchHeader: (uid) =>
      inFolder(settings.folder, async () => {
        const item = await within(client.fetchOne(String(uid), { uid: true, headers: true }, { uid: true }));
        return item ? (item.headers ?? null) : null;
      }),

    file: (from, uids, to, keywords) => inFolder(from, () => moveMails(client, within, existing, uids, to, keywords)),

    async wait(ms, signal) {
      if (changed || signal.aborted) return;
      await inFolder(settings.folder, async () => undefined);
      if (changed || signal.aborted || !client.usable) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = () => undefined;
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done, { once: true });
        wake = done;
        client.idle().catch(() => undefined); // the next command ends it; a lost connection shows as 'close'
      });
    },

    async close() {
      onClose();
      const logout = client.logout().catch(() => undefined);
      await Promise.race([logout, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
      client.close();
    },
  };
}

/** Marks and moves mails of the open folder; where the server will not move them they stay where they are, marked. */
async function moveMails(
  client: ImapFlow,
  within: <T>(work: Promise<T>) => Promise<T>,
  existing: Set<string>,
  uids: number[],
  to: string,
  keywords: string[],
): Promise<Filed[]> {
  const range = rangeOf(uids);
  if (keywords.length > 0) await within(client.messageFlagsAdd(range, keywords, { uid: true })).catch(refusalOnly);
  const path = await folderPath(client, within, existing, to);
  const moved = path === null ? false : await within(client.messageMove(range, path, { uid: true })).catch(refusalOnly);
  if (!moved) return uids.map((uid) => ({ uid, moved: false, to: null }));
  const { uidMap, uidValidity } = moved;
  if (!uidMap || uidValidity === undefined) return uids.map((uid) => ({ uid, moved: true, to: null }));
  return uids.flatMap((uid) => {
    const there = uidMap.get(uid);
    return there === undefined ? [] : [{ uid, moved: true, to: { folder: path ?? to, uidValidity: String(uidValidity), uid: there } }];
  });
}

/** The server's own path of a folder (its namespace and delimiter), created where it is missing; null where that is refused. */
async function folderPath(
  client: ImapFlow,
  within: <T>(work: Promise<T>) => Promise<T>,
  existing: Set<string>,
  name: string,
): Promise<string | null> {
  if (existing.has(name)) return name;
  try {
    const { path } = await within(client.mailboxCreate(name.split('/')));
    existing.add(path);
    if (path === name) return path;
    return path;
  } catch (error) {
    refusalOnly(error);
    const listed = await within(client.list());
    for (const folder of listed) existing.add(folder.path);
    return (
      listed.find(
        (folder) =>
          folder.path === name ||
          folder.path
            .split(folder.delimiter ?? '/')
            .slice(-name.split('/').length)
            .join('/') === name,
      )?.path ?? null
    );
  }
}

/** A refusal by the server (NO, BAD) is an answer; anything else is thrown on. */
function refusalOnly(error: unknown): false {
  if ((error as { responseStatus?: string } | null)?.responseStatus) return false;
  throw error;
}

function assertSame(client: ImapFlow, folder: string, watched: string, uidValidity: string): void {
  if (folder !== watched || !client.mailbox) return;
  if (String(client.mailbox.uidValidity) !== uidValidity)
    throw new Failure('imap-refused', 'UIDVALIDITY changed while the folder was open');
}

/** `3,4,5,9` as `3:5,9` (RFC 9051 §9, sequence-set). */
export function rangeOf(uids: number[]): string {
  const sorted = [...new Set(uids)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const uid of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] === uid - 1) last[1] = uid;
    else ranges.push([uid, uid]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`)).join(',');
}

function dateOf(value: Date | string | undefined): Date {
  const date = new Date(value ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}

/** imapflow has no time limit of its own on a command: a silent server costs the connection. */
async function timeLimited<T>(client: ImapFlow, work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Failure('imap-unreachable', `no answer within ${Math.round(ms / 1000)} s`));
      client.close();
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The items of a FETCH, each within the time limit. */
async function* bounded(
  client: ImapFlow,
  items: AsyncGenerator<FetchMessageObject, unknown, undefined>,
  ms: number,
): AsyncGenerator<FetchMessageObject> {
  for (;;) {
    const next = await timeLimited(client, items.next(), ms);
    if (next.done) return;
    yield next.value;
  }
}
