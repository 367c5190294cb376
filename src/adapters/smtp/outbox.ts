/** Sends replies by SMTP with nodemailer: one recipient, marked as automatic, with nothing in it that could add a header or an address. */
import { createTransport } from 'nodemailer';
import { Failure } from '../../domain/failure.ts';
import type { Outbox, Reply } from '../../pipeline/ports.ts';

export type OutboxSettings = {
  host: string;
  port: number;
  tls: 'implicit' | 'starttls' | 'none';
  user?: string;
  password?: string;
  timeoutMs: number;
};

/** A connection a reply: replies are few, and a pooled one that died is found out only by losing a reply. */
export function openOutbox(settings: OutboxSettings): Outbox & { close(): void } {
  const { host, port, tls, user, password, timeoutMs } = settings;
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(reply: Reply, signal: AbortSignal) {
      signal.throwIfAborted();
      try {
        await Promise.race([
          transport.sendMail({
            from: { name: oneLine(reply.from.name), address: reply.from.address },
            to: { name: oneLine(reply.to.name), address: reply.to.address },
            envelope: { from: reply.from.address, to: [reply.to.address] },
            subject: oneLine(reply.subject),
            text: reply.text,
            html: reply.html,
            ...(reply.attachments && {
              attachments: reply.attachments.map(({ name, mimeType, content }) => ({
                filename: oneLine(name),
                contentType: mimeType,
                content,
                contentDisposition: 'attachment' as const,
              })),
            }),
            messageId: reply.messageId,
            ...(reply.inReplyTo && { inReplyTo: reply.inReplyTo }),
            ...(reply.references.length > 0 && { references: reply.references }),
            // RFC 3834 §5; the second keeps Exchange's own replies away.
            headers: {
              'Auto-Submitted': reply.isNotice ? 'auto-generated' : 'auto-replied',
              'X-Auto-Response-Suppress': 'DR, RN, OOF, AutoReply',
            },
          }),
          late(timeoutMs * 2, signal),
        ]);
      } catch (error) {
        throw smtpFailure(error);
      }
    },
    close: () => transport.close(),
  };
}

function late(ms: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (why: string) => () => reject(new Failure('smtp-unreachable', why));
    setTimeout(stop(`no answer within ${Math.round(ms / 1000)} s`), ms).unref();
    signal.addEventListener('abort', stop('stopped'), { once: true });
  });
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\u0000-\u001f]+/g, ' ').trim();
}

/** Codes of Node's TLS errors, which nodemailer keeps beside its own. */
const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/;

function smtpFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code, originalCode, responseCode, response, command } = error as Partial<
    Record<'code' | 'originalCode' | 'response' | 'command', string>
  > & {
    responseCode?: number;
  };
  const detail = [code, response?.replace(/[^\s<>@]+@[^\s<>@]+/g, '…@…').slice(0, 200)].filter(Boolean).join(' ') || 'no answer';
  if (code === 'ETLS' || TLS.test(originalCode ?? '')) return new Failure('smtp-tls', originalCode ?? 'no STARTTLS', { cause: error });
  if (code === 'EAUTH') return new Failure('smtp-login', detail, { cause: error });
  if (responseCode !== undefined && command !== 'CONN') {
    if (responseCode >= 500) return new Failure('smtp-refused', detail, { cause: error });
    if (responseCode >= 400) return new Failure('smtp-later', detail, { cause: error });
  }
  return new Failure(code === 'EENVELOPE' && responseCode === undefined ? 'smtp-refused' : 'smtp-unreachable', detail, { cause: error });
}
