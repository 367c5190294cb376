/** `faultline audit`: compares inbox, ledger, store and jobs, and accounts for every message. It changes nothing. */
import type { Failure } from '../../domain/failure.ts';
import { failureOf } from '../../domain/failure.ts';
import type { Branch } from '../../domain/mailbox.ts';
import { FOLDERS } from '../../domain/report.ts';
import type { Flow, Mailbox } from '../../pipeline/flow.ts';
import type { Account } from '../../pipeline/ports.ts';
import { HAD_BEFORE } from '../../pipeline/submit.ts';

/** `note`: nothing to do. `waits`: the service does it by itself. `look`: a person must look. */
export type Level = 'note' | 'waits' | 'look';

const FINDINGS = {
  'mailbox-unreachable': ['look', 'the mailbox could not be listed', 'see the detail; the audit of its mails is incomplete'],
  'not-taken': ['waits', 'in the inbox, and not in the ledger yet', 'faultline run (or once) takes them'],
  'not-read': ['waits', 'in the ledger, and not read yet', 'faultline run reads them'],
  'to-be-filed': ['waits', 'decided, and not filed in the mailbox yet', 'faultline run files them'],
  'under-way': ['waits', 'on their way to V3', 'faultline reports shows what each waits for'],
  'outcome-unknown': [
    'waits',
    'a submission was cut off before V3 answered',
    'it is tried again with the same ExternalID, so no second job comes of it',
  ],
  late: ['look', 'due for more than an hour', 'is the service running? faultline reports shows the failure of each'],
  'raw-missing': ['look', 'the raw mail is gone although work is left to do', 'restore it from a backup, or key the job in by hand'],
  held: ['look', 'held for a person', 'faultline reports --stage held, and the folder of held mails'],
  'report-missing': [
    'look',
    'a message opened a report that the ledger does not have',
    'restore the ledger from a backup, or bring the mail back into the inbox',
  ],
  'job-unrecorded': ['look', 'counted as done although no job is recorded', 'look the reference up at agentOS'],
  'found-filed': ['note', 'filed by an earlier ledger', 'nothing: their jobs are at V3 and nobody is told again'],
  'had-before': ['note', 'V3 had the job before this ledger', 'nothing: it was submitted from an earlier ledger, and nobody is told again'],
  'moved-away': ['note', 'not where the ledger saw it last', 'nothing: somebody moved or deleted the mail'],
  'unknown-in-folder': [
    'note',
    "in a folder of Faultline's, and not in the ledger",
    'nothing, if somebody put them there; bring them into the inbox to have them read',
  ],
  'store-unreachable': ['look', 'the store could not be listed', 'see the detail; the audit of documents is incomplete'],
  'document-unreachable': ['look', 'a document of a job cannot be read by a stranger', 'check s3.public and the bucket policy'],
  'document-expired': ['note', 'the URL of a document has ended', 'nothing: V3 has had its time to read it'],
  'document-unknown': ['note', 'in the store, and not in the ledger', 'an earlier ledger or another program put it there'],
} as const satisfies Record<string, readonly [Level, string, string]>;

export type FindingCode = keyof typeof FINDINGS;
/** `examples`: references, or the first characters of identities, UIDs and keys; at most so many. */
export type Finding = { code: FindingCode; level: Level; what: string; toDo: string; count: number; examples: string[] };

/** `messages`: what became of each message of the ledger; their sum is `total`. */
export type Audit = {
  total: number;
  messages: Record<string, number>;
  mails: { mailbox: string; folder: string; mails: number }[];
  documents: { inStore: number; readable: number };
  findings: Finding[];
};

const PAGE = 500;
const MOST_EXAMPLES = 10;
const LATE_MS = 3_600_000;
const CHECKS_AT_ONCE = 4;

class Findings {
  readonly #found = new Map<FindingCode, { count: number; examples: string[] }>();

