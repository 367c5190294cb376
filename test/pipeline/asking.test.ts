import { afterEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import { answerTo, boiler, HOUR_MS, mail, openTalk, type Talk } from './talk.ts';

let talk: Talk;
afterEach(() => talk.bench.end());

const GAS = { subject: 'Smell of gas', body: 'There is a strong smell of gas in the kitchen!\r\n5 Elm Road, Leeds LS6 2AB\r\nSam Okafor' };

describe('a report without a phone number', () => {
  test('is asked about once, then reminded once, then left to a person, who is told', async () => {
    talk = await openTalk();
    await talk.receive(boiler());
    expect(talk.replies().map(({ subject }) => subject)).toEqual([expect.stringMatching(/^One question about your repair report \[/)]);
    await talk.pass(23 * HOUR_MS);
    expect(talk.replies()).toHaveLength(1);
    await talk.pass(2 * HOUR_MS);
    expect(talk.replies('reminder')).toHaveLength(1);
    await talk.pass(47 * HOUR_MS);
    expect(await talk.reports()).toMatchObject([{ stage: 'asking' }]);
    await talk.pass(2 * HOUR_MS);
    expect(await talk.reports()).toMatchObject([{ stage: 'held', failure: { code: 'no-answer' } }]);
    expect(talk.replies()).toHaveLength(2);
    expect(talk.notices().map(({ subject }) => subject)).toEqual([expect.stringMatching(/^A report needs a person: No hot water \[/)]);
    expect(talk.bench.jobs.requests).toEqual([]);
  });

  test('keeps its due times over a crash', async () => {
    talk = await openTalk();
    await talk.receive(boiler());
    await talk.bench.crash();
    await talk.pass(25 * HOUR_MS);
    expect(talk.replies('reminder')).toHaveLength(1);
    await talk.bench.crash();
    await talk.pass(49 * HOUR_MS);
    expect(await talk.reports()).toMatchObject([{ stage: 'held', failure: { code: 'no-answer' } }]);
  });

  test("gets the agency's number where that is the configured way, and the job says so", async () => {
    talk = await openTalk({ fallbackPhone: '0113 496 0100' });
    talk.bench.settings.conversation.withoutAnswer = 'fallback-phone';
    await talk.receive(boiler());
    expect(talk.bench.jobs.requests).toEqual([]);
    await talk.pass(25 * HOUR_MS);
    await talk.pass(49 * HOUR_MS);
    expect(talk.bench.jobs.requests).toMatchObject([
      {
        TenantPhonePrimary: '0113 496 0100',
        IssueNotes: expect.stringMatching(
          /no hot water[\s\S]*No phone number of the tenant is known: the number given is the agency's own\. The tenant's email: sam@mail\.example\./,
        ),
      },
    ]);
    const [confirmation] = talk.replies('confirmation');
    expect(confirmation?.text).toContain('Which phone number can we ring you on?');
    expect(confirmation?.text).not.toContain('0113 496 0100');
  });

  test('goes the configured way at once where nobody may be asked', async () => {
    talk = await openTalk({ fallbackPhone: '0113 496 0100' });
    talk.bench.settings.conversation.withoutAnswer = 'fallback-phone';
    await talk.receive(boiler({ headers: ['X-Auto-Response-Suppress: All'] }));
    expect(talk.replies()).toEqual([]);
    expect(talk.bench.jobs.requests).toMatchObject([{ TenantPhonePrimary: '0113 496 0100' }]);
  });

  test('is completed by an answer that comes before the question went out', async () => {
    talk = await openTalk();
    talk.bench.outbox.failures = [new Failure('smtp-later', '451')];
    await talk.receive(boiler({ id: '<first@mail.example>' }));
    expect(talk.replies()).toEqual([]);
    await talk.receive(
      mail({ subject: 'Re: No hot water', headers: ['In-Reply-To: <first@mail.example>'], body: 'Forgot my number, 07400 123001' }),
    );
    expect(await talk.outcomes()).toEqual(['opens', 'adds: answer']);
    expect(talk.bench.jobs.requests).toMatchObject([
      { TenantPhonePrimary: '07400 123001', IssueTitle: expect.stringMatching(/hot water/i) },
    ]);
    await talk.pass(HOUR_MS);
    expect(talk.replies().map(({ messageId }) => messageId.split('.')[1])).toEqual(['confirmation']);
  });

  test('that is held for want of an answer goes on when it comes late', async () => {
    talk = await openTalk();
    await talk.receive(boiler());
    await talk.pass(25 * HOUR_MS);
    await talk.pass(49 * HOUR_MS);
    await talk.receive(answerTo(talk.replies('reminder')[0], 'sorry, was away. 07400 123001'));
    expect(talk.bench.jobs.requests).toMatchObject([{ TenantPhonePrimary: '07400 123001' }]);
    expect(await talk.reports()).toMatchObject([{ stage: 'confirmed', failure: null }]);
  });

  test('keeps what the answer says besides, the first mail’s time, and the photos of both', async () => {
    talk = await openTalk();
    const photo = (name: string, text: string, headers: string[] = []) =>
      mail({
        subject: 'No hot water',
        headers,
        type: 'multipart/mixed; boundary=b',
        body: `--b\r\nContent-Type: text/plain\r\n\r\n${text}\r\n--b\r\nContent-Type: image/jpeg; name=${name}\r\nContent-Disposition: attachment; filename=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(`\u00ff\u00d8\u00ff\u00e0 ${name} ${'x'.repeat(60_000)}`, 'latin1').toString('base64')}\r\n--b--`,
      });
    await talk.receive(photo('one.jpg', 'The boiler shows E119, no hot water. 5 Elm Road, Leeds LS6 2AB'));
    const [question] = talk.replies('question');
    await talk.receive(
      photo('two.jpg', '07400 123001, and please come after four because I work nights', [`In-Reply-To: ${question?.messageId}`]),
    );
    const [job] = talk.bench.jobs.requests;
    expect(job?.IssueNotes).toMatch(/E119[\s\S]*Added later: .*after four because I work nights/);
    expect(job?.Documents).toHaveLength(2);
    expect(job?.ReportedAt).toBe((await talk.reports())[0]?.reading.values.ReportedAt?.value);
  });

  test('that was asked about often enough is left to a person', async () => {
    talk = await openTalk();
    await talk.receive(
      ...[1, 2, 3, 4, 5].map((n) =>
        boiler({
          subject: `Fault ${n}`,
          body: `The tap number ${n} in the bathroom drips all day and night. ${n} Elm Road, Leeds LS6 2AB`,
        }),
      ),
    );
    expect(talk.replies('question')).toHaveLength(3);
    expect((await talk.reports()).map(({ stage, failure }) => failure?.code ?? stage).toSorted()).toEqual([
      'asking',
      'asking',
      'asking',
      'nobody-to-ask',
      'nobody-to-ask',
    ]);
  });
});

describe('an Emergency', () => {
  test("is submitted at once with the agency's number, and the question is asked besides", async () => {
    talk = await openTalk({ fallbackPhone: '0113 496 0100' });
    await talk.receive(mail(GAS));
    expect(talk.bench.jobs.requests).toMatchObject([{ IssuePriority: 'Emergency', TenantPhonePrimary: '0113 496 0100' }]);
    expect(talk.replies()).toHaveLength(1);
    const [reply] = talk.replies('confirmation');
    expect(reply?.text).toMatch(/^PLEASE READ THIS FIRST[\s\S]*0800 111 999[\s\S]*logged[\s\S]*as an emergency[\s\S]*Which phone number/);
  });

  test('has its number passed on to the office when the answer comes', async () => {
    talk = await openTalk({ fallbackPhone: '0113 496 0100' });
    await talk.receive(mail(GAS));
    await talk.receive(answerTo(talk.replies()[0], '07400 123001'));
    expect(await talk.outcomes()).toEqual(['opens', 'adds: follow-up']);
    expect(talk.bench.jobs.requests).toHaveLength(1);
    const [notice] = talk.notices();
    expect(notice?.subject).toMatch(/^Follow-up with a phone number: /);
    expect(notice?.text).toContain('THE PHONE NUMBER IS 07400 123001');
  });

  test('that must wait for its number, for want of one of the agency, is told to the office at once', async () => {
    talk = await openTalk();
    await talk.receive(mail(GAS));
    expect(await talk.reports()).toMatchObject([{ stage: 'asking' }]);
    expect(talk.notices().map(({ subject }) => subject)).toEqual([expect.stringMatching(/^EMERGENCY without a phone number: .* \[/)]);
  });

  test('goes in when the office answers that notice with the number', async () => {
    talk = await openTalk();
    await talk.receive(mail(GAS));
    await talk.receive(answerTo(talk.notices()[0], 'Her number is 07400 123001', { from: 'Jo <office@brightkeys.example>' }));
    expect(talk.bench.jobs.requests).toMatchObject([{ TenantPhonePrimary: '07400 123001', IssuePriority: 'Emergency' }]);
  });
});

describe('the number in an answer', () => {
  const question = () => {
    const [first] = talk.replies('question');
    if (first === undefined) throw new Error('nobody was asked');
    return first;
  };
  const quoted = () =>
    question()
      .text.split('\n')
      .map((line) => `> ${line}`)
      .join('\r\n');
  const wrote = 'On Tue, 3 Mar 2026 at 10:01, Brightkeys Repairs <repairs@brightkeys.example> wrote:\r\n';

  test.each([
    ['alone', () => answerTo(question(), '07400 123001')],
    ['with a kiss', () => answerTo(question(), '07400 123001 x')],
    ['without its nought', () => answerTo(question(), '7400 123001')],
    ['with a country code and brackets', () => answerTo(question(), '+44 (0)7400 123 001')],
    ['above the question', () => answerTo(question(), `Hi, its 07400 123001\r\n\r\n${wrote}${quoted()}`)],
    ['below the question', () => answerTo(question(), `${wrote}${quoted()}\r\n\r\n07400 123001\r\n`)],
    [
      'between the lines of the question',
      () => answerTo(question(), wrote + quoted().replace(/(> \* Which phone[^\r]*)/, '$1\r\n07400 123001')),
    ],
    [
      'in an Outlook reply above its header block',
      () =>
        answerTo(
          question(),
          `07400 123001\r\n\r\nFrom: Brightkeys Repairs <repairs@brightkeys.example>\r\nSent: 03 March 2026 10:01\r\nTo: Sam\r\nSubject: ${question().subject}\r\n\r\n${question().text}`,
        ),
    ],
    [
      'behind the question, in Outlook, unmarked',
      () =>
        answerTo(
          question(),
          `See below\r\n\r\nFrom: Brightkeys Repairs <repairs@brightkeys.example>\r\nSent: 03 March 2026 10:01\r\nTo: Sam\r\nSubject: ${question().subject}\r\n\r\n${question().text.replace('ring you on?', 'ring you on? 07400 123001')}`,
        ),
    ],
    [
      'from a program that strips the headers, with the reference in the subject',
      () => mail({ subject: `RE: ${question().subject}`, body: '07400 123001' }),
    ],
    [
      'from another address, with the reference in the subject',
      () => mail({ from: 'samo@work.example', subject: `Fwd: ${question().subject}`, body: '07400 123001' }),
    ],
    [
      'from another address, with the reference only in what is quoted',
      () => mail({ from: 'samo@work.example', subject: 'my number', body: `07400 123001\r\n\r\n${wrote}${quoted()}` }),
    ],
    ['in a new mail that says nothing else', () => mail({ subject: '', body: 'its 07400 123001' })],
    ['in the subject of a new mail', () => mail({ subject: '07400 123001', body: '' })],
    [
      'in the whole report, written again',
      () =>
        mail({ subject: 'No hot water', body: 'Hi, the boiler is off and we have no hot water, my mobile is 07400 123001. Thanks, Sam' }),
    ],
  ])('%s completes the report', async (_, answer) => {
    talk = await openTalk();
    await talk.receive(boiler());
    await talk.receive(answer());
    expect(await talk.outcomes()).toEqual(['opens', 'adds: answer']);
    expect(talk.bench.jobs.requests).toMatchObject([{ TenantPhonePrimary: '07400 123001', PropertyPostcode: 'LS6 2AB' }]);
  });

  test.each([
    [
      'of the agency, quoted without marks',
      () =>
        answerTo(
          question(),
          `When will you come?\r\n\r\nFrom: Brightkeys Repairs <repairs@brightkeys.example>\r\nSent: 03 March 2026 10:01\r\nTo: Sam\r\nSubject: ${question().subject}\r\n\r\n${question().text}`,
        ),
    ],
    ['of a landlord', () => answerTo(question(), 'The landlord can be reached on 07400 123009, not me')],
  ])('%s is not taken for the tenant’s', async (_, answer) => {
    talk = await openTalk();
    await talk.receive(boiler());
    await talk.receive(answer());
    expect(talk.bench.jobs.requests).toEqual([]);
    expect(await talk.outcomes()).toEqual(['opens', 'adds: follow-up']);
  });
});
