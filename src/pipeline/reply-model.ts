/** What the reply texts are made of. */
import { DateTime } from 'luxon';
import type { Missing, Value } from '../domain/reading.ts';
import { dangersOf } from '../reading/dangers.ts';
import type { InHand } from './in-hand.ts';
import type { ReplyModel } from './ports.ts';

/** What somebody else's directory entry says is not shown to whoever writes in a tenant's name from another address. */
export function replyModel({ report, mailbox, documents }: Omit<InHand, 'attempts'>): ReplyModel {
  const { values, missing } = report.reading;
  const tenant = values.TenantEMailAddress?.value.toLowerCase();
  const to = report.replyTo?.address.toLowerCase();
  const shown = (value: Value<string> | undefined) =>
    value === undefined || (value.evidence.where === 'directory' && to !== tenant) ? [] : value.value;
  const address = [
    values.PropertyAddress1,
    values.PropertyAddress2,
    values.PropertyAddress3,
    values.PropertyAddress4,
    values.PropertyPostcode,
  ].flatMap(shown);
  const name = [values.TenantForename ?? values.TenantTitle, values.TenantSurname].flatMap(shown).join(' ');
  // As people address each other: Sam, or else Mrs Okafor.
  const forename = shown(values.TenantForename);
  const called = forename.length > 0 ? String(forename) : [values.TenantTitle, values.TenantSurname].flatMap(shown).join(' ');
  const isTenant = to === undefined || tenant === undefined || to === tenant;
  const asked: Missing[] = ['phone', 'address'];
  return {
    agency: { name: mailbox.agency.name, outOfHoursPhone: mailbox.agency.outOfHoursPhone },
    reference: report.reference,
    reportedAt: dayAndTime(values.ReportedAt?.value ?? '', report.createdAt, mailbox.branch.timeZone, mailbox.style.language),
    greeting: (isTenant ? called : report.replyTo?.name) || null,
    tenantName: name || null,
    forTenant: isTenant,
    title: values.IssueTitle?.value ?? '',
    priority: values.IssuePriority?.value ?? report.priority,
    address: address.join(', ') || null,
    phone: missing.includes('phone') ? null : (shown(values.TenantPhonePrimary) as string) || null,
    photos: {
      taken: documents.filter((document) => document.refused === null).map((document) => document.name),
      refused: documents.flatMap(({ name, refused }) => (refused === null ? [] : [{ name, why: refused }])),
    },
    missing: asked.filter((one) => missing.includes(one)),
    dangers: dangersOf(report.reading),
  };
}

/** `3 March 2026, 09:15`, in the language of the reply. */
export function dayAndTime(iso: string, fallback: Date, zone: string, language: string): string {
  const read = DateTime.fromISO(iso);
  const time = read.isValid ? read : DateTime.fromJSDate(fallback);
  return time
    .setZone(zone)
    .setLocale(language === 'en' ? 'en-GB' : language)
    .toFormat('d MMMM yyyy, HH:mm');
}
