/** The real flow on a ledger in memory, with nothing outside: what it decides is what the service would decide. */
import { createReadStream } from 'node:fs';
import { openMemoryLedger } from '../../adapters/ledger/memory.ts';
import { keptTemplates } from '../../adapters/templates/kept.ts';
import { openWording } from '../../adapters/wording/liquid.ts';
import { Failure, failureOf } from '../../domain/failure.ts';
import type { Message } from '../../domain/message.ts';
import type { Report, ReportDocument } from '../../domain/report.ts';
import { advance } from '../../pipeline/advance.ts';
import type { Flow } from '../../pipeline/flow.ts';
import type { Claim, Ledger, Settlement } from '../../pipeline/ports.ts';
import { jobOf } from '../../pipeline/submit.ts';
import { takeNext } from '../../pipeline/take.ts';
import type { Template } from '../../reading/template.ts';
import { understand } from '../../reading/understand.ts';
import type { Config } from '../config.ts';
import { type MailboxConfig, settingsOf, settledMailbox } from '../mailboxes.ts';
import { BUNDLED_TEMPLATES, REPLY_TEXTS } from '../place.ts';

/** What a mail became. `report` and what follows only for one that opened or completed a report. */
export type Rehearsed = {
  outcome: 'job' | 'needs-info' | 'ignored' | 'follow-up' | 'duplicate' | 'held';
  reason: string;
  report?: Report;
  documents?: ReportDocument[];
  /** The text of the reply, or null where none may be sent. */
  reply?: string | null;
};

export type RehearsedMail = { identity: string; file: string; bytes: number; receivedAt: Date; message: Message };

export type Rehearsal = {
  /** As if it had come into the mailbox, and every step of its report had gone well. */
  take(mail: RehearsedMail): Promise<Rehearsed>;
  close(): Promise<void>;
};

const FOLDER = 'INBOX';
const YEARS_MS = 100 * 365 * 86_400_000;
const never = new AbortController().signal;

export async function openRehearsal(config: Config, mailbox: MailboxConfig, ledger: Ledger = openMemoryLedger()): Promise<Rehearsal> {
  const settings = settingsOf(config);
  const known = config.directory === undefined ? null : await directoryOf(config.directory, config);
  const templates = await templatesOf(config);
  let mail: RehearsedMail | null = null;
  let settled: Settlement | null = null;
  let reply: string | null = null;
  let uid = 0;
  const nothing = () => undefined;
  const nowhere = () => Promise.reject(new Failure('unexpected', 'a rehearsal reaches nothing outside'));
  const flow: Flow = {
    ledger,
    raws: { keep: nowhere, open: (path) => createReadStream(path) },
    mime: {
      parse: async () => current().message,
      read: async (_, context) => ({ message: current().message, understanding: understand(current().message, context) }),
      extract: nowhere,
    },
    workshop: { finish: nowhere },
    documents: { publish: nowhere, check: nowhere, remove: nowhere, list: nothing as never },
    jobs: { submit: nowhere },
    outbox: {
      async send({ text }) {
        reply = text;
      },
    },
    wording: openWording(REPLY_TEXTS, []),
    log: { write: nothing },
    clock: { now: () => current().receivedAt },
    templates,
    mailboxes: new Map([[mailbox.name, { ...settledMailbox(config, mailbox), open: nowhere }]]),
    // Time passes between two mails, but nobody is reminded in a rehearsal.
    settings: { ...settings, conversation: { ...settings.conversation, reminderMs: YEARS_MS } },
    ...(known && { directory: { find: (email) => known.tenants.get(email.trim().toLowerCase()) ?? [] } }),
    watcher: {
      settled: (_, settlement) => {
        settled = settlement;
      },
      published: nothing,
      submitted: nothing,
      replied: nothing,
      filed: nothing,
    },
  };
  const current = (): RehearsedMail => {
    if (mail === null) throw new Error('no mail is rehearsed');
    return mail;
  };
  return {
    async take(next) {
      mail = next;
      settled = null;
      reply = null;
      uid += 1;
      const { identity, file, bytes, receivedAt } = next;
      const stored = await ledger.store(
        mailbox.name,
        FOLDER,
        '1',
        [{ identity, rawKey: file, bytes, tooLarge: false, receivedAt, uid }],
        receivedAt,
      );
      if (stored.added === 0) return { outcome: 'duplicate', reason: 'the same mail came before' };
      await takeNext(flow);
      const settlement = settled as Settlement | null;
      if (settlement === null) throw new Failure('unexpected', 'nothing was decided');
      const { outcome, reason, why, reference } = settlement;
      if (outcome === 'held') return { outcome, reason: why ? `${reason}: ${why}` : reason };
      if (outcome === 'set-aside') return { outcome: 'ignored', reason };
      if (outcome === 'adds' && reason !== 'answer') return { outcome: reason === 'duplicate' ? 'duplicate' : 'follow-up', reason: why };
      await advanceAll(flow);
      const report = await ledger.report(reference ?? '');
      if (report === null) throw new Failure('unexpected', 'its report is gone');
      const documents = (await ledger.documents(report.reference)).filter((one) => one.reference === report.reference);
      return { ...stateOf(report, outcome === 'adds' ? 'answer' : ''), report, documents, reply };
    },
    close: () => ledger.close(),
  };
}

/** The bundled ones as they are kept, where there are no others: what reads and checks YAML need not be loaded then. */
async function templatesOf({ templates }: Config): Promise<Template[]> {
  const kept = templates === undefined ? keptTemplates(BUNDLED_TEMPLATES) : null;
  if (kept !== null) return kept;
  const { loadTemplates } = await import('../../adapters/templates/load.ts');
  return loadTemplates([BUNDLED_TEMPLATES, ...(templates ? [templates] : [])], [BUNDLED_TEMPLATES]);
}

async function directoryOf(file: string, config: Config) {
  const { loadDirectory } = await import('../../adapters/directory/csv.ts');
  return loadDirectory(file, new Set(Object.keys(config.branches)));
}

function stateOf(report: Report, reason: string): Pick<Rehearsed, 'outcome' | 'reason'> {
  // What it lacks says more than that nobody can be asked; `replyTo` says that.
  if (report.stage === 'held' && report.failure?.code === 'nobody-to-ask') return { outcome: 'needs-info', reason: 'phone' };
  if (report.stage === 'held') return { outcome: 'held', reason: report.failure?.code ?? '' };
  if (report.stage === 'asking') return { outcome: 'needs-info', reason: 'phone' };
  return { outcome: 'job', reason };
}

/** Every step that needs no server is the real one; publishing and submitting are taken for done where the job is one that V3 would get. */
async function advanceAll(flow: Flow): Promise<void> {
  for (;;) {
    const claim = await flow.ledger.claimDue(flow.clock.now(), 60_000);
    if (claim === null) return;
    const { stage, reading } = claim.report;
    if (stage === 'read' && reading.values.TenantPhonePrimary !== undefined) await submitted(flow, claim);
    else await advance(flow, claim, never);
  }
}

async function submitted(flow: Flow, claim: Claim): Promise<void> {
  const now = flow.clock.now();
  const attempt = await flow.ledger.beginAttempt(claim, 'submit', now);
  try {
    jobOf(claim.report, []);
    await flow.ledger.endAttempt(claim, attempt, 'ok', '', { stage: 'submitted', dueAt: now }, now);
  } catch (error) {
    const { code, detail } = failureOf(error);
    const progress = { stage: 'held' as const, heldFrom: claim.report.stage, dueAt: null, failure: { code, detail } };
    await flow.ledger.endAttempt(claim, attempt, code, detail, progress, now);
  }
}
