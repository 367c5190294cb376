/** Sets what a template found, and keeps the rest of the reading from what the template settled. */
import type { JobField } from '../../domain/job.ts';
import { type Address, domainOf } from '../../domain/message.ts';
import type { Values } from '../../domain/reading.ts';
import { titleOf } from '../fields/title.ts';
import { sentencesOf } from '../plain.ts';
import { firstPriority, firstRule } from '../rules.ts';
import type { Applied } from '../template/apply.ts';
import type { Template } from '../template.ts';
import type { Put } from './put.ts';

/** @returns the only way to set further fields: those that the template closed, and a second number that is the first again, are refused */
export function fillByTemplate(applied: Applied, values: Values, put: Put): Put {
  for (const [field, one] of Object.entries(applied.values)) put(field as JobField, one.value as never, one.evidence);
  return (field, value, evidence) => {
    if (applied.closed.has(field) || (field === 'TenantPhoneSecondary' && value === values.TenantPhonePrimary?.value)) return;
    put(field, value, evidence);
  };
}

/** The notes that a template found tell the title, the priority and whether the tenant wants to be there, where the template did not. */
export function fillFromNotes(values: Values, rules: Rules, put: Put): void {
  const notes = values.IssueNotes?.value ?? '';
  if (notes === '') return;
  const sentences = sentencesOf(`${values.IssueTitle?.value ?? ''}\n${notes}`);
  const where = values.IssueNotes?.evidence.where ?? 'body';
  const present = firstRule(rules.presence, sentences);
  if (present) put('TenantPresenceRequested', present.rule.value, { quote: present.sentence, where, rule: present.rule.name });
  const seen = firstPriority(rules, sentences);
  const said = values.IssuePriority;
  // A portal's own word for the priority is a tenant's click: words that tell of danger are believed before it.
  if (seen?.rule.priority === 'Emergency' && said && said.evidence.where !== 'template')
    values.IssuePriority = { value: 'Emergency', evidence: { quote: seen.sentence, where, rule: seen.rule.name } };
  else if (seen) put('IssuePriority', seen.rule.priority, { quote: seen.sentence, where, rule: seen.rule.name });
  const title = titleOf('', notes);
  if (title)
    put('IssueTitle', title.title, {
      quote: title.quote,
      where: title.from === 'subject' ? 'subject' : where,
      rule: 'the sentence that says what is wrong',
    });
}

export type Rules = Pick<Template, 'priorities' | 'notNow' | 'presence' | 'faults' | 'defaultPriority'>;

/** A template's own rules where it has some, else the general ones. */
export function rulesOf(template: Template | null, general: Template): Rules {
  return {
    priorities: template?.priorities.length ? template.priorities : general.priorities,
    presence: template?.presence.length ? template.presence : general.presence,
    faults: template?.faults.length ? template.faults : general.faults,
    notNow: template?.notNow ?? general.notNow,
    defaultPriority: template?.defaultPriority ?? general.defaultPriority,
  };
}

/** Whether an answer goes to another place than the portal which sent the mail: then it is the tenant's address. */
export function isElsewhere(answer: Address, from: Address | null): boolean {
  const site = ({ address }: Address) => domainOf(address).split('.').slice(-2).join('.');
  return from === null || site(answer) !== site(from);
}
