import { createTransport } from 'nodemailer';
import { afterEach, expect, test } from 'vitest';
import { type CaughtMail, type SmtpOptions, type SmtpStandIn, startSmtp } from '../../src/sandbox/smtp.ts';

let smtp: SmtpStandIn;
afterEach(() => smtp.close());

const MAIL = { from: 'repairs@brightkeys.example', to: 'jo@tenant.example', subject: 'Received', text: 'Thank you.\n.\nBright Keys' };

async function start(changes: Partial<SmtpOptions> = {}): Promise<CaughtMail[]> {
  const caught: CaughtMail[] = [];
  smtp = await startSmtp({ onMail: (mail) => void caught.push(mail), ...changes });
  return caught;
}

const transport = (auth?: { user: string; pass: string }) =>
  createTransport({ host: smtp.host, port: smtp.port, secure: false, ...(auth && { auth }) });

test('a mail arrives whole, with its envelope, whether or not the client logs in', async () => {
  const caught = await start();
  await transport().sendMail(MAIL);
  await transport({ user: 'anybody', pass: 'anything' }).sendMail({
    ...MAIL,
    envelope: { from: '', to: ['a@tenant.example', 'b@tenant.example'] },
  });
  expect(caught.map(({ from, to }) => ({ from, to }))).toEqual([
    { from: MAIL.from, to: [MAIL.to] },
    { from: '', to: ['a@tenant.example', 'b@tenant.example'] },
  ]);
  const text = caught[0]?.raw.toString() ?? '';
  expect(text).toContain('Subject: Received\r\n');
  expect(text).toMatch(/\r\n\r\nThank you\.\r\n\.\r\nBright Keys\r\n$/);
});

test('a mail is acknowledged only once it was taken', async () => {
  let taken = false;
  await start({
    onMail: async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      taken = true;
    },
  });
  await transport().sendMail(MAIL);
  expect(taken).toBe(true);
});

test('a refused recipient gets the code that was asked for, and no mail arrives', async () => {
  const caught = await start({ refuse: (rcpt) => (rcpt === MAIL.to ? { code: 550, text: 'No such user here' } : null) });
  await expect(transport().sendMail(MAIL)).rejects.toMatchObject({
    responseCode: 550,
    response: expect.stringContaining('No such user here'),
  });
  expect(caught).toEqual([]);
  await transport().sendMail({ ...MAIL, to: 'other@tenant.example' });
  expect(caught).toHaveLength(1);
});

test('when the taking fails the client is told to try later', async () => {
  await start({ onMail: () => Promise.reject(new Error('full')) });
  await expect(transport().sendMail(MAIL)).rejects.toMatchObject({ responseCode: 451 });
});

test('a taking that throws at once is an answer too', async () => {
  await start({
    onMail: () => {
      throw new Error('full');
    },
  });
  await expect(transport().sendMail(MAIL)).rejects.toMatchObject({ responseCode: 451 });
});

test('a port that is taken rejects the start', async () => {
  await start();
  await expect(startSmtp({ port: smtp.port, onMail: () => undefined })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('closing does not wait for a client that stays', async () => {
  await start();
  const pool = createTransport({ host: smtp.host, port: smtp.port, pool: true });
  pool.on('error', () => undefined);
  await pool.sendMail(MAIL);
  const before = performance.now();
  await smtp.close();
  expect(performance.now() - before).toBeLessThan(1_000);
  pool.close();
  await start();
});
