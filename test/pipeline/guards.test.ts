import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerTo, boiler, HOUR_MS, mail, openTalk, type Talk } from './talk.ts';

let talk: Talk;
beforeEach(async () => {
  talk = await openTalk();
});
afterEach(() => talk.bench.end());

const DAY_MS = 24 * HOUR_MS;
const ROOMS = [
  'kitchen',
  'bathroom',
  'hall',
  'bedroom',
  'attic',
  'cellar',
  'porch',
  'garden',
  'lounge',
  'study',
  'loft',
  'garage',
  'landing',
  'utility room',
  'box room',
];
const withPhone = (n: number, from?: string) =>
  mail({
    ...(from && { from }),
    subject: `Fault ${n}`,
    body: `The light in the ${ROOMS[n]} flickers. ${n + 1} Elm Road, Leeds LS6 2AB. 07400 123001`,
  });

describe('replies to one address', () => {
  test('end for an hour after five, and for a day after twelve, over restarts; the jobs go in all the same', async () => {
    for (let n = 0; n < 6; n += 1) {
      await talk.receive(withPhone(n));
      await talk.bench.crash();
    }
    expect(talk.replies()).toHaveLength(5);
    for (let n = 6; n < 15; n += 1) {
      talk.bench.clock.pass(HOUR_MS);
      await talk.receive(withPhone(n));
    }
    expect(talk.replies()).toHaveLength(12);
    expect(talk.bench.jobs.requests).toHaveLength(15);
    talk.bench.clock.pass(DAY_MS);
    await talk.receive(mail({ subject: 'Gate', body: 'The gate does not shut. 3 Oak Lane, Leeds LS6 2AB, 07400 123001' }));
    expect(talk.replies()).toHaveLength(13);
  });

  test('are counted without the tag that changes with each mail', async () => {
    for (let n = 0; n < 7; n += 1) await talk.receive(withPhone(n, `sam+${n}@mail.example`));
    expect(talk.replies()).toHaveLength(5);
  });

  test('are ten times as many to staff, who pass on many reports', async () => {
    for (let n = 0; n < 8; n += 1)
      await talk.receive(
        mail({
          from: 'Jo <jo@brightkeys.example>',
          subject: `FW: Fault ${n}`,
          body: `---------- Forwarded message ---------\r\nFrom: T${n} <t${n}@mail.example>\r\nDate: Tue, 3 Mar 2026 at 09:0${n}\r\nSubject: Fault ${n}\r\nTo: <jo@brightkeys.example>\r\n\r\nThe light in the ${ROOMS[n]} flickers. ${n + 1} Elm Road, Leeds LS6 2AB. 07400 12300${n}`,
        }),
      );
    expect(talk.replies()).toHaveLength(8);
  });
});

test('a report has no more than six replies in all, however often it is brought back', async () => {
  talk.bench.settings.conversation.caps.perDay = 100;
  await talk.receive(boiler());
  const [report] = await talk.reports();
  for (let n = 0; n < 12; n += 1) {
    await talk.bench.ledger.retry(report?.reference ?? '', talk.bench.clock.now());
    await talk.pass(25 * HOUR_MS);
  }
  expect(talk.replies().length).toBeLessThanOrEqual(6);
});

describe('a mail of ours that comes back', () => {
  const bounce = (id: string | undefined, action = 'failed', to = 'sam@mail.example') =>
    mail({
      from: 'Mail Delivery System <mailer-daemon@mx.example>',
      subject: 'Undelivered Mail Returned to Sender',
      headers: ['Auto-Submitted: auto-replied', 'Return-Path: <>'],
      type: 'multipart/report; report-type=delivery-status; boundary=b',
      body: `--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver your message.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ${to}\r\nAction: ${action}\r\nStatus: 5.1.1\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: repairs@brightkeys.example\r\nTo: ${to}\r\nMessage-ID: ${id}\r\n--b--`,
    });

  test('stops the replies to its address, and the report goes on without the answer', async () => {
    await talk.receive(boiler());
    await talk.receive(bounce(talk.replies()[0]?.messageId));
    expect(await talk.reports()).toMatchObject([{ stage: 'held', failure: { code: 'no-answer' } }]);
    await talk.receive(withPhone(1));
    expect(talk.replies()).toHaveLength(1);
    expect(talk.bench.jobs.requests).toHaveLength(1);
    talk.bench.clock.pass(61 * DAY_MS);
    await talk.receive(withPhone(2));
    expect(talk.replies()).toHaveLength(2);
  });

  test('stops nothing when it is only late, or when it is not one of ours, or names somebody else', async () => {
    await talk.receive(boiler());
    const [question] = talk.replies();
    await talk.receive(bounce(question?.messageId, 'delayed'));
    await talk.receive(bounce('<faultline.question.2222222222.000000000000@brightkeys.example>'));
    await talk.receive(bounce('<somebody@else.example>'));
    expect(await talk.reports()).toMatchObject([{ stage: 'asking' }]);
    await talk.receive(bounce(question?.messageId, 'failed', 'pat@mail.example'));
    await talk.receive(withPhone(3, 'pat@mail.example'));
    expect(talk.replies().map(({ to }) => to.address)).toEqual(['sam@mail.example', 'pat@mail.example']);
  });
});

describe('a sender whom a trusted server calls forged', () => {
  beforeEach(async () => {
    await talk.bench.end();
    talk = await openTalk({ trustedAuthservIds: ['mx.brightkeys.example'] });
  });
  const forged = 'Authentication-Results: mx.brightkeys.example; dmarc=fail header.from=mail.example';

  test('gets no reply, and the report is held until a person takes it up', async () => {
    await talk.receive(boiler({ headers: [forged] }));
    expect(talk.replies()).toEqual([]);
    expect(await talk.reports()).toMatchObject([{ stage: 'held', heldFrom: 'read', failure: { code: 'sender-forged' }, replyTo: null }]);
    expect(talk.notices().map(({ text }) => text)).toEqual([expect.stringContaining('If the mail is genuine')]);
  });

  test('cannot answer a question', async () => {
    await talk.receive(boiler());
    await talk.receive(answerTo(talk.replies()[0], '07400 123009', { headers: [forged] }));
    expect(await talk.outcomes()).toEqual(['opens', 'adds: follow-up']);
    expect(talk.bench.jobs.requests).toEqual([]);
  });

  test('is believed when another server says so', async () => {
    await talk.receive(withPhone(1), boiler({ headers: ['Authentication-Results: mx.evil.example; dmarc=fail'] }));
    expect(talk.replies()).toHaveLength(2);
  });
});

test('nothing that a stranger writes becomes a header, a second line of the subject, or markup', async () => {
  await talk.receive(
    mail({
      from: '"Sam\r\n Bcc: eve@mail.example" <sam@mail.example>',
      subject: '=?utf-8?B?' + Buffer.from('Tap leaks\r\nBcc: eve@mail.example <script>alert(1)</script>').toString('base64') + '?=',
      body: 'The tap leaks.\u202e <img src=x onerror=alert(1)>\r\n{{ reference }} {% raw %}\r\n5 Elm Road, Leeds LS6 2AB, 07400 123001\r\n\r\nRegards\r\nSam <b>Okafor</b>',
    }),
  );
  const [reply] = talk.replies();
  expect(reply?.subject).not.toMatch(/[\r\n]/);
  expect(reply?.to.address).toBe('sam@mail.example');
  expect(reply?.html).not.toMatch(/<script|<img|onerror=alert\(1\)>|<b>Okafor/);
  expect(reply?.text).not.toContain('\u202e');
});
