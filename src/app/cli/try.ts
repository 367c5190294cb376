/** `faultline try` on the terminal. */
import { tryMails } from '../actions/try.ts';
import { loadConfig } from '../config.ts';
import { EXAMPLE_CONFIG } from '../place.ts';
import { card } from './card.ts';
import type { Words } from './words.ts';

export async function tryCommand(words: Words): Promise<number> {
  if (words.rest.length === 0) {
    process.stderr.write('Name at least one mail: faultline try FILE…\n');
    return 2;
  }
  const config = loadConfig(words.config ?? EXAMPLE_CONFIG, 'ignored');
  for await (const tried of tryMails(config, words.rest)) {
    process.stdout.write(words.json ? `${JSON.stringify(tried)}\n` : `${card(tried, process.stdout.columns ?? 120)}\n`);
  }
  return 0;
}
