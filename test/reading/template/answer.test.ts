import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { mime } from '../../../src/adapters/mime/parse.ts';
import { understand } from '../../../src/reading/understand.ts';
import { CONTEXT, rawOf } from '../reads.ts';
import { FROM_PORTAL, portal, templatesOf } from './read-by.ts';

async function replyTo(results: string | null, email = 'jo@mail.example', answer = 'tenant') {
  const raw = rawOf({
    ...FROM_PORTAL,
    headers: results === null ? [] : [`Authentication-Results: ${results}`],
    text: `Their email: ${email}\nRinger: Jo Marsh`,
  });
  const message = await mime.parse(Readable.from([Buffer.from(raw)], { objectMode: false }));
  const templates = templatesOf(
    portal('  TenantEMailAddress: { label: Their email }\n  TenantName: { label: Ringer }', `answer: ${answer}`),
  );
  const agency = { ...CONTEXT.agency, trustedAuthservIds: ['mx.brightkeys.example'] };
  return understand(message, { ...CONTEXT, agency, templates }).replyTo;
}

test('the tenant whom a portal names is answered when a trusted server proved the sender', async () => {
  expect(await replyTo('mx.brightkeys.example; dmarc=pass header.from=portal.example')).toEqual({
    address: 'jo@mail.example',
    name: 'Jo Marsh',
    why: 'the tenant whom the mail names, by the template own',
  });
});

test.each([
  ['nobody proved it', null],
  ['DMARC failed', 'mx.brightkeys.example; dmarc=fail'],
  ['a server that nobody trusts says so', 'mx.evil.example; dmarc=pass'],
])('the tenant is not answered when %s', async (_, results) => {
  expect((await replyTo(results)).address).toBeNull();
});

test.each([['repairs@brightkeys.example'], ['ann@brightkeys.example'], ['no-reply@mail.example'], ['mailer-daemon@mail.example']])(
  '%s is never answered, although a portal names it',
  async (email) => {
    expect((await replyTo('mx.brightkeys.example; dmarc=pass', email)).address).toBeNull();
  },
);

test('without the template saying so, nobody named in the body is answered', async () => {
  expect((await replyTo('mx.brightkeys.example; dmarc=pass', 'jo@mail.example', 'sender')).address).toBeNull();
});
