/**
 * A rule's pattern on texts in small letters, on the quickest engine that is safe: RE2 needs time that grows with the text alone, whatever
 * the pattern. JavaScript's own engine tries ways one after the other, so it runs only patterns that bound the ways from any one place.
 */
import { RE2JS } from 're2js';

export type RulePattern = {
  /** What has to stand in a text that fits: one string of each list. Lists that say little are left out. */
  needs: string[][];
  /** @param text in small letters */
  test(text: string): boolean;
  /** Which engine runs it on a long text. */
  isNative: boolean;
};

/** From one place of a text, with all that may be left out or repeated. */
const MOST_WAYS = 2_000;
/** A single repeat without end, as in `water.*lights`, is bounded by the text: in one of a sentence's length it takes no longer than RE2 does. */
const SHORT = 200;
/** Shorter strings stand in every text. */
const LEAST_NEEDED = 3;
const MOST_NEEDED = 40;

/** @throws Error when the pattern is not RE2 (templates are checked when they are loaded) */
export function rulePattern(pattern: string): RulePattern {
  const small = lowered(pattern);
  const piece = pieceOf(small);
  const needs = piece === null ? [] : usable(piece);
  const native = piece !== null && piece.ways <= MOST_WAYS && piece.endless <= 1 ? regExp(piece.source) : null;
  if (native !== null && piece?.endless === 0) return { needs, test: (text) => native.test(text), isNative: true };
  let made: RE2JS | null = null;
  return {
    needs,
    test(text) {
      if (native !== null && text.length <= SHORT) return native.test(text);
      made ??= RE2JS.compile(small);
      return made.test(text);
    },
    isNative: false,
  };
}

/** What has to stand in a text, in small letters, that a pattern fits: one string of each list; none where that says little, or is not known. */
export function needsOf(pattern: string): string[][] {
  const piece = pieceOf(lowered(pattern));
  return piece === null ? [] : usable(piece);
}

function regExp(source: string): RegExp | null {
  try {
    return new RegExp(source, 'u');
  } catch {
    return null;
  }
}

