/** Lays the answer to a question over the reading of the mail that was asked about. */
import { JOB_FIELDS } from '../domain/job.ts';
import type { Reading, Values } from '../domain/reading.ts';

const ADDRESS = ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4', 'PropertyPostcode'] as const;

/**
 * The earlier reading with what it lacked. What was read first stays: an answer is short, and its other words are about the question.
 * An address is taken as a whole, so that lines of two addresses never mix.
 */
export function completed(earlier: Reading, answer: Reading): Reading {
  const values: Values = { ...earlier.values };
  const hasAddress = ADDRESS.some((field) => earlier.values[field] !== undefined);
  for (const field of JOB_FIELDS) {
    if (values[field] !== undefined || answer.values[field] === undefined) continue;
    if (hasAddress && (ADDRESS as readonly string[]).includes(field) && field !== 'PropertyPostcode') continue;
    Object.assign(values, { [field]: answer.values[field] });
  }
  return {
    ...earlier,
    values,
    missing: earlier.missing.filter((one) => (one === 'phone' ? !values.TenantPhonePrimary : !ADDRESS.some((field) => values[field]))),
  };
}
