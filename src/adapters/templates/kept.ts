/**
 * The bundled templates as `npm run schemas` kept them: read and checked. A command that starts for one mail need not parse their YAML
 * anew; where a file is not the one that was kept, it is parsed as ever.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from '../../reading/template.ts';

export const KEPT = 'kept.json';

type Kept = { sha256: string; templates: Template[] };

/** The text of `kept.json` for these files, in this order. */
export function keptOf(texts: string[], templates: Template[]): string {
  return `${JSON.stringify({ sha256: digestOf(texts), templates } satisfies Kept)}\n`;
}

/** The templates of the folder, or null where its files are not those that were kept. */
export function keptTemplates(folder: string): Template[] | null {
  try {
    const names = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
    const texts = names.sort().map((name) => readFileSync(join(folder, name), 'utf8'));
    const kept = JSON.parse(readFileSync(join(folder, KEPT), 'utf8')) as Kept;
    return kept.sha256 === digestOf(texts) ? kept.templates : null;
  } catch {
    return null;
  }
}

function digestOf(texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
