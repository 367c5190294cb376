/** CSS selectors over a page in one pass from the top: time grows with elements times parts of the selector, whatever both are. */
import { AttributeAction, parse, type Selector, SelectorType } from 'css-what';
import { type Element, elementsOf } from './page.ts';

/** Why a selector cannot be used, for people. */
export class SelectorError extends Error {}

type Relation = 'descendant' | 'child' | 'next' | 'later';
/** One compound (`td.value:first-child`) and how it stands to the one before it. */
type Compound = { relation: Relation; tests: ((element: Element, place: Placed) => boolean)[] };
/** Where an element stands among its siblings, from 1. */
type Placed = { index: number; last: number; ofType: number; lastOfType: number };

const MOST_COMPOUNDS = 20;
const parsed = new Map<string, Compound[][]>();
const MOST_PARSED = 2_000;

/** The elements that a selector finds, in the order of the page. @throws SelectorError */
export function select(root: Element, selector: string): Element[] {
  const ways = compile(selector);
  const hasBody = [...elementsOf(root)].some((element) => element.name === 'tbody');
  const found = new Set<Element>();
  for (const way of ways) for (const element of walk(root, hasBody ? way : withoutTbody(way))) found.add(element);
  return ways.length === 1 ? [...found] : [...elementsOf(root)].filter((element) => found.has(element));
}

/** @throws SelectorError when this is not a selector, or one that mails are not read by */
export function compile(selector: string): Compound[][] {
  const known = parsed.get(selector);
  if (known !== undefined) return known;
  let ways: Selector[][];
  try {
    ways = parse(selector);
  } catch (error) {
    throw new SelectorError(error instanceof Error ? error.message : String(error));
  }
  const compiled = ways.map(compoundsOf);
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(selector, compiled);
  return compiled;
}

function compoundsOf(tokens: Selector[]): Compound[] {
  const compounds: Compound[] = [{ relation: 'descendant', tests: [] }];
  for (const token of tokens) {
    const relation = relationOf(token);
    if (relation !== null) {
      if (compounds.length >= MOST_COMPOUNDS) throw new SelectorError(`more than ${MOST_COMPOUNDS} parts`);
      compounds.push({ relation, tests: [] });
    } else compounds.at(-1)?.tests.push(testOf(token));
  }
  return compounds;
}

function relationOf(token: Selector): Relation | null {
  if (token.type === SelectorType.Descendant) return 'descendant';
  if (token.type === SelectorType.Child) return 'child';
  if (token.type === SelectorType.Adjacent) return 'next';
  if (token.type === SelectorType.Sibling) return 'later';
  return null;
}

function testOf(token: Selector): (element: Element, place: Placed) => boolean {
  if (token.type === SelectorType.Universal) return () => true;
  if (token.type === SelectorType.Tag) {
    const name = token.name.toLowerCase();
    return Object.assign((element: Element) => element.name === name, { tag: name });
  }
  if (token.type === SelectorType.Attribute) return attributeTest(token);
  if (token.type === SelectorType.Pseudo) return pseudoTest(token.name, token.data);
  throw new SelectorError('only tags, classes, ids, attributes and places such as :nth-child(2) are known');
}

function attributeTest(token: Extract<Selector, { type: 'attribute' }>): (element: Element) => boolean {
  const name = token.name.toLowerCase();
  const wanted = token.value.toLowerCase();
  const value = (element: Element) => element.attributes[name]?.toLowerCase();
  switch (token.action) {
    case AttributeAction.Exists:
      return (element) => element.attributes[name] !== undefined;
    case AttributeAction.Equals:
      return (element) => value(element) === wanted;
    case AttributeAction.Element:
      return (element) => wanted !== '' && (value(element)?.split(/\s+/).includes(wanted) ?? false);
    case AttributeAction.Start:
      return (element) => wanted !== '' && (value(element)?.startsWith(wanted) ?? false);
    case AttributeAction.End:
      return (element) => wanted !== '' && (value(element)?.endsWith(wanted) ?? false);
    case AttributeAction.Any:
      return (element) => wanted !== '' && (value(element)?.includes(wanted) ?? false);
    case AttributeAction.Hyphen:
      return (element) => value(element) === wanted || (value(element)?.startsWith(`${wanted}-`) ?? false);
    case AttributeAction.Not:
      return (element) => value(element) !== wanted;
    default:
      throw new SelectorError(`the attribute test on ${name} is not known`);
  }
}

