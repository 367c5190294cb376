/** The things of a home by kind, so that "the boiler" and "no hot water" are known as one fault, and a tap and a gate as two. */

import { sentencesOf } from './plain.ts';
import { needsOf } from './rule-pattern.ts';
import { stringsIn } from './strings-in.ts';
import { PRAISE, SYMPTOM } from './words.ts';

const KINDS: [kind: string, words: RegExp][] = [
  ['heating', /\b(boiler|boyler|heating|hot water|radiators?|rads?|thermostat|immersion|storage heaters?|heaters?|pilot light)\b/i],
  ['shower or bath', /\b(showers?|bath(?:tub)?)\b(?!\s*room)/i],
  ['toilet', /\b(toilets?|loo|cistern|wc)\b/i],
  ['tap or sink', /\b(taps?|sinks?|basins?|plug ?holes?)\b/i],
  ['roof', /\b(roof|chimney|skylight|gutters?|guttering|downpipe|slates?|loft)\b/i],
  ['door', /\b(doors?|locks?|keys?|fob|latch|letter ?box)\b/i],
  ['window', /\b(windows?|window ?pane|double glazing|glass|blinds?|curtain (?:rail|pole))\b/i],
  ['entry phone', /\b(intercom|buzzer|entry ?phone|doorbell)\b/i],
  ['outside', /\b(gates?|fences?|shed|garage|patio|washing line|bins?|garden wall)\b/i],
  ['stairs', /\b(stairs?|stairlift|bann?isters?|handrails?|railings?)\b/i],
  ['cooker', /\b(ovens?|cookers?|hob|grill)\b/i],
  ['fridge', /\b(fridges?|freezers?)\b/i],
  ['dishwasher', /\bdish ?washers?\b/i],
  ['washing machine', /\b(washing machine|washer|tumble dryer|dryer)\b/i],
  ['fan', /\b(extractor|extractor fans?|fans?|cooker hood)\b/i],
  [
    'electrics',
    /\b(electrics?|electricity|sockets?|lights?|lighting|lamps?|bulbs?|switch(?:es)?|fuse(?: ?box)?|breaker|wiring|power cut)\b/i,
  ],
  ['alarm', /\b(alarms?|detectors?)\b/i],
  ['mould', /\b(mould|mold|damp|condensation)\b/i],
  ['pests', /\b(mice|mouse|rats?|wasps?|ants|pigeons?|bed ?bugs|cockroach(?:es)?|droppings)\b/i],
  ['furniture', /\b(wardrobes?|cupboards?|shelf|shelves|worktop|bed|sofa|drawers?)\b/i],
  ['lift', /\blift\b(?! (?:the|it|up))/i],
  ['gas', /\bgas\b/i],
  ['break-in', /\b(break[- ]?in|burgl\w+|broken into)\b/i],
  ['television', /\b(aerial|tv|satellite)\b/i],
];

/** What has to stand in a text that names such a thing: it is looked for in one pass, for all kinds. */
const STRINGS = [...new Set(KINDS.flatMap(([, words]) => needsOf(words.source)).flat())];
const NEEDS = KINDS.map(([, words]) => needsOf(words.source).map((list) => list.map((string) => STRINGS.indexOf(string))));
const namedIn = stringsIn(STRINGS);

/** "Does not close", "can't open", "won't": what a thing no longer does. */
const DENIED = /\b(?:(?:do|does|did|will|would|can|could|is|are|has|have)\s?n(?:o|['’])?t|cannot|wont|no longer)\s+\w+/i;

/** The kinds of things that a text names, in the order of `KINDS`. */
export function thingsIn(text: string): string[] {
  const seen = namedIn(text.toLowerCase());
  return KINDS.filter(([, words], index) => NEEDS[index]?.every((list) => list.some((string) => seen.has(string))) && words.test(text)).map(
    ([kind]) => kind,
  );
}

/** The sentences that say of a thing that something is wrong with it, each with the kinds of things in it. */
export function faultsIn(text: string): { sentence: string; things: string[] }[] {
  return sentencesOf(text)
    .filter((sentence) => (SYMPTOM.test(sentence) || DENIED.test(sentence)) && !PRAISE.test(sentence))
    .map((sentence) => ({ sentence, things: thingsIn(sentence) }))
    .filter(({ things }) => things.length > 0);
}