  add(code: FindingCode, example: string): void {
    const known = this.#found.get(code) ?? { count: 0, examples: [] };
    known.count += 1;
    if (known.examples.length < MOST_EXAMPLES) known.examples.push(example);
    this.#found.set(code, known);
  }

  list(): Finding[] {
    return (Object.keys(FINDINGS) as FindingCode[]).flatMap((code) => {
      const found = this.#found.get(code);
      if (found === undefined) return [];
      const [level, what, toDo] = FINDINGS[code];
      return [{ code, level, what, toDo, ...found }];
    });
  }
}

/** @throws Failure ledger-*; a mailbox or store that cannot be reached is a finding */
export async function audit(flow: Flow, signal: AbortSignal): Promise<Audit> {
  const findings = new Findings();
  const onServer = new OnServer();
  for (const mailbox of flow.mailboxes.values()) await look(mailbox, onServer, findings, signal);

  const messages: Record<string, number> = {};
  let total = 0;
  for (let after = 0; ; ) {
    const page = await flow.ledger.accounts(after, PAGE);
    if (page.length === 0) break;
    for (const account of page) {
      const name = await became(flow, account, findings);
      messages[name] = (messages[name] ?? 0) + 1;
      total += 1;
      comparePlaces(account, onServer, findings);
      after = account.position;
    }
  }
  const documents = await compareStore(flow, findings, signal);
  for (const { mailbox, folder, isWatched, uid } of onServer.left())
    findings.add(isWatched ? 'not-taken' : 'unknown-in-folder', `${mailbox} ${folder} ${uid}`);
  return { total, messages, mails: onServer.counts, documents, findings: findings.list() };
}

type Place = { mailbox: string; folder: string; isWatched: boolean; uid: number };

/** The mails that lie on the servers; those that the ledger knows are crossed off. */
class OnServer {
  readonly counts: Audit['mails'] = [];
  readonly #mails = new Map<string, Place>();
  readonly #listed = new Set<string>();

  listed(mailbox: string, folder: string, uidValidity: string, uids: number[], isWatched: boolean): void {
    this.counts.push({ mailbox, folder, mails: uids.length });
    this.#listed.add(keyOf(mailbox, folder));
    for (const uid of uids) this.#mails.set(keyOf(mailbox, folder, uidValidity, uid), { mailbox, folder, isWatched, uid });
  }

