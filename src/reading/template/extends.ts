/** Lays a template over the one that it extends: what it leaves out is as there, its fields one by one. */

/** A template as it stands in a file, before it is checked. */
export type Tree = Record<string, unknown>;

const OWN = new Set(['name', 'version', 'about', 'extends', 'examples']);
const BY_ENTRY = new Set(['fields', 'labels', 'priorityWords']);
const MOST_LEVELS = 8;

/**
 * @param find the tree of another template by its name
 * @throws Error for people when the other is unknown or they extend each other
 */
export function extended(tree: Tree, find: (name: string) => Tree | undefined, level = 0): Tree {
  const base = tree['extends'];
  if (typeof base !== 'string') return tree;
  if (level >= MOST_LEVELS) throw new Error('templates extend each other in a circle, or too deep');
  const other = find(base);
  if (other === undefined) throw new Error(`there is no template ${base}`);
  const below = extended(other, find, level + 1);
  const result: Tree = { ...tree };
  for (const [key, value] of Object.entries(below)) {
    if (OWN.has(key)) continue;
    const own = tree[key];
    if (own === undefined) result[key] = value;
    else if (BY_ENTRY.has(key) && isTree(own) && isTree(value)) result[key] = { ...value, ...own };
  }
  return result;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
