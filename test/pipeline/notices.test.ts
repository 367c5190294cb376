import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import { tellNews } from '../../src/pipeline/tell.ts';
import { answerTo, boiler, HOUR_MS, mail, OFFICE, openTalk, type Talk } from './talk.ts';

let talk: Talk;
beforeEach(async () => {
  talk = await openTalk();
});
afterEach(() => talk.bench.end());

const REPORT = {
  subject: 'No hot water',
  body: 'The boiler has stopped, no hot water. 5 Elm Road, Leeds LS6 2AB. 07400 123001\r\n\r\nSam Okafor',
};
const reply = (body: string, headers: string[] = []) =>
  mail({ subject: 'Re: No hot water', headers: ['In-Reply-To: <first@mail.example>', ...headers], body });
const withPhoto = (name: string, text: string) =>
  mail({
    subject: 'Re: No hot water',
    headers: ['In-Reply-To: <first@mail.example>'],
    type: 'multipart/mixed; boundary=b',
    body: `--b\r\nContent-Type: text/plain\r\n\r\n${text}\r\n--b\r\nContent-Type: image/jpeg; name=${name}\r\nContent-Disposition: attachment; filename=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(`\u00ff\u00d8\u00ff\u00e0${name}${'x'.repeat(60_000)}`, 'latin1').toString('base64')}\r\n--b--`,
  });