function pseudoTest(name: string, data: unknown): (element: Element, place: Placed) => boolean {
  const nth = (pick: (place: Placed) => number) => {
    const formula = nthOf(String(data ?? ''));
    if (formula === null) throw new SelectorError(`:${name}(${String(data)}) is not a place: write a number such as :${name}(2)`);
    return (_: Element, place: Placed) => fits(formula, pick(place));
  };
  switch (name) {
    case 'first-child':
      return (_, place) => place.index === 1;
    case 'last-child':
      return (_, place) => place.index === place.last;
    case 'first-of-type':
      return (_, place) => place.ofType === 1;
    case 'last-of-type':
      return (_, place) => place.ofType === place.lastOfType;
    case 'nth-child':
      return nth((place) => place.index);
    case 'nth-last-child':
      return nth((place) => place.last - place.index + 1);
    case 'nth-of-type':
      return nth((place) => place.ofType);
    case 'not': {
      const tests = (data as Selector[][]).map((way) => {
        if (way.some((token) => relationOf(token) !== null)) throw new SelectorError(':not(…) takes one element, without blanks or >');
        return way.map(testOf);
      });
      return (element, place) => !tests.some((way) => way.every((test) => test(element, place)));
    }
    default:
      throw new SelectorError(
        `:${name} is not known; these are: :first-child, :last-child, :nth-child(2), :nth-last-child(2), :first-of-type, :last-of-type, :nth-of-type(2), :not(.x)`,
      );
  }
}

/** `2`, `odd`, `even`, `2n+1` as a·n + b. */
function nthOf(text: string): { a: number; b: number } | null {
  const plain = text.replace(/\s+/g, '').toLowerCase();
  if (plain === 'odd') return { a: 2, b: 1 };
  if (plain === 'even') return { a: 2, b: 0 };
  const match = /^(?:([+-]?\d*)n)?([+-]?\d+)?$/.exec(plain);
  if (!match || plain === '') return null;
  const [, n, b] = match;
  return { a: n === undefined ? 0 : n === '' || n === '+' ? 1 : n === '-' ? -1 : Number(n), b: Number(b ?? 0) };
}

function fits({ a, b }: { a: number; b: number }, index: number): boolean {
  return a === 0 ? index === b : (index - b) % a === 0 && (index - b) / a >= 0;
}

/** Browsers show a tbody where the mail has none, so a selector that was copied from one names it. */
function withoutTbody(way: Compound[]): Compound[] {
  return way.filter((compound) => !compound.tests.some((test) => (test as { tag?: string }).tag === 'tbody'));
}

/** For each element, as bits, which beginnings of the selector end at it; an element with the last bit is found. */
function walk(root: Element, way: Compound[]): Element[] {
  const found: Element[] = [];
  const stack: { element: Element; parent: number; above: number }[] = [{ element: root, parent: 0, above: 0 }];
  while (stack.length > 0) {
    const { element: parent, parent: parentBits, above } = stack.pop() as (typeof stack)[number];
    const children = parent.children.filter((child): child is Element => typeof child === 'object');
    const placed = places(children);
    let before = 0;
    let earlier = 0;
    const next: typeof stack = [];
    for (const [index, child] of children.entries()) {
      let bits = 0;
      way.forEach((compound, at) => {
        const known =
          at === 0 || ({ descendant: above, child: parentBits, next: before, later: earlier }[compound.relation] & (1 << (at - 1))) !== 0;
        if (known && compound.tests.every((test) => test(child, placed[index] as Placed))) bits |= 1 << at;
      });
      if ((bits & (1 << (way.length - 1))) !== 0) found.push(child);
      before = bits;
      earlier |= bits;
      next.push({ element: child, parent: bits, above: above | bits });
    }
    for (const one of next.reverse()) stack.push(one);
  }
  return inOrder(root, found);
}

function inOrder(root: Element, found: Element[]): Element[] {
  if (found.length < 2) return found;
  const wanted = new Set(found);
  return [...elementsOf(root)].filter((element) => wanted.has(element));
}

function places(children: Element[]): Placed[] {
  const totals = new Map<string, number>();
  for (const child of children) totals.set(child.name, (totals.get(child.name) ?? 0) + 1);
  const counts = new Map<string, number>();
  return children.map((child, index) => {
    const ofType = (counts.get(child.name) ?? 0) + 1;
    counts.set(child.name, ofType);
    return { index: index + 1, last: children.length, ofType, lastOfType: totals.get(child.name) ?? ofType };
  });
}
