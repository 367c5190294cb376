import { expect, test } from 'vitest';
import { type Flow, type Mailbox, mailboxFor } from '../../src/pipeline/flow.ts';

const leeds = { name: 'repairs', keyId: 'key-leeds' } as Mailbox;
const york = { name: 'repairs', keyId: 'key-york' } as Mailbox;
const flow = {
  mailboxes: new Map([['repairs', leeds]]),
  routed: (_: string, branch: string) => (branch === 'york' ? york : null),
} as unknown as Flow;
const report = (branch?: string) => ({
  mailbox: 'repairs',
  reading: { template: 'own@1', values: {}, attachments: [], missing: [], ...(branch && { branch }) },
});

test('a report goes out with the branch and key to which its template routed it, else with those of its mailbox', () => {
  expect(mailboxFor(flow, report()).keyId).toBe('key-leeds');
  expect(mailboxFor(flow, report('york')).keyId).toBe('key-york');
});

test('a branch that is not configured is said, so that the report is held and never submitted elsewhere', () => {
  expect(() => mailboxFor(flow, report('hull'))).toThrow('reading-invalid: a template names the branch hull');
});
