/** A logged-in IMAP connection with what imapflow leaves out: time limits, the server's own folder names, and why a command was refused. */
import { ImapFlow } from 'imapflow';
import { Failure } from '../../domain/failure.ts';
import { imapFailure, isRefusal } from './failures.ts';
import { timeLimited } from './limits.ts';

export type Account = {
  host: string;
  port: number;
  tls: 'implicit' | 'starttls' | 'none';
  user: string;
  /** OAuth2 tokens take their place beside it. */
  password: string;
  /** For a connection and for each command. */
  timeoutMs: number;
  /** The largest mail that is fetched; larger literals are refused by the client. */
  mailBytes: number;
};

export type Session = {
  client: ImapFlow;
  timeoutMs: number;
  /** Waits for an answer. @throws what imapflow throws; Failure imap-unreachable when it takes too long */
  within<T>(work: Promise<T>): Promise<T>;
  /**
   * The same for the commands of which imapflow only tells that they failed: false when the server refused for good.
   * @throws Failure imap-unreachable, imap-busy
   */
  answered<T>(work: Promise<T>): Promise<T>;
  /** Lets go of the signal. */
  release(): void;
};

/** RFC 2177: an IDLE must be renewed at least every 29 minutes; we do it earlier, since routers forget sooner. */
const IDLE_MS = 20 * 60_000;

/**
 * Connects and logs in. When `signal` aborts the connection is closed and every call rejects.
 * @throws Failure imap-unreachable, imap-tls, imap-login, imap-busy
 */
export async function logIn(account: Account, signal: AbortSignal): Promise<Session> {
  signal.throwIfAborted();
  const { timeoutMs } = account;
  let refusal: unknown = null;
  const note = (entry: { err?: unknown }) => {
    if (entry.err !== undefined) refusal = entry.err;
  };
  const nothing = () => undefined;
  const client = new ImapFlow({
    host: account.host,
    port: account.port,
    secure: account.tls === 'implicit',
    doSTARTTLS: account.tls === 'starttls',
    auth: { user: account.user, pass: account.password },
    logger: { trace: nothing, debug: nothing, info: nothing, warn: note, error: note },
    disableAutoIdle: true,
    maxIdleTime: IDLE_MS,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: IDLE_MS + timeoutMs,
    maxLiteralSize: account.mailBytes + (1 << 20),
    maxResponseSize: account.mailBytes + (2 << 20),
  });
  const abort = () => client.close();
  const release = () => signal.removeEventListener('abort', abort);
  signal.addEventListener('abort', abort, { once: true });
  client.on('error', nothing); // a 'close' always follows
  const within = <T>(work: Promise<T>) => timeLimited(client, work, timeoutMs);
  try {
    await within(client.connect());
  } catch (error) {
    client.close();
    release();
    throw imapFailure(error);
  }
  return {
    client,
    timeoutMs,
    within,
    release,
    async answered(work) {
      refusal = null;
      const answer = await within(work);
      if (answer) return answer;
      // imapflow answers false for a lost connection too.
      if (!client.usable) throw new Failure('imap-unreachable', 'connection lost', { cause: refusal });
      if (refusal !== null && !isRefusal(refusal)) throw imapFailure(refusal);
      return answer;
    },
  };
}

/** A folder's name as configured, with / between levels, in the server's own namespace and with its own delimiter. */
export function serverPath(client: ImapFlow, name: string): string {
  const { prefix, delimiter } = client.namespace || { prefix: '', delimiter: '/' };
  const path = name.split('/').join(delimiter ?? '/');
  return path.toUpperCase() === 'INBOX' || path.startsWith(prefix) ? path : prefix + path;
}
