/** `npm run accuracy [FOLDER] [-- --misses]`: how well the labelled mails are read, field by field. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tryMails } from '../src/app/actions/try.ts';
import { type Config, loadConfig } from '../src/app/config.ts';
import { EXAMPLE_CONFIG } from '../src/app/place.ts';
import { type Answer, casesIn, type Score, score } from './score.ts';

const MAILS = fileURLToPath(new URL('../fixtures/mails/', import.meta.url));

/** Reads and scores every labelled mail of a folder as `faultline try` does, in this process. */
export function accuracyOf(folder: string = MAILS, config: Config = loadConfig(EXAMPLE_CONFIG, 'ignored')): Promise<Score> {
  return score(casesIn(folder), async (files) => {
    const answers: Answer[] = [];
    for await (const tried of tryMails(config, files)) answers.push(tried);
    return answers;
  });
}

function report({ misses, fields, mails, perfect, right, of, unsafeReplies }: Score, withMisses: boolean): string {
  const share = ((100 * right) / Math.max(of, 1)).toFixed(1);
  return [
    ...(withMisses ? misses : []),
    ...Object.entries(fields).map(([field, row]) => `${field.padEnd(24)} ${String(row.right).padStart(4)} / ${row.of}`),
    `${mails} mails, ${perfect} perfect; checks ${right} / ${of} (${share} %); replies sent where none may be: ${unsafeReplies}`,
  ].join('\n');
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { misses: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const scored = await accuracyOf(positionals[0]);
  process.stdout.write(`${values.json ? JSON.stringify(scored) : report(scored, values.misses)}\n`);
}
