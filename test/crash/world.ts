/** Everything outside of the program in a crash run: it survives the kills, and it fails at random while it is told to. */
import { startS3 } from '../../src/sandbox/s3.ts';
import { type CaughtMail, startSmtp } from '../../src/sandbox/smtp.ts';
import { startV3, type V3StandIn } from '../../src/sandbox/v3.ts';
import type { Fault } from '../../src/sandbox/v3-faults.ts';
import { type Break, startFaultyProxy } from './faulty-proxy.ts';
import { type Inboxes, startInboxes } from './inboxes.ts';
import type { Random } from './random.ts';

/** V3's window is 60 s; 2,000 jobs would take 40 minutes. The program is told the same one. */
export const WINDOW_SECONDS = 1;

export type World = {
  inboxes: Inboxes;
  v3: V3StandIn;
  /** Every reply that the SMTP server took, lost acknowledgements too. */
  replies: CaughtMail[];
  /** Ends the random faults: what comes from now on works. */
  mend(): void;
  /** The configuration of the program. */
  config(dataFolder: string, ledger: string): object;
  close(): Promise<void>;
};

/** How the program itself looks at a document. */
const OUR_RANGE = 'bytes=0-0';

const V3_FAULTS: Fault[] = [
  { kind: 'timeout-before' },
  { kind: 'timeout-before', hang: true },
  { kind: 'timeout-after' },
  { kind: 'timeout-after' },
  { kind: 'timeout-after', hang: true },
  { kind: 'error' },
  { kind: 'error', stored: true },
  { kind: 'html' },
  { kind: 'html', stored: true },
  { kind: 'empty', status: 503 },
  { kind: 'empty', status: 200 },
  { kind: 'slow', ms: 400 },
];

export async function startWorld(random: Random, mailboxes: string[], imap: 'auto' | 'dovecot' | 'in-process'): Promise<World> {
  let failing = true;
  const closers: { close(): Promise<void> }[] = [];
  const started = <T extends { close(): Promise<void> }>(one: T): T => {
    closers.unshift(one);
    return one;
  };
  const chance = (probability: number) => failing && random.chance(probability);

  const inboxes = started(await startInboxes(imap, mailboxes));
  const imapBreak = (): Break | null => {
    if (!chance(0.4)) return null;
    return { kind: random.pick(['cut', 'bye']), afterBytes: random.between(200, 60_000) };
  };
  const imapProxies = new Map<string, number>();
  for (const name of mailboxes) imapProxies.set(name, started(await startFaultyProxy(inboxes.at(name), imapBreak)).port);

  const v3 = started(await startV3({ windowMs: WINDOW_SECONDS * 1000 }));
  v3.failWhile(() => (chance(0.003) ? { kind: 'throttled' } : chance(0.2) ? random.pick(V3_FAULTS) : null));

  const s3 = started(
    await startS3({
      // Not where V3 reads a document, which the program cannot see: it would refuse the job for good.
      fault: ({ method, headers }) => {
        if ((method === 'GET' && headers.range !== OUR_RANGE) || !chance(0.15)) return null;
        return random.pick(['unavailable', 'cut']);
      },
    }),
  );

  const replies: CaughtMail[] = [];
  const smtp = started(
    await startSmtp({
      refuse: () => (chance(0.1) ? { code: random.pick([421, 450, 451, 452]), text: '4.3.0 try again later' } : null),
      onMail: (mail) => {
        if (chance(0.05)) throw new Error('later');
        replies.push(mail);
        if (chance(0.05)) smtpProxy.cutAll(); // its 250 is lost
      },
    }),
  );
  const smtpProxy = started(
    await startFaultyProxy(smtp, () => (chance(0.05) ? { kind: 'cut', afterBytes: random.between(0, 300) } : null)),
  );

  return {
    inboxes,
    v3,
    replies,
    mend() {
      failing = false;
    },
    config: (dataFolder, ledger) => ({
      dataFolder,
      ledger,
      agency: { name: 'Brightkeys Lettings', staff: ['brightkeys.example'], phones: ['0113 496 0100'] },
      v3: { url: v3.url, timeoutSeconds: 2, windowSeconds: WINDOW_SECONDS },
      s3: {
        endpoint: s3.endpoint,
        region: s3.region,
        bucket: s3.bucket,
        accessKeyId: s3.accessKeyId,
        secretAccessKey: s3.secretAccessKey,
        pathStyle: true,
      },
      smtp: { host: smtp.host, port: smtpProxy.port, tls: 'none', timeoutSeconds: 3 },
      branches: { leeds: { shortName: 'brightkeys', branchID: '0042', apiKey: v3.apiKey } },
      mailboxes: mailboxes.map((name) => {
        const { host, user, password } = inboxes.at(name);
        return {
          name,
          branch: 'leeds',
          imap: { host, port: imapProxies.get(name), tls: 'none', user, password, timeoutSeconds: 5 },
          replyFrom: { name: 'Brightkeys Repairs', address: `${name}@brightkeys.example` },
          pollSeconds: 2,
        };
      }),
      retry: { firstSeconds: 0.2, mostSeconds: 2 },
    }),
    async close() {
      for (const one of closers) await one.close();
    },
  };
}
