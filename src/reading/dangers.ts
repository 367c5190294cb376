/** Which dangers a report tells of, so that the reply can say first what to do. A danger that is denied ("no smell of gas") is none; in doubt it is one. */
import type { Reading } from '../domain/reading.ts';
import { matchesIn } from './matches.ts';

export const DANGERS = ['gas', 'carbon monoxide', 'electrics', 'break-in'] as const;
export type Danger = (typeof DANGERS)[number];

const CO = '(?:co|carbon\\s*monoxide|monoxide)';
const ALARM = '(?:alarms?|detectors?|monitors?|sensors?)';
const SOUNDS =
  "(?:sound(?:s|ed|ing)?|go(?:es|ing|ne)?\\s+off|went\\s+off|ring(?:s|ing)|rang|blar(?:es|ing)|scream(?:s|ing)|trigger(?:ed|ing)|activat(?:ed|ing)|alarming|shriek(?:s|ing)|won't\\s+stop|set\\s+off)";
const LAMP =
  '(?:lights?(?:\\s*(?:fittings?|switch(?:es)?|bulbs?))?|lightbulbs?|spotlights?|downlights?|lamps?|sockets?|plugs?|switch(?:es)?|fuse\\s*(?:box|board)|consumer\\s+unit|electric(?:s|al|ity)?|wiring|electric\\s+meter)';
const OUTLET =
  '(?:sockets?|plugs?|switch(?:es)?|fuse\\s*(?:box|board)|consumer\\s+unit|wir(?:es?|ing)|electric(?:s|al|ity)?|outlets?|light\\s*(?:fittings?|bulbs?)|extension\\s+lead|immersion)';
const BURNT =
  '(?:burn(?:s|t|ed|ing)?|scorch(?:ed|ing)?|melt(?:ed|ing|s)?|smok(?:es?|ed|ing)|char(?:red|ring)|singed|on\\s+fire|caught\\s+fire)';

