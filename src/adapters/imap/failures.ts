/** What imapflow throws, as failures that an admin understands. */
import { Failure, type FailureCode } from '../../domain/failure.ts';

const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/;

/** RFC 5530 §3 (LIMIT: RFC 9051 §7.1): the same command may well succeed later. */
const TEMPORARY = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'THROTTLED']);
/** Servers that say so in words only. */
const TOO_MANY = /too many|maximum number of|connection limit|throttl|try again later/i;

type Thrown = {
  code?: string;
  authenticationFailed?: boolean;
  responseStatus?: string;
  responseText?: string;
  serverResponseCode?: string;
  throttleReset?: number;
  tlsFailed?: boolean;
  reason?: string;
  message?: string;
};

/** @param refused the code for a NO or BAD of the server. The detail holds the server's own words, never ours to it. */
export function imapFailure(error: unknown, refused: FailureCode = 'imap-refused'): Failure {
  if (error instanceof Failure) return error;
  const { code, authenticationFailed, responseStatus, throttleReset, tlsFailed, message } = error as Thrown;
  const words = wordsOf(error as Thrown);
  if (code === 'ETHROTTLE') {
    return new Failure('imap-busy', 'throttled', { cause: error, ...(throttleReset && { afterMs: throttleReset }) });
  }
  if (isTemporary(error)) return new Failure('imap-busy', words, { cause: error });
  if (authenticationFailed) return new Failure('imap-login', words || 'login refused', { cause: error });
  if (tlsFailed || (code !== undefined && TLS.test(code))) return new Failure('imap-tls', code ?? message ?? '', { cause: error });
  if (responseStatus !== undefined && responseStatus !== 'BYE') {
    return new Failure(refused, `${responseStatus} ${words}`.trim(), { cause: error });
  }
  return new Failure('imap-unreachable', words || code || message || 'connection lost', { cause: error });
}

/** Whether the server refuses for now only. */
function isTemporary(error: unknown): boolean {
  const thrown = error as Thrown;
  if (thrown.serverResponseCode !== undefined && TEMPORARY.has(thrown.serverResponseCode.toUpperCase())) return true;
  return TOO_MANY.test(wordsOf(thrown));
}

/** A refusal for good of one command (NO, BAD): an answer, after which the connection can be used. */
export function isRefusal(error: unknown): boolean {
  const status = (error as Thrown | null)?.responseStatus;
  return (status === 'NO' || status === 'BAD') && !isTemporary(error);
}

/** Servers like to name the account in their words. */
function wordsOf({ responseText, reason }: Thrown): string {
  return (responseText ?? reason ?? '').replace(/[^\s<>@]+@[^\s<>@]+/g, '…@…').slice(0, 200);
}
