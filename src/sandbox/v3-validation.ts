/** The V3 stand-in's own check of a MaintenanceIssueModel: written from the API's description, not from domain/job.ts, so that it can disagree. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { DateTime } from 'luxon';
import type { ModelState } from './v3-answers.ts';

/** A checked MaintenanceIssueModel; fields that V3 does not know are kept as they came. */
export type MaintenanceIssue = {
  ExternalID: string;
  ReportedAt: string;
  IssueTitle: string;
  TenantPhonePrimary: string;
  IssuePriority: string;
  Documents: { MimeType: string; URL: string }[];
  [field: string]: unknown;
};

type Fields = Record<string, unknown>;

const REQUIRED = ['ExternalID', 'ReportedAt', 'IssueTitle', 'TenantPhonePrimary'];
const OPTIONAL = [
  ...['TenantPhoneSecondary', 'IssueFault', 'IssueNotes', 'IssuePriority'],
  ...['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4', 'PropertyPostcode', 'PropertyCountry'],
  ...['TenantTitle', 'TenantForename', 'TenantSurname', 'TenantEMailAddress'],
];
const PRIORITIES = ['Low', 'Medium', 'High', 'Emergency'];
const ISO_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})?$/;

/** The issue as it is stored, with an unknown priority turned into Low; or everything that is wrong with it. */
export function checkIssue(body: string): { issue: MaintenanceIssue } | { errors: ModelState } {
  const fields = parseObject(body);
  if (fields === null) return { errors: { issue: ['The request body is not a JSON object.'] } };
  const errors: ModelState = {};
  const say = (field: string, text: string) => {
    (errors[`issue.${field}`] ??= []).push(text);
  };
  checkTexts(fields, say);
  if (fields.TenantPresenceRequested != null && typeof fields.TenantPresenceRequested !== 'boolean') {
    say('TenantPresenceRequested', 'Could not convert the value to a boolean.');
  }
  checkExternalID(fields.ExternalID, say);
  checkReportedAt(fields.ReportedAt, say);
  checkPhone('TenantPhonePrimary', fields.TenantPhonePrimary, say);
  checkPhone('TenantPhoneSecondary', fields.TenantPhoneSecondary, say);
  checkDocuments(fields.Documents, say);
  if (Object.keys(errors).length > 0) return { errors };
  const priority = PRIORITIES.includes(String(fields.IssuePriority)) ? fields.IssuePriority : 'Low';
  return { issue: { ...fields, IssuePriority: priority, Documents: fields.Documents ?? [] } as MaintenanceIssue };
}

type Say = (field: string, text: string) => void;

function parseObject(body: string): Fields | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function checkTexts(fields: Fields, say: Say): void {
  for (const field of [...REQUIRED, ...OPTIONAL]) {
    const value = fields[field];
    if (value != null && typeof value !== 'string') say(field, 'Could not convert the value to a string.');
    else if (REQUIRED.includes(field) && (value ?? '').trim() === '') say(field, `The ${field} field is required.`);
  }
}

function checkExternalID(value: unknown, say: Say): void {
  if (typeof value === 'string' && value.length >= 10) say('ExternalID', 'The field ExternalID must be under 10 characters.');
}

function checkReportedAt(value: unknown, say: Say): void {
  if (typeof value !== 'string' || value.trim() === '') return;
  if (!ISO_DATE_TIME.test(value) || !DateTime.fromISO(value).isValid) say('ReportedAt', 'Could not convert the value to a DateTime.');
  else if (value.startsWith('0001-01-01')) say('ReportedAt', 'The ReportedAt field must not be the default DateTime.');
}

/** The real format check is unpublished. The whole text must be a number that libphonenumber holds for valid, British unless it starts with +. */
function checkPhone(field: string, value: unknown, say: Say): void {
  if (typeof value !== 'string' || value.trim() === '') return;
  const phone = parsePhoneNumberFromString(value, { defaultCountry: 'GB', extract: false });
  if (!phone?.isValid()) say(field, `The ${field} field is not a valid phone number.`);
}

function checkDocuments(value: unknown, say: Say): void {
  if (value == null) return;
  if (!Array.isArray(value)) {
    say('Documents', 'Could not convert the value to a list.');
    return;
  }
  for (const [index, document] of value.entries()) {
    const field = `Documents[${index}]`;
    const { MimeType, URL: url } = (document ?? {}) as Fields;
    if (typeof MimeType !== 'string' || !/^[\w.+-]+\/[\w.+-]+$/.test(MimeType))
      say(`${field}.MimeType`, 'The MimeType field is not valid.');
    if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url))
      say(`${field}.URL`, 'The URL field is not a valid URL.');
  }
}