/** Each is looked for in one clause at a time. `unless` makes a clause harmless for that rule. */
const RULES: { danger: Danger; pattern: RegExp; unless?: RegExp }[] = [
  { danger: 'gas', pattern: /\b(?:smell\w*|smelt|stinks?|stinking|reeks?|odou?rs?|whiff|stench)\b.{0,30}?\bgas\b/i },
  {
    danger: 'gas',
    pattern:
      /\bgas\b(?:\s+(?:pipe|meter|hob|cooker|oven|fire|supply|tap|line))?(?:\s+(?:is|was|has|been|seems?\s+to\s+be|might\s+be|must\s+be|keeps?))*\s+(?:leak\w*|escap\w+|smell\w*|odou?rs?|fumes)\b/i,
  },
  { danger: 'gas', pattern: /\b(?:leak(?:s|ing|age)?|escap(?:e|es|ing))\s+(?:of\s+|is\s+)?gas\b/i },
  {
    danger: 'carbon monoxide',
    pattern: new RegExp(`\\b${CO}\\b.{0,20}?\\b${ALARM}\\b.{0,60}?\\b${SOUNDS}`, 'i'),
    unless: /\bchirp|\bonce (?:a|every) minute\b|\bevery (?:\d+|few|thirty|forty|sixty) (?:seconds?|secs?|minutes?|mins?)\b/i,
  },
  {
    danger: 'carbon monoxide',
    pattern: new RegExp(`\\b${SOUNDS}\\b.{0,20}?\\b${CO}\\b.{0,10}?\\b${ALARM}\\b`, 'i'),
    unless: /\bchirp/i,
  },
  {
    danger: 'carbon monoxide',
    pattern: new RegExp(`\\b${CO}\\b.{0,20}?\\b${ALARM}\\b.{0,60}?\\bbeep(?:s|ing|ed)?\\b`, 'i'),
    unless: /\bchirp|\bbatter(?:y|ies)\b|\bLB\b|\bminute\b|\bevery\b|\bonce\b|\bend of (?:its )?life\b/i,
  },
  {
    danger: 'carbon monoxide',
    pattern: /\bcarbon\s*monoxide\s+(?:leak\w*|poison\w*|fumes|levels?|in\s+the|detected)\b|\bCO\s+(?:leak|poisoning|fumes)\b/i,
  },
  {
    danger: 'electrics',
    pattern: /\bspark(?:s|ed|ing)?\b/i,
    unless: /\b(?:hob|igniter|ignition|ignite|light\s+the\s+(?:oven|grill)|spark\s+plugs?)\b/i,
  },
  { danger: 'electrics', pattern: /\belectric(?:al)?\s+shocks?\b|\belectrocut\w+/i },
  {
    danger: 'electrics',
    pattern: /\b(?:got|get|gets|getting|had|gave|gives?|giving|given|received)\s+(?:\w+\s+){0,3}?shocks?\b/i,
    unless: /\bshock(?:s)?\s+(?:when|at|to|of|that)\b.{0,30}\b(?:saw|see|seeing|find|found|bill|rent|price|hear|heard|read)\b/i,
  },
  { danger: 'electrics', pattern: new RegExp(`\\b${BURNT}\\b.{0,60}?\\b${OUTLET}\\b`, 'i'), unless: /\bburn(?:s|ed|t)?\s+out\b/i },
  { danger: 'electrics', pattern: new RegExp(`\\b${OUTLET}\\b.{0,60}?\\b${BURNT}\\b`, 'i'), unless: /\bsmoke\s+(?:alarm|detector)/i },
  {
    danger: 'electrics',
    pattern:
      /\b(?:burn(?:ing|t)\s+(?:plastic|electric\w*|wir\w+)|fishy)\s+smell\b|\bsmell\w*\s+(?:of\s+|like\s+)?burn(?:ing|t)\s+(?:plastic|wir\w+|electric\w*|rubber)\b/i,
  },
  { danger: 'electrics', pattern: /\b(?:bare|live|exposed)\s+(?:\w+\s+)?(?:wir(?:es?|ing)|cables?|electric\w*)\b/i },
  {
    danger: 'electrics',
    pattern: new RegExp(
      `\\b(?:water|leak\\w*|drip\\w*|pour\\w*|rain\\w*|flood\\w*|running|coming|sewage)\\b.{0,60}?\\b(?:through|thru|from|into|onto|out(?:\\s+of)?|over|near|around|above|behind|in|by|on|down)\\s+(?:(?:the|my|our|a|an|one|all|of|your)\\s+)*(?:\\w+\\s+){0,2}?${LAMP}\\b`,
      'i',
    ),
    unless:
      /\b(?:(?:nowhere|not|far)\s+(?:near|close|from)|away\s+from|spark\s+plug|bath\s+plug|sink\s+plug|plug\s*hole|plughole|basin\s+plug|in\s+(?:the\s+)?light\s+of|from\s+the\s+street\s*lights?)\b/i,
  },
  {
    danger: 'electrics',
    pattern: new RegExp(`\\b${LAMP}\\b.{0,30}?\\b(?:drip\\w*|leak\\w*|full\\s+of\\s+water|soak\\w*|wet|water\\w*)\\b`, 'i'),
    unless: /\bplug\s*hole|\b(?:bath|sink|basin)\s+plug\b|\bimmersion\b/i,
  },
  {
    danger: 'break-in',
    pattern:
      /\b(?:break-?\s?ins?(?!\s+(?:the|a|my|our|your|service|supply|power)\b)|broken?\s+in(?:to)?(?!\s+(?:two|half|pieces|bits|the\s+middle)\b)|broke\s+into|burgl(?!ar\s+alarm)\w+|intruders?|forced\s+entry)\b/i,
    unless:
      /\b(?:could|might|may|would|can|to\s+stop|prevent)\s+(?:\w+\s+){0,3}?(?:break|burgle|be\s+burgled|get\s+in)\b|\b(?:break|broken?)\s+in\s+(?:the\s+)?(?:pipe|cable|wire|seal)/i,
  },
  {
    danger: 'break-in',
    pattern:
      /\b(?:kicked|smashed|forced|jemmied|prised)\s+(?:\w+\s+){0,3}?(?:door|window|lock)s?\b|\b(?:door|window|lock)s?\b.{0,15}?\b(?:kicked\s+in|smashed\s+in|forced\s+open|jemmied|prised\s+open)\b/i,
    unless: /\b(?:i|we)(?:'ve|\s+have)?\s+(?:had\s+to\s+)?forced?\b/i,
  },
];

/** Words that may stand between a denial and what it denies: "there isn't any obvious smell of gas". */
const BETWEEN =
  "(?:any|an?|the|longer|more|further|obvious|signs?|of|evidence|trace|hint|there|there's|it's|is|are|was|be|been|being|to|have|had|got|noticeable|at|all|think|currently|actually|really|a\\s+case|smell(?:ed|ing)?|detect(?:ed|ing)?|notice[ds]?|seen?|even|now|like)";
const DENIED_BEFORE = new RegExp(
  `(?:\\b(?:no|not|never|without|nor|neither|cannot|isnt|dont|cant|didnt|wasnt|doesnt)|n't)\\s+(?:${BETWEEN}\\s+)*$`,
  'i',
);
/** "If you smell gas, ring …" warns of nothing that happened. */
const SUPPOSED = /\b(?:if|should|in\s+case|whether)\s+you\s+(?:can\s+|ever\s+|do\s+|should\s+)?$/i;
const DENIED_INSIDE = /(?:\b(?:not|never|without|isnt|hasnt|doesnt|didnt|wasnt)|n't)\s(?!stop|turn|switch|go\s+away)/i;
/** A form's answer: "Smell of gas: no". */
const DENIED_AFTER = /^\s*(?:[:=?]+|-{1,2}|–)\s*(?:no|none|n\/a|false)\b/i;

/** Longer texts are cut: a danger is told of early, and what strangers write must not cost time without bound. */
const MOST_TEXT = 20_000;

/** In the order of `DANGERS`, each once. */
export function dangersOf(reading: Reading): Danger[] {
  const { IssueTitle, IssueNotes } = reading.values;
  const clauses = [IssueTitle?.value, IssueNotes?.value].flatMap((text) => clausesOf(text ?? ''));
  return DANGERS.filter((danger) => RULES.some((rule) => rule.danger === danger && clauses.some((clause) => tells(clause, rule))));
}

/** Parts of the text within which a denial holds: sentences, and what stands on either side of a "but". */
function clausesOf(text: string): string[] {
  return text
    .slice(0, MOST_TEXT)
    .replace(/[’‘`´]/g, "'")
    .replace(/\?\s*(?=(?:yes|no|none|n\/a)\b)/gi, ': ')
    .split(/\r?\n\s*\r?\n|[.!?]+(?:\s|$)|;|\b(?:but|however|although|though|yet)\b|\n(?=[\w /]{2,40}\s*:)/i)
    .map((clause) => clause.replace(/\s+/g, ' ').trim())
    .filter((clause) => clause !== '');
}

function tells(clause: string, { pattern, unless }: (typeof RULES)[number]): boolean {
  if (unless?.test(clause)) return false;
  for (const match of matchesIn(clause, new RegExp(pattern, 'gi'))) {
    const before = clause.slice(Math.max(0, match.index - 120), match.index);
    const isDenied =
      DENIED_BEFORE.test(before) ||
      SUPPOSED.test(before) ||
      DENIED_INSIDE.test(match[0].replace(/won't\s+stop/i, 'sounds')) ||
      DENIED_AFTER.test(clause.slice(match.index + match[0].length));
    if (!isDenied) return true;
  }
  return false;
}
