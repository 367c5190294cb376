/** The job as V3 takes it: MaintenanceIssueModel of the V3 Maintenance API (`POST …/createmaintenancejob`). */
import { z } from 'zod';

/** V3's priorities; it silently takes anything else as Low. */
export const PRIORITIES = ['Low', 'Medium', 'High', 'Emergency'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** ExternalID: "maximum 10 characters" in one place, "under 10" in another, so 9 satisfies both. */
export const MAX_EXTERNAL_ID = 9;

const text = z.string();

export const Document = z.strictObject({ MimeType: z.string().min(1), URL: z.url({ protocol: /^https?$/ }) });
export type Document = z.infer<typeof Document>;

/** MaintenanceIssueModel. A field that is not known is left out, never sent empty. */
export const Job = z.strictObject({
  ExternalID: text.min(1).max(MAX_EXTERNAL_ID),
  /** ISO 8601 with the zone offset; never the default DateTime. */
  ReportedAt: z.iso.datetime({ offset: true }),
  IssueTitle: text.min(1),
  IssueFault: text.optional(),
  IssueNotes: text.optional(),
  IssuePriority: z.enum(PRIORITIES).optional(),
  TenantPresenceRequested: z.boolean().optional(),
  TenantPhonePrimary: text.min(1),
  TenantPhoneSecondary: text.optional(),
  TenantTitle: text.optional(),
  TenantForename: text.optional(),
  TenantSurname: text.optional(),
  TenantEMailAddress: text.optional(),
  PropertyAddress1: text.optional(),
  PropertyAddress2: text.optional(),
  PropertyAddress3: text.optional(),
  PropertyAddress4: text.optional(),
  PropertyPostcode: text.optional(),
  PropertyCountry: text.optional(),
  Documents: z.array(Document).optional(),
});
export type Job = z.infer<typeof Job>;

/** The fields that a reading can fill: all but the identity and the documents, which the pipeline adds. */
export type JobField = Exclude<keyof Job, 'ExternalID' | 'Documents'>;
export const JOB_FIELDS = Object.keys(Job.shape).filter((field) => field !== 'ExternalID' && field !== 'Documents') as JobField[];
