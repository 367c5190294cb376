/** Reads the rows of a directory of tenants: which columns it has, and what is wrong with a row. */

import type { Tenant } from '../../domain/tenant.ts';
import { normalised } from '../../reading/fields/phone.ts';
import { postcodesIn } from '../../reading/fields/postcode.ts';

export const COLUMNS = ['email', 'name', 'phone', 'address', 'postcode', 'branch'] as const;
export type Column = (typeof COLUMNS)[number];

/** What spreadsheets and property systems call them. */
const NAMES: Record<Column, string[]> = {
  email: ['email', 'e-mail', 'email address', 'e-mail address', 'mail', 'tenant email'],
  name: ['name', 'tenant', 'tenant name', 'full name'],
  phone: ['phone', 'mobile', 'telephone', 'tel', 'phone number', 'mobile number', 'contact number'],
  address: ['address', 'property', 'property address', 'full address'],
  postcode: ['postcode', 'post code', 'postal code'],
  branch: ['branch', 'office'],
};

/** A bad row: the line on which it begins, and why it is left out. */
export type BadRow = { line: number; why: string };

/** Where each column stands. @throws Error when there is none for the email */
export function columnsOf(head: string[]): Partial<Record<Column, number>> {
  const plain = head.map((name) => name.trim().toLowerCase().replace(/[_.]+/g, ' '));
  const found: Partial<Record<Column, number>> = {};
  for (const column of COLUMNS) {
    const index = plain.findIndex((name) => NAMES[column].includes(name));
    if (index >= 0) found[column] = index;
  }
  if (found.email === undefined)
    throw new Error(`the first line has no column email; it has: ${head.map((name) => name.slice(0, 30)).join(', ')}`);
  return found;
}

/** @param branches the names of the configured branches */
export function tenantOf(
  row: string[],
  columns: Partial<Record<Column, number>>,
  line: number,
  branches: ReadonlySet<string>,
): Tenant | BadRow {
  const value = (column: Column) => {
    const index = columns[column];
    return index === undefined ? '' : (row[index] ?? '').trim();
  };
  const bad = (why: string): BadRow => ({ line, why });
  const email = value('email').toLowerCase();
  if (!/^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$/.test(email)) return bad(email === '' ? 'no email' : 'the email is none');
  const phone = value('phone');
  if (phone !== '' && !isPhone(phone)) return bad('the phone is no number that can be rung');
  const written = value('postcode');
  const [postcode] = postcodesIn(written);
  if (written !== '' && postcode === undefined) return bad('the postcode is none');
  const branch = value('branch');
  if (branch !== '' && !branches.has(branch)) return bad('no branch of the configuration has this name');
  const lines = value('address')
    .split(/\s*(?:,|\r?\n)\s*/)
    .filter((one) => one !== '');
  const [inAddress] = postcode === undefined ? postcodesIn(lines.at(-1) ?? '') : [];
  const last = inAddress && lines.at(-1)?.replace(inAddress.quote, '').trim();
  return {
    email,
    name: value('name') || null,
    phone: phone || null,
    address: inAddress ? [...lines.slice(0, -1), ...(last ? [last] : [])] : lines,
    postcode: postcode?.postcode ?? inAddress?.postcode ?? null,
    branch: branch || null,
    line,
  };
}

/** Nearly all are ordinary mobiles: those need no library, which takes a second for a hundred thousand. */
function isPhone(text: string): boolean {
  return /^(?:0|\+44 ?)7[1-57-9]\d{2} ?\d{3} ?\d{3}$/.test(text) || normalised(text) !== null;
}
