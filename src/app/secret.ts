/** Settings as people write them: `${NAME}` from the environment, `{ file: path }` for a secret in a file. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export type Lookup = { env: Record<string, string | undefined>; folder: string };

/** A setting whose source is missing; `path` is where it stands in the YAML. */
export type Missing = { path: (string | number)[]; problem: string; write: string };

/**
 * The same tree with every `${NAME}` replaced from the environment and every `{ file: … }` by that file's text without its last line end.
 * What cannot be found is reported and left as it stands.
 */
export function resolveSecrets(tree: unknown, lookup: Lookup): { tree: unknown; missing: Missing[] } {
  const missing: Missing[] = [];

  const visit = (node: unknown, path: (string | number)[]): unknown => {
    if (typeof node === 'string') return fromEnvironment(node, path);
    if (Array.isArray(node)) return node.map((item, index) => visit(item, [...path, index]));
    if (node === null || typeof node !== 'object') return node;
    const entries = Object.entries(node);
    if (entries.length === 1 && entries[0]?.[0] === 'file' && typeof entries[0][1] === 'string') return fromFile(entries[0][1], path);
    return Object.fromEntries(entries.map(([key, value]) => [key, visit(value, [...path, key])]));
  };

  const fromEnvironment = (text: string, path: (string | number)[]): string =>
    text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
      const value = lookup.env[name];
      if (value !== undefined && value !== '') return value;
      missing.push({
        path,
        problem: `the environment has no ${name}`,
        write: `set ${name} before you start Faultline, or use { file: /path/to/secret }`,
      });
      return whole;
    });

  const fromFile = (name: string, path: (string | number)[]): string => {
    const full = resolve(lookup.folder, name);
    try {
      return readFileSync(full, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'error';
      missing.push({
        path,
        problem: `the file ${name} cannot be read (${code})`,
        write: 'a path from the folder of this YAML file, readable by Faultline',
      });
      return '';
    }
  };

  return { tree: visit(tree, []), missing };
}
