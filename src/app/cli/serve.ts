/** `faultline run` and `faultline once` on the terminal. */
import { drain, run } from '../../pipeline/pipeline.ts';
import { type Config, loadConfig } from '../config.ts';
import { favourMemory } from '../memory.ts';
import { wire } from '../wire.ts';
import type { Words } from './words.ts';

const DEFAULT_CONFIG = 'faultline.yaml';

/** Watches until SIGINT or SIGTERM; the log goes to standard output. */
export async function runCommand(words: Words): Promise<number> {
  favourMemory();
  const { flow, close } = await wire(configOf(words), (line) => process.stdout.write(`${line}\n`));
  try {
    await run(flow, stopSignal());
  } finally {
    await close();
  }
  return 0;
}

/** Exit code 1 when a mailbox failed or something is held. */
export async function onceCommand(words: Words): Promise<number> {
  const { flow, close } = await wire(configOf(words), (line) => process.stderr.write(`${line}\n`));
  try {
    const { mails, jobs, asked, ignored, failed, waiting, mailboxes } = await drain(flow, stopSignal());
    const failures = mailboxes.map(({ name, failure }) => ({ name, code: failure.code, detail: failure.detail, hint: failure.hint }));
    if (words.json) process.stdout.write(`${JSON.stringify({ mails, jobs, asked, ignored, failed, waiting, mailboxes: failures })}\n`);
    else {
      for (const { name, code, detail, hint } of failures) process.stdout.write(`mailbox ${name}: ${code}: ${detail}\n  ${hint}\n`);
      if (waiting > 0) process.stdout.write(`${waiting} wait for a later try: faultline reports\n`);
      process.stdout.write(`${mails} mails: ${jobs} jobs, ${asked} asked, ${ignored} ignored, ${failed} failed\n`);
    }
    return failures.length > 0 || failed > 0 ? 1 : 0;
  } finally {
    await close();
  }
}

export function configOf(words: Words): Config {
  return loadConfig(words.config ?? DEFAULT_CONFIG, 'required');
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}
