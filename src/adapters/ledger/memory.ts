/**
 * A ledger that lives as long as the command that rehearses mails: the decisions of the real one, without a database to load, for one
 * mailbox and one worker. A test runs every labelled mail on both, and their answers must be the same.
 */
import { Failure } from '../../domain/failure.ts';
import type { Priority } from '../../domain/job.ts';
import type { Attempt, Report, ReportDocument } from '../../domain/report.ts';
import { canonical, type Sending } from '../../pipeline/correspondence.ts';
import type { Ledger, StoredMessage } from '../../pipeline/ports.ts';
import type { Known } from '../../reading/threads.ts';

type Rehearsed = Pick<
  Ledger,
  | 'store'
  | 'takeMessage'
  | 'putBack'
  | 'message'
  | 'messagesOf'
  | 'findByMarks'
  | 'referenceTaken'
  | 'settle'
  | 'addMarks'
  | 'report'
  | 'documents'
  | 'claimDue'
  | 'beginAttempt'
  | 'endAttempt'
  | 'attempts'
  | 'permitReply'
  | 'countedReply'
  | 'wasTold'
  | 'blockAddress'
  | 'close'
>;
type Sent = Sending & { at: Date };

const URGENCY: Record<Priority, number> = { Emergency: 0, High: 1, Medium: 2, Low: 3 };
const HOUR_MS = 3_600_000;
/** A question older than this counts no more as being without answer. */
const OPEN_MS = 30 * 24 * HOUR_MS;

/** Every other method of the port rejects: a rehearsal has no server, no second worker and no budget. */
export function openMemoryLedger(): Ledger {
  return new Proxy(rehearsed() as Ledger, {
    get: (methods, name, receiver) =>
      Reflect.get(methods, name, receiver) ?? (() => Promise.reject(new Failure('unexpected', `a rehearsal has no ${String(name)}`))),
  });
}

