/** An SMTP server in this process that hands on what it takes: no TLS, any user name and password, none needed. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';

export type CaughtMail = { raw: Buffer; from: string; to: string[] };

export type SmtpOptions = {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Called with each mail before it is acknowledged; when it rejects, the client is told to try later (451). */
  onMail(mail: CaughtMail): void | Promise<void>;
  /** Asked for each recipient; an SMTP code (4xx, 5xx) with its text refuses it. */
  refuse?: (rcpt: string) => { code: number; text: string } | null;
};

export type SmtpStandIn = { host: string; port: number; close(): Promise<void> };

/** Resolves when it listens on 127.0.0.1. */
export async function startSmtp(options: SmtpOptions): Promise<SmtpStandIn> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 50, // ms; the package waits 30 s for clients that stay
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? 'nobody' }),
    onRcptTo: (rcpt, _session, callback) => {
      const refusal = options.refuse?.(rcpt.address) ?? null;
      callback(refusal && smtpError(refusal.code, refusal.text));
    },
    onData: (stream, session, callback) => {
      const { mailFrom, rcptTo } = session.envelope;
      readAll(stream)
        .then((raw) => options.onMail({ raw, from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) }))
        .then(
          () => callback(),
          () => callback(smtpError(451, 'Requested action aborted: local error in processing')),
        );
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      server.off('error', reject);
      server.on('error', () => undefined); // a client that breaks off is no error of the stand-in's
      resolve();
    });
  });
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
