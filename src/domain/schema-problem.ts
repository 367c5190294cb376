/** What zod says of a file that people write, as they need it: where, what stands there, what is wrong, and what to write instead. */
import type { z } from 'zod';

/** `atKey`: the key itself is wrong, not its value. `value` is never that of a secret. */
export type SchemaProblem = { path: PropertyKey[]; atKey: boolean; value: string | null; problem: string; write: string };

type Node = { _zod: { def: Record<string, unknown> }; meta?: () => { write?: string; secret?: boolean } | undefined };
type Parsing = { safeParse(value: unknown): { success: boolean; error?: { issues: z.core.$ZodIssue[] } } };

/**
 * @param written what stands in the file
 * @param fallback what to write where the schema does not say it
 */
export function schemaProblems(schema: z.ZodType, issue: z.core.$ZodIssue, written: unknown, fallback: string): SchemaProblem[] {
  const root = schema as unknown as Node;
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(root, issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, allowed);
      const path = [...issue.path, key];
      return {
        path,
        atKey: true,
        value: null,
        problem: 'there is no such setting',
        write: near ? `${near} (was that meant?)` : `one of: ${allowed.join(', ')}`,
      };
    });
  }
  const node = unwrapped(schemaAt(root, issue.path));
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], written);
  if (issue.code === 'invalid_union') {
    const option = (node?._zod.def['options'] as Node[] | undefined)?.find((one) => kindsOf(one).includes(kindOf(value)));
    const inner = (option as Parsing | undefined)?.safeParse(value).error?.issues ?? [];
    const deeper = inner.filter((one) => one.path.length > 0 || one.code === 'unrecognized_keys');
    if (deeper.length > 0)
      return deeper.flatMap((one) => schemaProblems(schema, { ...one, path: [...issue.path, ...one.path] }, written, fallback));
  }
  const meta = metaAt(root, issue.path);
  const absent = value === undefined;
  const near = typeof value === 'string' && !meta.secret ? nearest(value, entriesOf(node)) : null;
  return [
    {
      path: issue.path,
      atKey: false,
      value: absent ? null : meta.secret ? '(hidden)' : short(value),
      problem: absent ? 'this is missing' : plain(issue),
      write: near ? `${near} (was that meant?)` : (meta.write ?? optionsOf(node) ?? fallback),
    },
  ];
}

/** zod's message where it helps a person; patterns and "invalid input" do not. */
function plain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.message.replace(/^Invalid input: /, '');
  return issue.code === 'too_small' || issue.code === 'too_big' ? issue.message : 'this value does not fit here';
}

/** The schema node at a path, through optional, default and record wrappers. */
function schemaAt(root: Node, path: PropertyKey[]): Node | undefined {
  let node: Node | undefined = root;
  for (const key of path) node = child(unwrapped(node), key);
  return node;
}

/** What the innermost described node on the way says; a list's items are described by the list. */
function metaAt(root: Node, path: PropertyKey[]): { write?: string; secret?: boolean } {
  let node: Node | undefined = root;
  let known: { write?: string; secret?: boolean } = {};
  for (const key of path) {
    node = child(unwrapped(node), key);
    const meta = node?.meta?.() ?? unwrapped(node)?.meta?.();
    if (meta?.write !== undefined || meta?.secret) known = meta;
    else if (typeof key === 'string') known = {};
  }
  return known;
}

function unwrapped(node: Node | undefined): Node | undefined {
  const inner = node?._zod.def['innerType'] as Node | undefined;
  return inner ? unwrapped(inner) : node;
}

function child(node: Node | undefined, key: PropertyKey): Node | undefined {
  const def = node?._zod.def;
  if (def?.['type'] === 'object') return (def['shape'] as Record<PropertyKey, Node>)[key];
  if (def?.['type'] === 'array') return typeof key === 'number' ? (def['element'] as Node) : undefined;
  if (def?.['type'] === 'record') return def['valueType'] as Node;
  if (def?.['type'] === 'union')
    return (def['options'] as Node[]).map((option) => child(unwrapped(option), key)).find((found) => found !== undefined);
  return undefined;
}

function keysAt(root: Node, path: PropertyKey[]): string[] {
  return [...new Set(keysOf(schemaAt(root, path)))];
}

function keysOf(node: Node | undefined): string[] {
  const def = unwrapped(node)?._zod.def;
  if (def?.['type'] === 'union') return (def['options'] as Node[]).flatMap(keysOf);
  return def?.['type'] === 'object' ? Object.keys(def['shape'] as object) : [];
}

/** The words of which a value must be one; none where it may be another. */
function entriesOf(node: Node | undefined): string[] {
  const def = unwrapped(node)?._zod.def;
  if (def?.['type'] === 'union') return (def['options'] as Node[]).flatMap(entriesOf);
  return def?.['type'] === 'enum' ? Object.values(def['entries'] as Record<string, string>) : [];
}

function optionsOf(node: Node | undefined): string | undefined {
  const def = node?._zod.def;
  if (def?.['type'] === 'literal') return (def['values'] as unknown[]).join(' or ');
  if (def?.['type'] === 'enum') return Object.values(def['entries'] as object).join(', ');
  if (def?.['type'] === 'object') return `the settings ${Object.keys(def['shape'] as object).join(', ')}`;
  if (def?.['discriminator']) return 'way: presigned, way: public-read, or way: public-url with a baseUrl';
  return undefined;
}

type Kind = 'text' | 'list' | 'settings' | 'other';

function kindOf(value: unknown): Kind {
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' && value !== null ? 'settings' : 'other';
}

function kindsOf(node: Node): Kind[] {
  const def = unwrapped(node)?._zod.def;
  if (def?.['type'] === 'union') return (def['options'] as Node[]).flatMap(kindsOf);
  if (def?.['type'] === 'array') return ['list'];
  if (def?.['type'] === 'object' || def?.['type'] === 'record') return ['settings'];
  return def?.['type'] === 'string' || def?.['type'] === 'enum' || def?.['type'] === 'literal' ? ['text'] : ['other'];
}

/** At most 60 characters of a value. */
export function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The known word that differs least, or that contains this one, if it is near enough to be meant. */
export function nearest(key: string, known: string[]): string | null {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const best = known.map((name) => ({ name, distance: distance(plain(key), plain(name)) })).sort((a, b) => a.distance - b.distance)[0];
  if (best && best.distance <= Math.max(2, Math.floor(key.length / 3))) return best.name;
  const longer = known.filter((name) => plain(key).length >= 4 && plain(name).includes(plain(key))).sort((a, b) => a.length - b.length);
  return longer[0] ?? null;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