function rehearsed(): Rehearsed {
  const messages = new Map<string, StoredMessage>();
  const reports = new Map<string, Report>();
  const documents: ReportDocument[] = [];
  const attempts: Attempt[] = [];
  const marks = new Map<string, Set<string>>();
  const sent = new Map<string, Sent>();
  const blocked = new Map<string, Date>();

  const reportOf = (reference: string): Report => {
    const report = reports.get(reference);
    if (report === undefined) throw new Failure('lease-lost', reference);
    return report;
  };
  const mark = (reference: string, keys: string[]) => {
    for (const key of keys) marks.set(key, (marks.get(key) ?? new Set()).add(reference));
  };

  return {
    async store(mailbox, _folder, _uidValidity, arrived, storedAt) {
      let added = 0;
      for (const { identity, rawKey, bytes, tooLarge, receivedAt } of arrived) {
        if (messages.has(identity)) continue;
        added += 1;
        const settled = { outcome: null, reason: '', why: '', reference: null, subject: '' };
        messages.set(identity, { identity, mailbox, rawKey, bytes, tooLarge, receivedAt, storedAt, tries: 0, ...settled });
      }
      return { added, known: arrived.length - added };
    },

    async takeMessage() {
      const next = [...messages.values()].find((one) => one.outcome === null);
      if (next === undefined) return null;
      next.tries += 1;
      return { ...next, token: '', foundIn: null };
    },

    async putBack(identity) {
      const message = messages.get(identity);
      if (message !== undefined) message.tries -= 1;
    },

    async message(identity) {
      const message = messages.get(identity);
      return message === undefined ? null : { ...message };
    },

    async messagesOf(reference) {
      return [...messages.values()].filter((one) => one.reference === reference).map((one) => ({ ...one }));
    },

    async findByMarks(clues, { stages, since } = {}) {
      const known = new Map<string, Known>();
      for (const key of clues) {
        for (const reference of marks.get(key) ?? []) {
          const report = reports.get(reference);
          if (report === undefined || (stages && !stages.includes(report.stage)) || (since && report.createdAt < since)) continue;
          const { stage, createdAt, reading } = report;
          const one = known.get(reference) ?? { reference, stage, createdAt, reading: structuredClone(reading), matched: [] };
          if (!one.matched.includes(key)) one.matched.push(key);
          known.set(reference, one);
        }
      }
      return [...known.values()].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    },

    async referenceTaken(reference, identity) {
      const report = reports.get(reference);
      return report !== undefined && report.openedBy !== identity;
    },

    async settle({ identity, outcome, reason, why, subject, reference, marks: keys }, { open, update, documents: brought = [] }) {
      for (const report of [open, update]) if (report) reports.set(report.reference, structuredClone(report));
      documents.push(...brought);
      if (reference !== null) mark(reference, keys);
      const message = messages.get(identity);
      if (message !== undefined) Object.assign(message, { outcome, reason, why, subject, reference, tries: 0 });
    },

    async addMarks(reference, keys) {
      mark(reference, keys);
    },

    async report(reference) {
      return structuredClone(reports.get(reference) ?? null);
    },

    async documents(reference) {
      return documents.filter((one) => one.reference === reference).map((one) => ({ ...one }));
    },

    async claimDue(now) {
      const due = [...reports.values()].filter(({ dueAt }) => dueAt !== null && dueAt <= now);
      const [next] = due.sort(
        (a, b) =>
          URGENCY[a.priority] - URGENCY[b.priority] || a.createdAt.getTime() - b.createdAt.getTime() || Number(a.dueAt) - Number(b.dueAt),
      );
      return next === undefined ? null : { report: structuredClone(next), token: '' };
    },

    async beginAttempt({ report }, step, startedAt) {
      return attempts.push({ reference: report.reference, step, startedAt, endedAt: null, outcome: null, detail: '' });
    },

    async endAttempt({ report }, attempt, outcome, detail, progress, endedAt) {
      Object.assign(attempts[attempt - 1] ?? {}, { endedAt, outcome, detail });
      const { stage, heldFrom, dueAt, tries, failure, reading } = progress;
      const changes = Object.entries({ stage, heldFrom, dueAt, tries, failure, reading }).filter(([, value]) => value !== undefined);
      Object.assign(reportOf(report.reference), structuredClone(Object.fromEntries(changes)));
    },

    async attempts(reference) {
      return attempts.filter((one) => one.reference === reference).map((one) => ({ ...one }));
    },

    async permitReply(sending, caps, now) {
      const address = canonical(sending.address);
      if ((blocked.get(address) ?? now) > now) return 'bounced';
      if (sent.has(sending.messageId)) return 'yes';
      const since = (ms: number) => [...sent.values()].filter(({ at }) => at.getTime() > now.getTime() - ms);
      const toAddress = (ms: number) => since(ms).filter((one) => one.address === address);
      if (toAddress(HOUR_MS).length >= caps.perHour || toAddress(24 * HOUR_MS).length >= caps.perDay) return 'too-many';
      const { reference } = sending;
      if (reference !== null && [...sent.values()].filter((one) => one.reference === reference).length >= caps.perReport) return 'too-many';
      if (isQuestion(sending)) {
        const open = toAddress(OPEN_MS).filter((one) => isQuestion(one) && one.reference !== reference && isOpen(one.reference));
        if (new Set(open.map((one) => one.reference)).size >= caps.openQuestions) return 'too-many';
      }
      sent.set(sending.messageId, { ...sending, address, at: now });
      return 'yes';
    },

    wasTold: async () => false,

    async countedReply(messageId) {
      const known = sent.get(messageId);
      if (known === undefined) return null;
      const { at: _, ...sending } = known;
      return sending;
    },

    async blockAddress(address, until, messageId, now) {
      blocked.set(canonical(address), until);
      const report = reports.get(sent.get(messageId)?.reference ?? '');
      if (report?.stage === 'asking') report.dueAt = now;
    },

    async close() {},
  };

  function isOpen(reference: string | null): boolean {
    const stage = reports.get(reference ?? '')?.stage;
    return stage === 'asking' || stage === 'held';
  }
}

function isQuestion({ kind }: Sending): boolean {
  return kind === 'question' || kind === 'reminder';
}
