/** Fills what a known sender left out from the agency's directory of tenants. What the mail says wins. */
import type { PhoneFormat } from '../domain/mailbox.ts';
import type { Evidence, Reading, Values } from '../domain/reading.ts';
import type { Tenant } from '../domain/tenant.ts';
import { personIn } from './fields/person.ts';
import { normalised, written } from './fields/phone.ts';
import { bare } from './plain.ts';

const LINES = ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4'] as const;

/**
 * @param entries those of the sender's address: several where somebody rents more than one home, or moved. What they do not agree on
 *   is filled only where the mail itself says which home it is about.
 */
export function filled(reading: Reading, entries: Tenant[], format: PhoneFormat): Reading {
  const fitting = entries.filter((tenant) => fits(tenant, reading.values));
  const [first] = fitting;
  if (first === undefined) return reading;
  const values: Values = { ...reading.values };
  const evidence = (quote: string): Evidence => ({ quote, where: 'directory', rule: `line ${first.line} of the directory` });
  const agreed = (value: (tenant: Tenant) => string | null): string | null => {
    const one = value(first);
    return fitting.every((tenant) => value(tenant) === one) ? one : null;
  };

  const phone = agreed(({ phone }) => phone);
  if (values.TenantPhonePrimary === undefined && phone !== null) {
    const number = normalised(phone);
    values.TenantPhonePrimary = { value: number === null ? phone : written(number, format), evidence: evidence(phone) };
  }
  const name = agreed(({ name }) => name);
  const person = name === null ? null : personIn(name);
  if (name !== null && person && values.TenantForename === undefined && values.TenantSurname === undefined) {
    if (person.title && !values.TenantTitle) values.TenantTitle = { value: person.title, evidence: evidence(name) };
    if (person.forename) values.TenantForename = { value: person.forename, evidence: evidence(name) };
    if (person.surname) values.TenantSurname = { value: person.surname, evidence: evidence(name) };
  }
  const address = agreed((tenant) => [...tenant.address, tenant.postcode ?? ''].join('\n'));
  if (address !== null) {
    if (LINES.every((line) => values[line] === undefined))
      for (const [index, line] of first.address.slice(0, LINES.length).entries())
        values[LINES[index] as (typeof LINES)[number]] = { value: line, evidence: evidence(line) };
    if (first.postcode !== null && values.PropertyPostcode === undefined)
      values.PropertyPostcode = { value: first.postcode, evidence: evidence(first.postcode) };
  }
  return {
    ...reading,
    values,
    missing: reading.missing.filter((one) =>
      one === 'phone' ? values.TenantPhonePrimary === undefined : !values.PropertyAddress1 && !values.PropertyPostcode,
    ),
  };
}

/** Whether the home that the mail names, as far as it names one, is this one: another home has other tenants, and another address. */
function fits(tenant: Tenant, { PropertyPostcode, PropertyAddress1, PropertyAddress2 }: Values): boolean {
  if (PropertyPostcode && tenant.postcode !== null && plain(PropertyPostcode.value) !== plain(tenant.postcode)) return false;
  if (!PropertyAddress1) return true;
  const numbers = (text: string): string[] => bare(text).match(/\b\d+[a-z]?\b/g) ?? [];
  const theirs = numbers(tenant.address.join(' '));
  return numbers(`${PropertyAddress1.value} ${PropertyAddress2?.value ?? ''}`).every((number) => theirs.includes(number));
}

function plain(postcode: string): string {
  return postcode.replace(/\s/g, '').toUpperCase();
}