describe('a follow-up', () => {
  beforeEach(() => talk.receive(mail({ ...REPORT, id: '<first@mail.example>' })));

  test('reaches the office with the reference, its words and its files, and opens no job', async () => {
    await talk.receive(withPhoto('leak.jpg', 'Hello, any update? It drips from the valve now.\r\n\r\nSam'));
    expect(talk.bench.jobs.requests).toHaveLength(1);
    const [report] = await talk.reports();
    const [notice] = talk.notices();
    expect(notice).toMatchObject({ to: { address: OFFICE }, subject: `Follow-up: No hot water [${report?.reference}]`, isNotice: true });
    expect(notice?.text).toContain('| Hello, any update? It drips from the valve now.');
    expect(notice?.text).toContain('5 Elm Road');
    expect(notice?.attachments).toMatchObject([{ name: 'leak.jpg', mimeType: 'image/jpeg' }]);
    expect(notice?.attachments?.[0]?.content.length).toBeGreaterThan(60_000);
    expect(talk.replies()).toHaveLength(1);
  });

  test('whose files are too large for a notice is passed on without them, and says where they are', async () => {
    talk.bench.settings.conversation.noticeBytes = 1000;
    await talk.receive(withPhoto('leak.jpg', 'See the photo.'));
    const [notice] = talk.notices();
    expect(notice?.attachments).toEqual([]);
    expect(notice?.text).toContain('Not attached: leak.jpg (too large for a notice); it is in the email in Faultline/Follow-ups');
  });

  test('soon after another waits for the hour, and several then come in one mail', async () => {
    await talk.receive(reply('Any update?'), reply('Hello? Anybody there?'), reply('It is cold in here.'));
    expect(talk.notices()).toHaveLength(1);
    await talk.pass(59 * 60_000);
    expect(talk.notices()).toHaveLength(1);
    await talk.pass(2 * 60_000);
    expect(talk.notices()).toHaveLength(2);
    expect(talk.notices()[1]?.text).toMatch(/Anybody there\?[\s\S]*cold in here|cold in here[\s\S]*Anybody there\?/);
    await talk.pass(48 * HOUR_MS);
    expect(talk.notices()).toHaveLength(2);
  });

  test('of the office itself is not told to the office, nor is its answer to a notice made a report', async () => {
    await talk.receive(reply('Any update?'));
    await talk.receive(answerTo(talk.notices()[0], 'I have rung him.', { from: OFFICE }));
    await talk.receive(
      mail({ from: OFFICE, subject: 'Absence', headers: [`In-Reply-To: ${talk.notices()[0]?.messageId}`], body: 'The office is closed.' }),
    );
    await talk.pass(2 * HOUR_MS);
    expect(talk.notices()).toHaveLength(1);
    expect(await talk.reports()).toHaveLength(1);
  });

  test('is told once, with the same Message-ID again when the answer of the server was lost', async () => {
    const send = talk.bench.outbox.send.bind(talk.bench.outbox);
    let isLost = true;
    talk.bench.outbox.send = async (one) => {
      await send(one);
      if (one.isNotice && isLost) {
        isLost = false;
        throw new Failure('smtp-unreachable', 'socket closed');
      }
    };
    await talk.receive(reply('Any update?'));
    await talk.bench.crash();
    await talk.pass(10_000);
    await talk.pass(HOUR_MS);
    expect(talk.notices()).toHaveLength(2);
    expect(new Set(talk.notices().map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('that thanks and calls the visit off reaches people too', async () => {
    await talk.receive(reply('Thank you, it is working again, no need to come.'));
    expect(await talk.outcomes()).toEqual(['opens', 'adds: follow-up']);
    expect(talk.notices()).toHaveLength(1);
  });
});

test('a new fault in an old thread is a report of its own; where it is in doubt people are told', async () => {
  await talk.receive(mail({ ...REPORT, id: '<first@mail.example>' }));
  await talk.receive(reply('Also the kitchen window does not close any more. 07400 123001'));
  await talk.receive(reply('The oven is broken.'));
  expect(await talk.outcomes()).toEqual(['opens', 'opens', 'adds: follow-up']);
  expect(talk.bench.jobs.requests.map(({ IssueTitle }) => IssueTitle)).toEqual(['No hot water', expect.stringMatching(/window/i)]);
  expect(talk.notices().map(({ text }) => text)).toEqual([expect.stringContaining('it may report something new: cooker')]);
});

test('a second report of the same fault at the same property is a job, and is pointed out to the office', async () => {
  await talk.receive(mail(REPORT));
  await talk.receive(
    mail({
      from: 'Kim <kim@mail.example>',
      subject: 'Heating',
      body: 'Our heating does not come on. Flatmate of Sam, 5 Elm Road, LS6 2AB. My number is 07400 123002',
    }),
  );
  await talk.receive(
    mail({ from: 'Kim <kim@mail.example>', subject: 'Gate', body: 'The gate is stuck. 5 Elm Road, Leeds LS6 2AB. 07400 123002' }),
  );
  expect(talk.bench.jobs.requests).toHaveLength(3);
  const [first, second] = talk.bench.jobs.requests;
  expect(talk.notices()).toHaveLength(1);
  for (const one of [first, second]) expect(talk.notices()[0]?.subject).toContain(`[${one?.ExternalID}]`);
  expect(talk.notices()[0]?.subject).toMatch(/^Reported twice\?/);
});

describe('what needs a person', () => {
  test('a job that V3 refuses is told with the reason and what to do', async () => {
    talk.bench.jobs.failures = [new Failure('v3-invalid', 'TenantPhonePrimary is invalid')];
    await talk.receive(mail(REPORT));
    const [notice] = talk.notices();
    expect(notice?.subject).toMatch(/^A report needs a person: No hot water \[/);
    expect(notice?.text).toMatch(/What to do: [\s\S]*Detail: v3-invalid, TenantPhonePrimary is invalid[\s\S]*faultline retry/);
  });

  test('many of one cause come in two mails an hour apart, and another cause at once', async () => {
    talk.bench.jobs.failures = [1, 2, 3].map((n) => new Failure('v3-invalid', `no ${n}`));
    for (const room of ['kitchen', 'hall', 'attic'])
      await talk.receive(
        mail({
          from: `${room}@mail.example`,
          subject: `Light in the ${room}`,
          body: `The light in the ${room} flickers. ${room.length} ${room} Street, Leeds LS6 2AB. 07400 123001`,
        }),
      );
    await talk.receive(boiler({ from: 'no-reply@portal.example' }));
    expect(talk.notices().map(({ text }) => /Detail: ([\w-]+)/.exec(text)?.[1])).toEqual(['v3-invalid', 'nobody-to-ask']);
    await talk.pass(61 * 60_000);
    expect(talk.notices()[2]?.subject).toBe('2 reports need a person');
  });

  test('one that is held again after a retry is told again', async () => {
    talk.bench.jobs.failures = [new Failure('v3-invalid', 'one'), new Failure('v3-invalid', 'two')];
    await talk.receive(mail(REPORT));
    const [report] = await talk.reports();
    await talk.bench.ledger.retry(report?.reference ?? '', talk.bench.clock.now());
    await talk.pass(2 * HOUR_MS);
    expect(talk.notices()).toHaveLength(2);
  });

  test('a confirmation that is refused for good', async () => {
    talk.bench.outbox.failures = [new Failure('smtp-refused', '550 no such user')];
    await talk.receive(mail(REPORT));
    expect(talk.notices().map(({ subject }) => subject)).toEqual([expect.stringMatching(/^A sender could not be told: No hot water \[/)]);
  });

  test('a mailbox in alarm, and a branch that V3 refuses', async () => {
    talk.bench.jobs.failures = [new Failure('v3-key', '401')];
    await talk.receive(mail(REPORT));
    await talk.bench.ledger.markMailbox('repairs', talk.bench.clock.now(), new Failure('imap-login', 'AUTHENTICATIONFAILED'));
    talk.bench.clock.pass(16 * 60_000);
    await talk.bench.ledger.raiseAlarm('repairs', new Date(talk.bench.clock.time - 15 * 60_000), talk.bench.clock.now());
    await tellNews(talk.bench, new AbortController().signal);
    expect(talk.notices().map(({ subject }) => subject)).toEqual([
      'agentOS refuses the jobs of the mailbox repairs',
      'The mailbox repairs cannot be read',
    ]);
  });

  test('nothing is sent where no address is set, and what happened since is told once there is one', async () => {
    await talk.bench.end();
    talk = await openTalk({ noticesTo: null });
    await talk.receive(boiler({ from: 'no-reply@portal.example' }));
    expect(talk.notices()).toEqual([]);
    const mailbox = talk.bench.mailboxes.get('repairs');
    if (mailbox) mailbox.agency.noticesTo = OFFICE;
    await talk.pass(HOUR_MS);
    expect(talk.notices()).toHaveLength(1);
  });
});

describe('a mail that could not be read', () => {
  test('because it is empty is answered, once', async () => {
    await talk.receive(mail({ subject: '', body: '' }));
    await talk.pass(HOUR_MS);
    expect(talk.replies().map(({ subject }) => subject)).toEqual(['We could not read your email']);
    expect(talk.replies()[0]?.text).toContain('there was nothing in it');
    expect(talk.notices().map(({ subject }) => subject)).toEqual(['An email needs a person']);
  });

  test('of a machine is not', async () => {
    await talk.receive(mail({ subject: '', body: '', headers: ['Precedence: bulk'] }));
    expect(talk.replies()).toEqual([]);
  });
});
