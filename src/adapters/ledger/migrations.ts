/** The ledger's schema, version by version. A released version is never changed; a new one is added, in a file of its own. */
import type { Migration } from 'kysely/migration';
import { first } from './migrations/0001-first.ts';
import { documents } from './migrations/0002-documents.ts';
import { conversation } from './migrations/0003-conversation.ts';
import { workers } from './migrations/0004-workers.ts';
import { restore } from './migrations/0005-restore.ts';
import { mailboxAlarm } from './migrations/0010-mailbox-alarm.ts';
import { probe } from './migrations/0015-probe.ts';

/** In the order of their names. Each runs once, in one transaction with the note that it ran, so it may use what both engines can undo. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-first': { up: first },
  '0002-documents': { up: documents },
  '0003-conversation': { up: conversation },
  '0004-workers': { up: workers },
  '0005-restore': { up: restore },
  '0010-mailbox-alarm': { up: mailboxAlarm },
  '0015-probe': { up: probe },
};
