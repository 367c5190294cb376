/** What was understood of a message: a value for each job field, each with its evidence. */
import type { Job, JobField } from './job.ts';

/**
 * Where a quote stands. `note` is what an agent wrote above a forwarded mail; `earlier` is a report that this message adds to.
 * Not in the mail: `directory` of tenants, `setting` of the agency.
 */
export type Place =
  | 'body'
  | 'note'
  | 'subject'
  | 'signature'
  | 'quoted'
  | 'footer'
  | 'header'
  | 'forwarded body'
  | 'forwarded subject'
  | 'forwarded signature'
  | 'forwarded header'
  | 'attachment name'
  | 'template'
  | 'earlier'
  | 'directory'
  | 'setting';

/** Why a value is what it is: the words it was read from, where they stand, and the rule that found them. No field goes without. */
export type Evidence = { quote: string; where: Place; rule: string };

export type Value<T> = { value: T; evidence: Evidence };

/** The fields that V3 would get, as far as this message tells. */
export type Values = { [Field in JobField]?: Value<NonNullable<Job[Field]>> };

/** What the reading is sure is missing, in the order in which a person would be asked. */
export type Missing = 'phone' | 'address';

export type Reading = {
  /** Name and version of the template that read it: `general@1`. */
  template: string;
  values: Values;
  /** `part` of each attachment worth attaching to the job, in order. */
  attachments: string[];
  missing: Missing[];
  /** The branch (by its name in the configuration) whose job it becomes, where a template says so; else the mailbox's own. */
  branch?: string;
};
