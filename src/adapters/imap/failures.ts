/** What imapflow throws, as failures that an admin understands. */
import { Failure, type FailureCode } from '../../domain/failure.ts';

const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/;

/** @param refused the code for a NO or BAD of the server. The detail holds the server's own words, never ours to it. */
export function imapFailure(error: unknown, refused: FailureCode = 'imap-refused'): Failure {
  if (error instanceof Failure) return error;
  const { code, authenticationFailed, responseStatus, responseText, message } = error as {
    code?: string;
    authenticationFailed?: boolean;
    responseStatus?: string;
    responseText?: string;
    message?: string;
  };
  if (authenticationFailed) return new Failure('imap-login', responseText ?? 'login refused', { cause: error });
  if (code !== undefined && TLS.test(code)) return new Failure('imap-tls', code, { cause: error });
  if (responseStatus) return new Failure(refused, `${responseStatus} ${responseText ?? ''}`.trim(), { cause: error });
  return new Failure('imap-unreachable', code ?? message ?? 'connection lost', { cause: error });
}