/** The pattern's own letters in lower case; escapes such as `\B` and `\p{Lu}` stay, the latter as any letter. */
function lowered(pattern: string): string {
  return pattern.replace(/\\[pP]\{\^?(?:Lu|Lt|Ll)\}|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\(\?P?<[^>]*>|[^\\(]+|\(/gsu, (part) => {
    if (/^\\p\{(?:Lu|Lt|Ll)\}$/.test(part)) return '\\p{L}';
    return part.startsWith('\\') || part.startsWith('(?') ? part : part.toLowerCase();
  });
}

/**
 * Part of a pattern. `source`: for JavaScript's engine. `ways`: in how many ways it may fit at one place at most, but for its repeats without
 * end, of which a way has `endless` at most; Infinity where such a repeat has several ways in itself. `needs`: lists of strings, of each of which one has to stand there. `exact`: all that it fits, where that is a single string.
 */
type Piece = { source: string; ways: number; endless: number; needs: string[][]; exact: string | null };

const one = (source: string): Piece => ({ source, ways: 1, endless: 0, needs: [], exact: null });
/** As RE2 has them: of ASCII only. */
const CLASSES: Record<string, string> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' };

/** Null where the pattern has something that is not read here; then RE2 decides alone. */
function pieceOf(pattern: string): Piece | null {
  let at = 0;
  try {
    const piece = either();
    return at === pattern.length ? piece : null;
  } catch (error) {
    if (error instanceof NotRead) return null;
    throw error;
  }

  function either(): Piece {
    const branches = [sequence()];
    while (pattern[at] === '|') {
      at += 1;
      branches.push(sequence());
    }
    const [only] = branches;
    if (branches.length === 1 && only !== undefined) return only;
    return {
      source: branches.map(({ source }) => source).join('|'),
      ways: branches.reduce((sum, { ways }) => sum + ways, 0),
      endless: Math.max(...branches.map(({ endless }) => endless)),
      needs: oneOf(branches),
      exact: null,
    };
  }

  function sequence(): Piece {
    const all: Piece = { source: '', ways: 1, endless: 0, needs: [], exact: '' };
    let run = '';
    const endRun = () => {
      if (run !== '') all.needs.push([run]);
      run = '';
    };
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const next = repeated(atom());
      all.source += next.source;
      all.ways *= next.ways;
      all.endless += next.endless;
      if (next.exact !== null) {
        run += next.exact;
        if (all.exact !== null) all.exact += next.exact;
      } else {
        endRun();
        all.needs.push(...next.needs);
        all.exact = null;
      }
    }
    endRun();
    return all;
  }

  function atom(): Piece {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    at += character.length;
    if (character === '(') return group();
    if (character === '[') return one(set());
    if (character === '.') return one('[^\\n]');
    if (character === '^' || character === '$') return one(character);
    if (character === '\\') return behindBackslash();
    if ('*+?{}])'.includes(character)) throw new NotRead();
    return { ...one(escaped(character)), exact: character };
  }

  function group(): Piece {
    if (pattern.startsWith('?:', at)) at += 2;
    else if (pattern[at] === '?') throw new NotRead();
    const inner = either();
    if (pattern[at] !== ')') throw new NotRead();
    at += 1;
    return { ...inner, source: `(?:${inner.source})` };
  }

  function behindBackslash(): Piece {
    const character = pattern[at] ?? '';
    at += 1;
    if (character === 'b') return one('\\b');
    const named = CLASSES[character.toLowerCase()];
    if (named !== undefined) return one(`[${character === character.toLowerCase() ? '' : '^'}${named}]`);
    if (!/[^A-Za-z0-9]/.test(character)) throw new NotRead();
    return { ...one(escaped(character)), exact: character };
  }

  /** A list such as `[89]`, `[^.]` or `[-–]`. */
  function set(): string {
    let inside = '';
    if (pattern[at] === '^') {
      inside = '^';
      at += 1;
    }
    for (const start = at; pattern[at] !== ']' || at === start; ) {
      const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
      if (at >= pattern.length || character === '[') throw new NotRead();
      at += character.length;
      if (character !== '\\') inside += character === '-' ? hyphen(start, at - 1) : escapedInSet(character);
      else {
        const next = pattern[at] ?? '';
        at += 1;
        const named = CLASSES[next];
        if (named === undefined && !/[^A-Za-z0-9]/.test(next)) throw new NotRead();
        inside += named ?? escapedInSet(next);
      }
    }
    at += 1;
    return `[${inside}]`;
  }

  /** At the edge of a list it is a hyphen, between two characters a range. */
  function hyphen(start: number, index: number): string {
    return index === start || pattern[index + 1] === ']' ? '\\-' : '-';
  }

  function repeated(piece: Piece): Piece {
    const match = /^(?:([?*+])|\{(\d+)(?:(,)(\d*))?\})(\??)/.exec(pattern.slice(at));
    if (match === null) return piece;
    at += match[0].length;
    const [, sign, least, comma, most, lazy] = match;
    const low = sign === undefined ? Number(least) : sign === '+' ? 1 : 0;
    const high = sign === '?' ? 1 : sign !== undefined || (comma && most === '') ? Number.POSITIVE_INFINITY : Number(comma ? most : least);
    if (/^[?*+{]/.test(pattern.slice(at))) throw new NotRead();
    const isOne = piece.exact !== null && [...piece.exact].length === 1;
    const unit = isOne || /^(?:\(\?:.*\)|\[.*\]|\\b|[\^$])$/s.test(piece.source) ? piece.source : `(?:${piece.source})`;
    const isEndless = !Number.isFinite(high);
    let ways = isEndless ? (piece.ways === 1 && piece.endless === 0 ? 1 : Number.POSITIVE_INFINITY) : 0;
    if (!isEndless) for (let count = low; count <= high && ways <= MOST_WAYS; count += 1) ways += count === 0 ? 1 : piece.ways ** count;
    return {
      source: `${unit}${sign ?? `{${low}${comma ? `,${most}` : ''}}`}${lazy}`,
      ways,
      endless: isEndless ? 1 : piece.endless * high,
      needs: low === 0 ? [] : piece.exact ? [[piece.exact]] : piece.needs,
      exact: null,
    };
  }
}

/** The pattern has something that is left to RE2. */
class NotRead extends Error {}

function escaped(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function escapedInSet(character: string): string {
  return /[\^\\[\]-]/.test(character) ? `\\${character}` : character;
}

/** Of each branch one list, all together. */
function oneOf(branches: Piece[]): string[][] {
  const best = branches.map(({ needs }) => needs.filter(says).toSorted((a, b) => shortest(b) - shortest(a))[0]);
  return best.every((list) => list !== undefined) ? [best.flat()] : [];
}

function usable({ needs }: Piece): string[][] {
  return needs.filter(says);
}

function says(list: string[]): boolean {
  return list.length <= MOST_NEEDED && shortest(list) >= LEAST_NEEDED && list.every((string) => /^[\u0001-\u007f]*$/.test(string));
}

function shortest(list: string[]): number {
  return Math.min(...list.map(({ length }) => length));
}
