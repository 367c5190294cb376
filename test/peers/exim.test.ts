/** The SMTP adapter against exim, which relays to Dovecot or keeps what it gets. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OutboxSettings, openOutbox } from '../../src/adapters/smtp/outbox.ts';
import type { Reply } from '../../src/pipeline/ports.ts';
import { until } from './servers/daemon.ts';
import { type Exim, startExim } from './servers/exim.ts';

const never = new AbortController().signal;
let exim: Exim;
beforeAll(async () => {
  exim = await startExim();
});
afterAll(() => exim?.close());

const REPLY: Reply = {
  messageId: '<faultline.confirmation.7XCNQNCXJ.0123456789ab@brightkeys.example>',
  from: { name: 'Brightkeys “Repairs” Łódź', address: 'repairs@brightkeys.example' },
  to: { name: 'Hannah Whitlock', address: 'hannah.whitlock@tenant.example' },
  subject: 'We have your repair report [7XCNQNCXJ]: the boiler’s thermostat',
  text: 'Hello Hannah,\n\nwe have your report. £0 to pay.\n.\nThe line before was a dot.\n',
  html: '<p>Hello Sam</p>',
  inReplyTo: '<1@tenant.example>',
  references: ['<0@tenant.example>', '<1@tenant.example>'],
};

function open(changes: Partial<OutboxSettings> = {}) {
  const { host, port, user, password } = exim;
  return openOutbox({ host, port, tls: 'none', user, password, timeoutMs: 5_000, ...changes });
}

test('a reply is relayed to its one recipient, threaded, marked as automatic, under its own Message-ID', async () => {
  await open().send(REPLY, never);
  await until('the relayed reply', () => exim.kept().length === 1);
  const mail = exim.kept()[0]?.toString() ?? '';
  const header = (mail.split('\n\n')[0] ?? '').replace(/\n[ \t]+/g, ' ');
  const lines = header.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'Return-path: <repairs@brightkeys.example>',
      'Envelope-to: hannah.whitlock@tenant.example',
      `Message-ID: ${REPLY.messageId}`,
      'In-Reply-To: <1@tenant.example>',
      'References: <0@tenant.example> <1@tenant.example>',
      'Auto-Submitted: auto-replied',
      'X-Auto-Response-Suppress: DR, RN, OOF, AutoReply',
    ]),
  );
  expect(lines.filter((line) => /^(To|Cc|Bcc|From):/i.test(line))).toHaveLength(2);
  const body = mail.slice(mail.indexOf('\n\n') + 2);
  expect(body.replaceAll('=\n', '').replaceAll('=C2=A3', '£')).toContain(REPLY.text);
});

test.each([
  ['a wrong password', () => ({ password: 'wrong' }), {}, 'smtp-login'],
  ['a relay without user and password', () => ({ user: undefined, password: undefined }), {}, 'smtp-refused'],
  ['a recipient that the server does not take', () => ({}), { to: { name: '', address: 'nobody@tenant.example' } }, 'smtp-refused'],
  ['a certificate that nobody trusts', () => ({ tls: 'starttls' as const }), {}, 'smtp-tls'],
])('%s is a clear failure that names no address', async (_, changes, reply, code) => {
  const outbox = open(changes() as Partial<OutboxSettings>);
  const failure = await outbox.send({ ...REPLY, ...reply }, never).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code });
  expect((failure as { detail: string }).detail).not.toMatch(/hannah|nobody@|repairs@/i);
});
