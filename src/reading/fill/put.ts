/** Collects the values of a reading: the first value that is found for a field stays. */
import type { JobField } from '../../domain/job.ts';
import type { Evidence, Value, Values } from '../../domain/reading.ts';
import { oneBlank } from '../plain.ts';

/** Sets a field that has no value yet; null, undefined and '' set nothing. */
export type Put = <F extends JobField>(field: F, value: NonNullable<Values[F]>['value'] | null | undefined, evidence: Evidence) => void;

/** An empty set of values, and the only way to fill it. */
export function collector(): { values: Values; put: Put } {
  const values: Values = {};
  return {
    values,
    put(field, value, evidence) {
      if (value === null || value === undefined || value === '' || values[field] !== undefined) return;
      const { quote, where, rule } = evidence;
      (values as Record<string, Value<unknown>>)[field] = { value, evidence: { quote: shortened(quote), where, rule } };
    },
  };
}

function shortened(quote: string): string {
  const flat = oneBlank(quote).trim();
  return flat.length > 160 ? `${flat.slice(0, 159)}…` : flat;
}
