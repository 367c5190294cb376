/** The service under measurement: a process of its own, which is told by its arguments what to take. See documents.ts. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { loadConfig } from '../../src/app/config.ts';
import { favourMemory } from '../../src/app/memory.ts';
import { wire } from '../../src/app/wire.ts';
import { advance } from '../../src/pipeline/advance.ts';
import type { Flow } from '../../src/pipeline/flow.ts';
import { takeNext } from '../../src/pipeline/take.ts';

export type Told = { state: 'idle' } | { state: 'done'; jobs: number };

const never = new AbortController().signal;
const [config = '', mails = '', atATime = '', ...photos] = process.argv.slice(2);
const tell = (told: Told) => process.send?.(told);

favourMemory();
const { flow, close } = await wire(loadConfig(config, 'required'), () => undefined);
await new Promise((resolve) => setTimeout(resolve, 1_000));
tell({ state: 'idle' });
await new Promise((resolve) => process.once('message', resolve));
for (let number = 1; number <= Number(mails); number += 1) await receive(number);
while (await takeNext(flow));
await Promise.all(Array.from({ length: Number(atATime) }, () => lane(flow)));
tell({ state: 'done', jobs: (await flow.ledger.counts()).stages.confirmed ?? 0 });
await close();
process.exit();

/** One mail, durable, as the mailbox loop leaves it. */
async function receive(number: number): Promise<void> {
  const now = flow.clock.now();
  const { key, identity, bytes } = await flow.raws.keep(Readable.from(mail(number), { objectMode: false }));
  await flow.ledger.store('repairs', 'INBOX', '1', [{ identity, rawKey: key, bytes, tooLarge: false, receivedAt: now, uid: number }], now);
}

/** Advances one report after the other, until none is due. */
async function lane(flow: Flow): Promise<void> {
  for (;;) {
    const claim = await flow.ledger.claimDue(flow.clock.now(), 300_000);
    if (claim === null) return;
    await advance(flow, claim, never);
  }
}

async function* mail(number: number): AsyncGenerator<Buffer> {
  const phone = `07400 123${String(number).padStart(3, '0')}`;
  yield Buffer.from(
    [
      `Message-ID: <bench-${number}@mail.example>`,
      `From: Sam Carter <sam${number}@mail.example>`,
      'To: repairs@brightkeys.example',
      `Date: Tue, 3 Mar 2026 09:${String(number).padStart(2, '0')}:00 +0000`,
      `Subject: Boiler leaking ${number}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=photos',
      '',
      '--photos',
      '',
      `The boiler drips on the floor. ${number} Elm Road, Leeds LS6 2AB. ${phone}`,
      '',
    ].join('\r\n'),
  );
  for (const photo of photos) {
    const name = basename(photo);
    yield Buffer.from(
      `--photos\r\nContent-Type: image/jpeg; name=${name}\r\nContent-Disposition: attachment; filename=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
    );
    // Whole lines of 76 characters: 57 bytes each.
    for await (const chunk of createReadStream(photo, { highWaterMark: 57 * 1024 }))
      yield Buffer.from(`${(chunk as Buffer).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`);
  }
  yield Buffer.from('--photos--\r\n');
}
