/** Puts the service together: the only place that picks adapters. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openDirectory } from '../adapters/directory/csv.ts';
import { openBucket } from '../adapters/documents/bucket.ts';
import { openScanner } from '../adapters/documents/scanner.ts';
import { openWorkshop } from '../adapters/documents/workshop.ts';
import { openInbox } from '../adapters/imap/inbox.ts';
import { openLedger } from '../adapters/ledger/ledger.ts';
import { openPostgres } from '../adapters/ledger/postgres.ts';
import { openSqlite } from '../adapters/ledger/sqlite.ts';
import { openLog } from '../adapters/log/json-lines.ts';
import { openReadingPool } from '../adapters/mime/reading-pool.ts';
import { openRawBucket } from '../adapters/raws/bucket.ts';
import { openRawFolder } from '../adapters/raws/folder.ts';
import { openOutbox } from '../adapters/smtp/outbox.ts';
import { openJobs } from '../adapters/v3/jobs.ts';
import { openWording } from '../adapters/wording/liquid.ts';
import { failureOf } from '../domain/failure.ts';
import type { Flow, Mailbox } from '../pipeline/flow.ts';
import type { Clock, Ledger, Log, Raws, Watcher } from '../pipeline/ports.ts';
import type { Config } from './config.ts';
import { openTemplates } from './live-templates.ts';
import { settingsOf, settledMailbox, styleOf } from './mailboxes.ts';
import { REPLY_TEXTS } from './place.ts';

export type Wired = { flow: Flow; close(): Promise<void> };

/**
 * @param write takes the log, line by line
 * @param use `look`: beside a running service, to look and not to work
 * @throws Failure ledger-in-use, disk-full; TemplateError
 */
export async function wire(
  config: Config,
  write: (line: string) => void,
  watcher?: Watcher,
  use: 'work' | 'look' = 'work',
): Promise<Wired> {
  const wording = openWording(
    REPLY_TEXTS,
    config.mailboxes.map((mailbox) => styleOf(config, mailbox)),
  );
  const { ledger, clock } = await openLedgerAndClock(config, use);
  const raws = await openConfiguredRaws(config);
  const documents = openConfiguredBucket(config);
  const workshop = await openConfiguredWorkshop(config);
  const { user, password, timeoutSeconds, ...smtp } = config.smtp;
  const outbox = openOutbox({ ...smtp, ...(user && { user }), ...(password && { password }), timeoutMs: timeoutSeconds * 1000 });
  const keys = new Map(Object.values(config.branches).map((branch) => [`${branch.shortName}/${branch.branchID}`, branch.apiKey]));
  const log = openLog(write, () => new Date());
  const live = await openTemplates(config, log, (templates) => {
    flow.templates = templates;
  });
  const directory = await openConfiguredDirectory(config, log);
  const mime = openReadingPool();
  if (use === 'work') mime.start();
  const flow: Flow = {
    ledger,
    raws,
    mime,
    workshop,
    documents,
    jobs: openJobs({
      url: config.v3.url,
      apiKeyHeader: config.v3.apiKeyHeader,
      timeoutMs: config.v3.timeoutSeconds * 1000,
      apiKeyOf: (branch) => keys.get(`${branch.shortName}/${branch.branchID}`) ?? '',
    }),
    outbox,
    wording,
    log,
    clock,
    templates: live.templates,
    mailboxes: new Map(config.mailboxes.map((mailbox) => [mailbox.name, mailboxOf(config, mailbox)])),
    routed(name, branch) {
      const mailbox = config.mailboxes.find((one) => one.name === name);
      return mailbox && config.branches[branch] ? mailboxOf(config, { ...mailbox, branch }) : null;
    },
    settings: settingsOf(config),
    ...(directory && { directory }),
    ...(watcher && { watcher }),
  };
  return {
    flow,
    async close() {
      live.close();
      await mime.close();
      documents.close();
      raws.close();
      directory?.close();
      await workshop.close();
      outbox.close();
      await ledger.close();
    },
  };
}

/** @throws Error when the file cannot be read or has no column for the email */
async function openConfiguredDirectory(config: Config, log: Log): Promise<Awaited<ReturnType<typeof openDirectory>> | null> {
  if (config.directory === undefined) return null;
  return openDirectory(config.directory, new Set(Object.keys(config.branches)), (news) => {
    if (news.is === 'failed') return log.write({ event: 'directory-failed', why: news.why });
    log.write({ event: 'directory-loaded', rows: news.rows, badRows: news.badRows, ms: news.ms });
    for (const { line, why } of news.bad) log.write({ event: 'directory-bad-row', line, why });
  });
}

