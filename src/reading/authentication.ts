/** Whether a mail's sender is genuine, as the agency's own mail server found it: DMARC by Authentication-Results (RFC 8601, RFC 7489). */
import { headerAll, type Message } from '../domain/message.ts';

/** `unknown`: no trusted server said anything about DMARC. */
export type Dmarc = 'pass' | 'fail' | 'unknown';

/** Longer fields are cut: an honest one has a few hundred characters. */
const MOST_CHARACTERS = 8_000;

/**
 * What the newest field of a trusted server says. Anybody can write such a field into a mail, so those of other servers are ignored
 * (RFC 8601 §7.1), and so are older ones of the same name, since a sender may have put them there.
 * @param trusted authserv-ids of the agency's own servers; none: nothing is ever known
 */
export function dmarcOf(message: Message, trusted: readonly string[]): Dmarc {
  if (trusted.length === 0) return 'unknown';
  const ids = trusted.map((id) => id.toLowerCase());
  for (const field of headerAll(message, 'authentication-results')) {
    const { id, results } = resultsIn(field.slice(0, MOST_CHARACTERS));
    if (!ids.includes(id)) continue;
    const dmarc = results.find(({ method }) => method === 'dmarc')?.result;
    return dmarc === 'pass' || dmarc === 'fail' ? dmarc : 'unknown';
  }
  return 'unknown';
}

/** The authserv-id, lower-case, and each method with its result (RFC 8601 §2.2); properties and comments are left out. */
function resultsIn(field: string): { id: string; results: { method: string; result: string }[] } {
  const [head = '', ...infos] = withoutComments(field).split(';');
  // The authserv-id may be quoted and may be followed by a version.
  const id = /^\s*(?:"([^"]*)"|([^\s;]+))/.exec(head);
  return {
    id: (id?.[1] ?? id?.[2] ?? '').toLowerCase(),
    results: infos.flatMap((info) => {
      const result = /^\s*([a-z0-9-]+)\s*(?:\/\s*\d+\s*)?=\s*([a-z]+)/i.exec(info);
      return result ? [{ method: result[1]?.toLowerCase() ?? '', result: result[2]?.toLowerCase() ?? '' }] : [];
    }),
  };
}

/** Comments nest (RFC 5322 §3.2.2), may hold semicolons, and do not begin inside quotes. */
function withoutComments(field: string): string {
  let depth = 0;
  let isQuoted = false;
  let out = '';
  for (let index = 0; index < field.length; index += 1) {
    const char = field[index] as string;
    if (char === '\\' && (isQuoted || depth > 0)) {
      index += 1;
      continue;
    }
    if (char === '"' && depth === 0) isQuoted = !isQuoted;
    if (!isQuoted && char === '(') depth += 1;
    else if (!isQuoted && char === ')' && depth > 0) depth -= 1;
    else if (depth === 0) out += isQuoted && char === ';' ? ' ' : char;
  }
  return out;
}
