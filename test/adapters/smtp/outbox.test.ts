import { createServer } from 'node:net';
import { init } from 'smtp-tester';
import { expect, test } from 'vitest';
import { openOutbox } from '../../../src/adapters/smtp/outbox.ts';
import type { Reply } from '../../../src/pipeline/ports.ts';
import { startSmtp } from '../../../src/sandbox/smtp.ts';

const REPLY: Reply = {
  messageId: '<faultline.confirmation.7XCNQNCXJ.0123456789ab@brightkeys.example>',
  from: { name: 'Brightkeys Repairs', address: 'repairs@brightkeys.example' },
  to: { name: 'Sam Okafor', address: 'sam@mail.example' },
  subject: 'We have your repair report [7XCNQNCXJ]',
  text: 'Hello Sam\n',
  html: '<p>Hello Sam</p>',
  inReplyTo: '<1@mail.example>',
  references: ['<0@mail.example>', '<1@mail.example>'],
};
const signal = AbortSignal.timeout(15_000);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
const open = (port: number) => openOutbox({ host: '127.0.0.1', port, tls: 'none', timeoutMs: 3_000 });

test('a reply arrives with its Message-ID, threaded and marked as automatic', async () => {
  const port = await freePort();
  const server = init({ port, host: '127.0.0.1' });
  const caught = new Promise<Record<string, string | string[]>>((resolve) => server.bind((_address, _id, mail) => resolve(mail.headers)));
  await open(port).send(REPLY, signal);
  const headers = await caught;
  server.stop();
  expect(headers['message-id']).toBe(REPLY.messageId);
  expect(headers['auto-submitted']).toBe('auto-replied');
  expect(headers['in-reply-to']).toBe('<1@mail.example>');
  expect([headers['references']].flat()).toEqual(REPLY.references);
});

test('line breaks in a name or subject add no header and no recipient', async () => {
  const mails: { raw: Buffer; to: string[] }[] = [];
  const smtp = await startSmtp({ onMail: (mail) => void mails.push(mail) });
  const evil = {
    ...REPLY,
    subject: 'Hi\r\nBcc: eve@mail.example',
    to: { name: 'Sam\r\nCc: eve@mail.example', address: 'sam@mail.example' },
  };
  await open(smtp.port).send(evil, signal);
  await smtp.close();
  expect(mails[0]?.to).toEqual(['sam@mail.example']);
  expect(mails[0]?.raw.toString()).not.toMatch(/^(Bcc|Cc):/m);
});

test.each([
  [451, 'smtp-later'],
  [550, 'smtp-refused'],
])('a refusal with %i is %s', async (code, failure) => {
  const smtp = await startSmtp({ onMail: () => undefined, refuse: () => ({ code, text: 'not here' }) });
  await expect(open(smtp.port).send(REPLY, signal)).rejects.toMatchObject({ code: failure });
  await smtp.close();
});

test('nothing that listens is a server that does not answer', async () => {
  await expect(open(await freePort()).send(REPLY, signal)).rejects.toMatchObject({ code: 'smtp-unreachable' });
});

test('a server without STARTTLS gets nothing in plain text where TLS is wanted', async () => {
  const mails: unknown[] = [];
  const smtp = await startSmtp({ onMail: (mail) => void mails.push(mail) });
  const outbox = openOutbox({ host: '127.0.0.1', port: smtp.port, tls: 'starttls', timeoutMs: 3_000 });
  await expect(outbox.send(REPLY, signal)).rejects.toMatchObject({ code: 'smtp-tls' });
  await smtp.close();
  expect(mails).toEqual([]);
});

test('a reply has plain text and HTML; a notice has its files, and is marked as answering nobody', async () => {
  const mails: string[] = [];
  const smtp = await startSmtp({ onMail: ({ raw }) => void mails.push(raw.toString()) });
  const outbox = open(smtp.port);
  await outbox.send(REPLY, signal);
  const file = { name: 'leak\r\nBcc: eve@mail.example.jpg', mimeType: 'image/jpeg', content: Buffer.from('photo') };
  await outbox.send({ ...REPLY, isNotice: true, inReplyTo: null, references: [], attachments: [file] }, signal);
  await smtp.close();
  const [reply, notice] = mails;
  expect(reply).toMatch(/^Content-Type: multipart\/alternative/m);
  expect(reply).toMatch(/^Content-Type: text\/plain[\s\S]*Hello Sam[\s\S]*^Content-Type: text\/html[\s\S]*<p>Hello Sam<\/p>/m);
  expect(reply).toMatch(/^X-Auto-Response-Suppress: DR, RN, OOF, AutoReply\r$/m);
  expect(notice).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(notice).not.toMatch(/^(In-Reply-To|Bcc):/m);
  expect(notice).toContain(Buffer.from('photo').toString('base64'));
});
