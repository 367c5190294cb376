/** One watched IMAP folder over imapflow: lists, fetches, files, and waits for new mail. It never sets \Seen. */
import type { Readable } from 'node:stream';
import { Failure } from '../../domain/failure.ts';
import type { Arrival, Inbox } from '../../pipeline/ports.ts';
import { imapFailure } from './failures.ts';
import { fileMails, type KnownFolders, listed } from './file.ts';
import { bounded, boundedStream } from './limits.ts';
import { rangeOf } from './range.ts';
import { type Account, logIn, type Session, serverPath } from './session.ts';

export type InboxSettings = Account & { folder: string };

/** A large mail comes in pieces of so many bytes, each a command. */
const PIECE_BYTES = 1 << 20;
/** So many envelopes are fetched by one command. */
const ENVELOPES = 500;

/**
 * Connects, logs in and opens the folder. When `signal` aborts the connection is closed and every call rejects.
 * @throws Failure imap-unreachable, imap-tls, imap-login, imap-folder, imap-busy
 */
export async function openInbox(settings: InboxSettings, signal: AbortSignal): Promise<Inbox> {
  const session = await logIn(settings, signal);
  const { client, within } = session;
  try {
    const opened = await within(client.mailboxOpen(serverPath(client, settings.folder)));
    const folders = await listed(session);
    const sent = folders.find(({ specialUse }) => specialUse === '\\Sent')?.path ?? null;
    return inboxOf(session, settings.folder, String(opened.uidValidity), new Set(folders.map(({ path }) => path)), sent);
  } catch (error) {
    client.close();
    session.release();
    throw imapFailure(error, 'imap-folder');
  }
}

function inboxOf(session: Session, watched: string, uidValidity: string, known: KnownFolders, sentFolder: string | null): Inbox {
  const { client, within, timeoutMs } = session;
  let changed = false;
  let wake = () => {};
  const notice = () => {
    changed = true;
    wake();
  };
  client.on('exists', notice);
  client.on('expunge', notice);
  client.on('close', notice);

  /** Opens a folder for one piece of work. @returns what ends it */
  async function enter(folder: string): Promise<() => void> {
    try {
      const lock = await within(client.getMailboxLock(serverPath(client, folder)));
      return () => lock.release();
    } catch (error) {
      throw imapFailure(error);
    }
  }

  async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
    const leave = await enter(folder);
    try {
      return await work();
    } catch (error) {
      throw imapFailure(error);
    } finally {
      leave();
    }
  }

  /** A folder that was made anew (other UIDVALIDITY) ends the connection: its UIDs name other mails now. */
  function assertSame(): void {
    if (openedUidValidity(session) !== uidValidity) {
      throw new Failure('imap-refused', 'UIDVALIDITY changed while the folder was open');
    }
  }

  return {
    uidValidity,
    folder: watched,
    has: (folder) => known.has(serverPath(client, folder)),
    sentFolder,

    list: (fromUid) =>
      inFolder(watched, async () => {
        changed = false;
        // A folder that was deleted or renamed while it was open looks empty on some servers: a whole listing opens it anew.
        if (fromUid === 1) await within(client.mailboxOpen(serverPath(client, watched)));
        assertSame();
        const found: Arrival[] = [];
        const query = { uid: true, size: true, internalDate: true, flags: true };
        for await (const item of bounded(client, client.fetch(`${fromUid}:*`, query, { uid: true }), timeoutMs)) {
          // `n:*` names the last mail even when its UID is below n (RFC 9051 §9, seq-range).
          if (item.uid === undefined || item.uid < fromUid) continue;
          found.push({ uid: item.uid, bytes: item.size ?? 0, receivedAt: dateOf(item.internalDate), keywords: [...(item.flags ?? [])] });
        }
        return found.sort((a, b) => a.uid - b.uid);
      }),

    async *fetch(uids) {
      if (uids.length === 0) return;
      const leave = await enter(watched);
      try {
        assertSame();
        for await (const item of bounded(client, client.fetch(rangeOf(uids), { uid: true, source: true }, { uid: true }), timeoutMs)) {
          if (item.uid !== undefined && item.source !== undefined) yield { uid: item.uid, raw: item.source };
        }
      } catch (error) {
        throw imapFailure(error);
      } finally {
        leave();
      }
    },

    async download(uid) {
      const leave = await enter(watched);
      try {
        assertSame();
        const asked = client.download(String(uid), undefined, { uid: true, chunkSize: PIECE_BYTES });
        const { content } = (await within(asked)) as { content?: Readable };
        if (content !== undefined) return boundedStream(client, content, timeoutMs, leave);
      } catch (error) {
        leave();
        throw imapFailure(error);
      }
      leave();
      return null;
    },

    fetchHeader: (uid) =>
      inFolder(watched, async () => {
        assertSame();
        const item = await within(client.fetchOne(String(uid), { uid: true, headers: true }, { uid: true }));
        return item ? (item.headers ?? null) : null;
      }),

    messageIds: (since) =>
      inFolder(watched, async () => {
        assertSame();
        const uids = (await within(client.search({ since }, { uid: true }))) || [];
        const ids: string[] = [];
        for (let start = 0; start < uids.length; start += ENVELOPES) {
          const range = rangeOf(uids.slice(start, start + ENVELOPES));
          for await (const { envelope } of bounded(client, client.fetch(range, { uid: true, envelope: true }, { uid: true }), timeoutMs))
            if (envelope?.messageId) ids.push(envelope.messageId);
        }
        return ids;
      }),

    file: (from, to, marks) =>
      inFolder(from.folder, async () => {
        if (openedUidValidity(session) !== from.uidValidity) return [];
        return fileMails(session, known, from.uids, to, marks);
      }),

    async wait(ms, signal) {
      if (changed || signal.aborted) return;
      await inFolder(watched, async () => undefined);
      if (changed || signal.aborted || !client.usable) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = () => {};
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done, { once: true });
        wake = done;
        client.idle().catch(() => undefined); // the next command ends it; a lost connection shows as 'close'
      });
    },

    async close() {
      session.release();
      const logout = client.logout().catch(() => undefined);
      await Promise.race([logout, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
      client.close();
    },
  };
}

function openedUidValidity({ client }: Session): string {
  return client.mailbox ? String(client.mailbox.uidValidity) : '';
}

function dateOf(value: Date | string | undefined): Date {
  const date = new Date(value ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
