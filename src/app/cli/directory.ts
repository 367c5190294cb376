/** `faultline directory` on the terminal: what the directory of tenants holds, and which rows are bad. */
import { loadDirectory } from '../../adapters/directory/csv.ts';
import { loadConfig } from '../config.ts';
import type { Words } from './words.ts';

/** Exit code 1 when a row is bad. @throws Error when the file cannot be read or has no column for the email */
export async function directoryCommand(words: Words): Promise<number> {
  const config = loadConfig(words.config ?? 'faultline.yaml', 'ignored');
  if (config.directory === undefined) {
    process.stderr.write('the configuration names no directory\n');
    return 2;
  }
  const { rows, bad, badRows, tenants } = await loadDirectory(config.directory, new Set(Object.keys(config.branches)));
  if (words.json) process.stdout.write(`${JSON.stringify({ rows, addresses: tenants.size, badRows, bad })}\n`);
  else {
    for (const { line, why } of bad) process.stdout.write(`line ${line}: ${why}\n`);
    if (badRows > bad.length) process.stdout.write(`… and ${badRows - bad.length} more\n`);
    process.stdout.write(`${rows} tenants with ${tenants.size} addresses, ${badRows} bad rows\n`);
  }
  return badRows > 0 ? 1 : 0;
}