/** The store with the way of each branch to make documents public. */
export function openConfiguredBucket(config: Config): ReturnType<typeof openBucket> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey, pathStyle, prefix, public: usual } = config.s3;
  const ways = new Map(Object.values(config.branches).map((branch) => [`${branch.shortName}/${branch.branchID}`, branch.public ?? usual]));
  return openBucket({
    ...(endpoint && { endpoint }),
    region,
    bucket,
    keys: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null,
    pathStyle,
    prefix,
    publicWay: ({ shortName, branchID }) => ways.get(`${shortName}/${branchID}`) ?? usual,
    timeoutMs: 60_000,
  });
}

function openConfiguredWorkshop(config: Config): ReturnType<typeof openWorkshop> {
  const { longestSide, megapixels, scanner } = config.documents;
  const timeoutMs = (scanner?.timeoutSeconds ?? 0) * 1000;
  return openWorkshop({
    folder: join(config.dataFolder, 'work'),
    longestSide,
    mostPixels: megapixels * 1_000_000,
    imageTimeoutMs: 30_000,
    imageMemory: 1 << 30,
    scanner:
      scanner === undefined
        ? null
        : openScanner(
            scanner.socket === undefined ? { host: scanner.host, port: scanner.port, timeoutMs } : { socket: scanner.socket, timeoutMs },
          ),
  });
}

/** @throws Failure raws-public, store-unreachable, store-refused, disk-full */
export async function openConfiguredRaws(config: Config): Promise<Raws & { close(): void }> {
  if (config.raws === 'folder') return { ...(await openRawFolder(join(config.dataFolder, 'mails'))), close: () => undefined };
  const { endpoint, region, bucket, rawsBucket, rawsPrefix, accessKeyId, secretAccessKey, pathStyle } = config.s3;
  return openRawBucket({
    ...(endpoint && { endpoint }),
    region,
    bucket: rawsBucket ?? bucket,
    keys: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null,
    pathStyle,
    prefix: rawsPrefix,
    spoolFolder: join(config.dataFolder, 'spool'),
    timeoutMs: 60_000,
  });
}

/** Whether a ledger can be looked into: the service has run here, or it is a database elsewhere. */
export function hasLedger(config: Config): boolean {
  return config.ledger === 'sqlite' ? existsSync(join(config.dataFolder, 'ledger.sqlite')) : !config.ledger.startsWith('${');
}

/** @param use `look`: beside a running service. @throws Failure ledger-in-use, ledger-unreachable, ledger-newer, disk-full */
export async function openConfiguredLedger(config: Config, use: 'work' | 'look'): Promise<Ledger> {
  return (await openLedgerAndClock(config, use)).ledger;
}

/** Workers that share a ledger have its time too, so that leases and the budget of a key mean the same to all. */
async function openLedgerAndClock(config: Config, use: 'work' | 'look'): Promise<{ ledger: Ledger; clock: Clock }> {
  try {
    await mkdir(config.dataFolder, { recursive: true });
  } catch (error) {
    throw failureOf(error);
  }
  const ownClock = { now: () => new Date() };
  if (config.ledger === 'sqlite') {
    const { db, release } = await openSqlite(config.dataFolder, use);
    return { ledger: openLedger(db, release), clock: ownClock };
  }
  // A command that needs no other secret may be run without the environment that the service has.
  if (config.ledger.startsWith('${'))
    throw new Error(`the environment has no ${config.ledger.slice(2, -1)}, which ledger in ${config.file} needs`);
  const { db, release, worker, presence } = await openPostgres(config.ledger, use);
  return { ledger: openLedger(db, release, { worker, presence }), clock: presence ?? ownClock };
}

function mailboxOf(config: Config, mailbox: Config['mailboxes'][number]): Mailbox {
  const { host, port, tls, user, password, folder, timeoutSeconds } = mailbox.imap;
  return {
    ...settledMailbox(config, mailbox),
    open: (signal, other = folder) =>
      openInbox(
        { host, port, tls, user, password, folder: other, timeoutMs: timeoutSeconds * 1000, mailBytes: config.limits.mailBytes },
        signal,
      ),
  };
}
