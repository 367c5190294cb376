/** All four stand-ins together, each on a free port of loopback: what the demo and the whole-program tests run against. */
import { type ImapStandIn, startImap } from './imap.ts';
import { type S3StandIn, startS3 } from './s3.ts';
import { type CaughtMail, type SmtpStandIn, startSmtp } from './smtp.ts';
import { startV3, type V3StandIn } from './v3.ts';

/** A reply as it went out. `at`: milliseconds since 1970. */
export type SentReply = CaughtMail & { at: number };

export type Sandbox = {
  imap: ImapStandIn;
  smtp: SmtpStandIn;
  s3: S3StandIn;
  v3: V3StandIn;
  /** In the order in which they were sent. */
  sent: SentReply[];
  close(): Promise<void>;
};

/** Resolves when all four listen; when one cannot start, those that did are closed again. */
export async function startSandbox(): Promise<Sandbox> {
  const sent: SentReply[] = [];
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(started.map((standIn) => standIn.close()));
  };
  const keep = <T extends { close(): Promise<void> }>(standIn: T): T => {
    started.push(standIn);
    return standIn;
  };
  try {
    const imap = keep(await startImap());
    const smtp = keep(await startSmtp({ onMail: (mail) => void sent.push({ ...mail, at: Date.now() }) }));
    const s3 = keep(await startS3());
    const v3 = keep(await startV3());
    return { imap, smtp, s3, v3, sent, close };
  } catch (error) {
    await close();
    throw error;
  }
}
