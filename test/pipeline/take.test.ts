import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import { receive } from '../../src/pipeline/receive.ts';
import { takeNext } from '../../src/pipeline/take.ts';
import { type Bench, openBench, rawMail } from './stand-ins.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  bench.server.deliver(rawMail());
  const mailbox = bench.mailboxes.get('repairs');
  if (mailbox) await receive(bench, mailbox, await bench.server.open(), true, new AbortController().signal);
});
afterEach(() => bench.end());

/** Where its mail is to be filed, and why it was held. */
async function outcome(): Promise<string[]> {
  const [placement] = await bench.ledger.unfiled('repairs', 10);
  const message = await bench.ledger.message(placement?.identity ?? '');
  return [placement?.filed ?? 'nowhere', message?.outcome ?? 'none', message?.reason ?? ''];
}

test('a mail that cannot be parsed is held, and the next one is taken', async () => {
  bench.mime.parse = async () => {
    throw new Failure('mail-unreadable', 'no end');
  };
  expect(await takeNext(bench)).toBe(true);
  expect(await outcome()).toEqual(['held', 'held', 'mail-unreadable']);
  expect(await takeNext(bench)).toBe(false);
});

test('a mail at which the process was killed a few times is taken all the same', async () => {
  for (let crash = 0; crash < 29; crash += 1) {
    await bench.ledger.takeMessage();
    await bench.crash();
  }
  await takeNext(bench);
  expect(bench.mime.parsed).toBe(1);
});

test('a mail that ended the process thirty times is not parsed again, but held', async () => {
  for (let crash = 0; crash < 30; crash += 1) {
    await bench.ledger.takeMessage();
    await bench.crash();
  }
  await takeNext(bench);
  expect(bench.mime.parsed).toBe(0);
  expect(await outcome()).toEqual(['held', 'held', 'mail-unreadable']);
});

test('a mail that could not be taken for want of disk space waits, however often that happens', async () => {
  bench.mime.parse = async () => {
    throw new Failure('disk-full', 'ENOSPC');
  };
  for (let tries = 0; tries < 6; tries += 1) await expect(takeNext(bench)).rejects.toMatchObject({ code: 'disk-full' });
  expect(await bench.ledger.takeMessage()).toMatchObject({ tries: 1, outcome: null });
});

test('the watcher is told what became of a mail', async () => {
  const seen: string[] = [];
  const nothing = () => undefined;
  bench.watcher = {
    settled: (message, settlement, reading) => seen.push(`${message.mailbox} ${settlement.outcome} ${settlement.reason} ${reading}`),
    published: nothing,
    submitted: nothing,
    replied: nothing,
    filed: nothing,
  };
  bench.raws.open = (key) => {
    throw new Failure('raw-missing', key);
  };
  await takeNext(bench);
  expect(seen).toEqual(['repairs held raw-missing null']);
});
