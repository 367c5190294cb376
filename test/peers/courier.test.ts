/** The IMAP adapter against Courier: no MOVE, no CONDSTORE, all folders under `INBOX.`. */
import { afterEach, expect, test } from 'vitest';
import { openInbox } from '../../src/adapters/imap/inbox.ts';
import type { Inbox } from '../../src/pipeline/ports.ts';
import { type Courier, type CourierOptions, startCourier } from './servers/courier.ts';
import { rawMail } from './servers/mails.ts';
import { startProxy } from './servers/proxy.ts';

const never = new AbortController().signal;
let courier: Courier;
let inbox: Inbox | undefined;
afterEach(async () => {
  await inbox?.close();
  await courier.close();
});

async function open(options: CourierOptions = {}, mails: Buffer[] = []): Promise<Inbox> {
  courier = await startCourier(options);
  courier.drop(mails);
  inbox = await openFolder('INBOX');
  return inbox;
}

function openFolder(folder: string, port = courier.port): Promise<Inbox> {
  const { host, user, password } = courier;
  return openInbox({ host, port, tls: 'none', user, password, folder, timeoutMs: 5_000, mailBytes: 50 << 20 }, never);
}

test('mails are filed by copy and deletion, into a folder of the server’s own namespace', async () => {
  const opened = await open(
    {},
    ['a', 'b', 'c'].map((subject) => rawMail(subject)),
  );
  expect((await opened.list(1, never)).map(({ uid }) => uid)).toEqual([1, 2, 3]);
  expect(await opened.file({ ...opened, uids: [1, 3] }, 'Faultline/Jobs', { add: ['FaultlineJob'], remove: [] }, never)).toMatchObject([
    { uid: 1, moved: true, to: { folder: 'Faultline/Jobs', uid: 1 } },
    { uid: 3, moved: true, to: { folder: 'Faultline/Jobs', uid: 2 } },
  ]);
  expect((await opened.list(1, never)).map(({ uid }) => uid)).toEqual([2]);
  expect([courier.count('INBOX'), courier.count('INBOX.Faultline.Jobs')]).toEqual([1, 2]);
});

for (const command of [/ UID COPY /i, / UID STORE .*\\Deleted/i, / UID EXPUNGE /i]) {
  test(`a filing that was cut off at ${command.source} is finished, and copies nothing twice`, async () => {
    courier = await startCourier();
    courier.drop(['a', 'b', 'c', 'stays'].map((subject) => rawMail(subject)));
    const proxy = await startProxy(courier.port);
    const marks = { add: ['FaultlineJob'], remove: [] };
    try {
      const cut = await openFolder('INBOX', proxy.port);
      proxy.loseAnswerTo(command);
      await expect(cut.file({ ...cut, uids: [1, 2] }, 'Faultline/Jobs', marks, never)).rejects.toMatchObject({ code: 'imap-unreachable' });
      await cut.close();
    } finally {
      await proxy.close();
    }
    inbox = await openFolder('INBOX');
    const filed = await inbox.file({ ...inbox, uids: [1, 2, 3] }, 'Faultline/Jobs', marks, never);
    expect([courier.count('INBOX'), courier.count('INBOX.Faultline.Jobs')]).toEqual([1, 3]);
    const there = await openFolder('Faultline/Jobs');
    const jobs = await there.list(1, never);
    await there.close();
    expect(filed.every(({ to }) => to?.uidValidity === there.uidValidity && jobs.some(({ uid }) => uid === to?.uid))).toBe(true);
    expect(jobs.flatMap(({ keywords }) => keywords)).toEqual(Array(3).fill('FaultlineJob'));
  });
}

test('IDLE tells of a new mail', async () => {
  const opened = await open();
  await opened.list(1, never);
  const began = Date.now();
  // One that comes before IDLE has begun is told of by the timer only.
  const arriving = setInterval(() => courier.drop([rawMail('new')]), 1_000);
  await opened.wait(60_000, never);
  clearInterval(arriving);
  expect(Date.now() - began).toBeLessThan(30_000);
  expect((await opened.list(1, never)).length).toBeGreaterThan(0);
});

test('where UIDPLUS is missing too a mail stays in the inbox, marked, and nothing is removed', async () => {
  const opened = await open({ noUidPlus: true }, [rawMail('a'), rawMail('b')]);
  expect(await opened.file({ ...opened, uids: [1] }, 'Faultline/Jobs', { add: ['FaultlineJob'], remove: [] }, never)).toEqual([
    { uid: 1, moved: false, to: null },
  ]);
  expect((await opened.list(1, never)).map(({ uid }) => uid)).toEqual([1, 2]);
  expect(courier.count('INBOX.Faultline.Jobs')).toBe(0);
});

test('a mail that is asked about moves on to the jobs, and leaves the mark behind', async () => {
  const opened = await open({}, [rawMail('a')]);
  const [asked] = await opened.file({ ...opened, uids: [1] }, 'Faultline/Asked', { add: ['FaultlineAsked'], remove: [] }, never);
  const { folder = '', uidValidity = '', uid = 0 } = asked?.to ?? {};
  expect(
    await opened.file({ folder, uidValidity, uids: [uid] }, 'Faultline/Jobs', { add: ['FaultlineJob'], remove: ['FaultlineAsked'] }, never),
  ).toMatchObject([{ moved: true, to: { folder: 'Faultline/Jobs' } }]);
  expect([courier.count('INBOX.Faultline.Asked'), courier.count('INBOX.Faultline.Jobs')]).toEqual([0, 1]);
});