  /** @returns whether it is there, or null when that folder was not listed */
  cross(mailbox: string, folder: string, uidValidity: string, uid: number): boolean | null {
    if (!this.#listed.has(keyOf(mailbox, folder))) return null;
    return this.#mails.delete(keyOf(mailbox, folder, uidValidity, uid));
  }

  left(): Iterable<Place> {
    return this.#mails.values();
  }
}

function keyOf(...parts: (string | number)[]): string {
  return parts.join('\0');
}

async function look(mailbox: Mailbox, onServer: OnServer, findings: Findings, signal: AbortSignal): Promise<void> {
  const list = async (folder?: string) => {
    const inbox = await mailbox.open(signal, folder);
    try {
      const arrivals = await inbox.list(1, signal);
      const uids = arrivals.map(({ uid }) => uid);
      onServer.listed(mailbox.name, inbox.folder, inbox.uidValidity, uids, folder === undefined);
    } finally {
      await inbox.close().catch(() => undefined);
    }
  };
  try {
    await list();
    for (const outcome of FOLDERS) await list(mailbox.folders[outcome]).catch(unlessMissing);
  } catch (error) {
    const { code, detail } = failureOf(error);
    findings.add('mailbox-unreachable', `${mailbox.name}: ${code}: ${detail}`);
  }
}

function unlessMissing(error: unknown): void {
  if ((error as Failure).code !== 'imap-folder') throw error;
}

/** @returns the name under which the message is counted */
async function became(flow: Flow, account: Account, findings: Findings): Promise<string> {
  const { outcome, reason, report, identity, foundFiled } = account;
  const example = account.reference ?? identity.slice(0, 12);
  if (foundFiled) findings.add('found-filed', example);
  if (outcome === null) {
    findings.add('not-read', example);
    await checkRaw(flow, account, findings);
    return 'not read yet';
  }
  if (outcome === 'held') {
    findings.add('held', example);
    return `held: ${reason}`;
  }
  if (outcome !== 'opens') return `${outcome === 'adds' ? 'added' : 'set aside'}: ${reason}`;
  if (report === null) {
    findings.add('report-missing', example);
    return 'opened a report that is gone';
  }
  if (report.submitted === HAD_BEFORE) findings.add('had-before', example);
  if (report.stage === 'confirmed') {
    if (!report.hasJob && !foundFiled) findings.add('job-unrecorded', example);
    return foundFiled ? 'a job of an earlier ledger' : 'a job';
  }
  await checkRaw(flow, account, findings);
  if (report.stage === 'asking') return 'asked for what is missing';
  if (report.stage === 'held') {
    findings.add('held', example);
    return `held: ${report.failure ?? ''}`;
  }
  findings.add('under-way', example);
  if (report.unknown && report.stage === 'published') findings.add('outcome-unknown', example);
  if (report.dueAt !== null && flow.clock.now().getTime() - report.dueAt.getTime() > LATE_MS) findings.add('late', example);
  return report.stage === 'submitted' ? 'a job, and the sender is not told yet' : 'under way to V3';
}

async function checkRaw(flow: Flow, { rawKey, reference, identity }: Account, findings: Findings): Promise<void> {
  const stream = flow.raws.open(rawKey);
  try {
    for await (const _ of stream) break;
  } catch (error) {
    if (failureOf(error).code !== 'raw-missing') throw error;
    findings.add('raw-missing', reference ?? identity.slice(0, 12));
  } finally {
    stream.destroy();
  }
}

function comparePlaces({ placements, reference, identity }: Account, onServer: OnServer, findings: Findings): void {
  for (const { mailbox, folder, uidValidity, uid, isFiled } of placements) {
    const isThere = onServer.cross(mailbox, folder, uidValidity, uid);
    if (isThere === false) findings.add('moved-away', reference ?? identity.slice(0, 12));
    else if (!isFiled) findings.add('to-be-filed', reference ?? identity.slice(0, 12));
  }
}

/** @returns null when its mailbox is no longer configured */
async function branchOf(flow: Flow, reference: string): Promise<Branch | null> {
  const report = await flow.ledger.report(reference);
  return (report && flow.mailboxes.get(report.mailbox)?.branch) ?? null;
}

/** Reads every document of the ledger as a stranger would, and looks for others in the store. */
async function compareStore(flow: Flow, findings: Findings, signal: AbortSignal): Promise<Audit['documents']> {
  const known = new Set<string>();
  let readable = 0;
  for (let after = ''; ; ) {
    const page = await flow.ledger.documentsInStore(after, PAGE);
    if (page.length === 0) break;
    const queue = [...page];
    const check = async () => {
      for (let document = queue.shift(); document; document = queue.shift()) {
        const { key, url, published, expiresAt, reference } = document;
        known.add(key);
        if (url === null || published === null) continue;
        if (expiresAt !== null && expiresAt <= flow.clock.now()) findings.add('document-expired', key);
        else
          try {
            const branch = await branchOf(flow, reference);
            if (branch === null) continue;
            await flow.documents.check(url, { ...published, branch }, signal);
            readable += 1;
          } catch (error) {
            signal.throwIfAborted();
            findings.add('document-unreachable', `${key}: ${failureOf(error).detail}`);
          }
      }
    };
    await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, check));
    after = page.at(-1)?.key ?? after;
  }
  try {
    for await (const { key } of flow.documents.list(signal)) if (!known.has(key)) findings.add('document-unknown', key);
  } catch (error) {
    signal.throwIfAborted();
    const { code, detail } = failureOf(error);
    findings.add('store-unreachable', `${code}: ${detail}`);
  }
  return { inStore: known.size, readable };
}
