/** Puts the agency's own number in the place of a tenant's that nobody knows, and says so in the notes. */
import type { PhoneFormat } from '../domain/mailbox.ts';
import type { Reading } from '../domain/reading.ts';
import { normalised, written } from './fields/phone.ts';

/** The phone stays among what is missing, since the tenant is still to be asked for it. @param phone the agency's */
export function withFallback(reading: Reading, phone: string, format: PhoneFormat): Reading {
  const { values } = reading;
  const number = normalised(phone);
  const address = values.TenantEMailAddress?.value;
  const note = `No phone number of the tenant is known: the number given is the agency's own.${address ? ` The tenant's email: ${address}.` : ''}`;
  const notes = values.IssueNotes;
  const evidence = { quote: phone, where: 'setting' as const, rule: 'agency.fallbackPhone' };
  return {
    ...reading,
    missing: [...new Set([...reading.missing, 'phone' as const])],
    values: {
      ...values,
      TenantPhonePrimary: { value: number === null ? phone : written(number, format), evidence },
      IssueNotes: notes ? { ...notes, value: `${notes.value}\n\n${note}` } : { value: note, evidence },
    },
  };
}
