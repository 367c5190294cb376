/** The fields of a labelled mail: each from the value behind its label. */
import type { Evidence, Values } from '../../domain/reading.ts';
import type { ReadingContext } from '../context.ts';
import { addressOfValue } from '../fields/address.ts';
import { personIn } from '../fields/person.ts';
import { phonesIn, written } from '../fields/phone.ts';
import { postcodesIn } from '../fields/postcode.ts';
import { titleOf } from '../fields/title.ts';
import type { LabelledValue } from '../labelled.ts';
import { sentencesOf } from '../plain.ts';
import { firstRule, matches } from '../rules.ts';
import type { Template } from '../template.ts';
import { putAddress } from './address.ts';
import { putPerson } from './person.ts';
import { isAgencyNumber } from './phones.ts';
import type { Put } from './put.ts';

/** Sets what the labels tell; sentences of the description decide on priority and presence where no label does. */
export function readLabelled(
  found: Partial<Record<string, LabelledValue>>,
  template: Template,
  general: Template,
  context: ReadingContext,
  put: Put,
  values: () => Values,
): void {
  const rule = (what: LabelledValue): Evidence => ({ quote: `${what.label}: ${what.value}`, where: 'body', rule: `label "${what.label}"` });
  const phoneFormat = context.branch.phoneFormat;
  const numbers = [found['phone'], found['secondPhone']].flatMap((what) =>
    what ? phonesIn(what.value, 'tenant').map((phone) => ({ phone, what })) : [],
  );
  const own = numbers.filter(({ phone }) => !isAgencyNumber(phone.number, context));
  if (own[0]) put('TenantPhonePrimary', written(own[0].phone.number, phoneFormat), rule(own[0].what));
  if (own[1]) put('TenantPhoneSecondary', written(own[1].phone.number, phoneFormat), rule(own[1].what));

  const name = found['name'] ?? found['caller'];
  const person = name ? personIn(name.value) : null;
  if (found['personTitle']) put('TenantTitle', personIn(`${found['personTitle'].value} Smith`)?.title, rule(found['personTitle']));
  if (found['forename'])
    put('TenantForename', personIn(found['forename'].value)?.forename ?? found['forename'].value, rule(found['forename']));
  if (found['surname']) put('TenantSurname', found['surname'].value, rule(found['surname']));
  if (name && person) putPerson(put, person, rule(name));
  const email = found['email'];
  if (email) put('TenantEMailAddress', /[^\s<>()]+@[^\s<>()]+\.[^\s<>()]+/.exec(email.value)?.[0], rule(email));

  const address = found['address'];
  if (address) {
    const { lines, postcode } = addressOfValue(address.value);
    putAddress(put, lines, postcode, rule(address));
  }
  const postcode = found['postcode'];
  if (postcode) put('PropertyPostcode', postcodesIn(postcode.value)[0]?.postcode, rule(postcode));

  const problem = found['problem'];
  const access = found['access'];
  const parts = [
    found['title'] && !/\b(other|general|repair|n\/a)\b/i.test(found['title'].value) ? found['title'].value : null,
    problem?.value,
    access ? `${access.label}: ${access.value}` : null,
  ].filter((part) => part);
  const notes = parts.join('\n');
  if (problem) put('IssueNotes', notes, rule(problem));
  const title = found['title'] ? titleOf(found['title'].value, problem?.value ?? '') : titleOf('', problem?.value ?? '');
  if (title) put('IssueTitle', title.title, rule(found['title'] ?? problem ?? { label: '', value: title.quote }));

  const sentences = sentencesOf(notes);
  const presence = found['presence'];
  if (presence) put('TenantPresenceRequested', /^(yes|true|y)\b/i.test(presence.value), rule(presence));
  const present = firstRule(general.presence, sentences);
  if (present) put('TenantPresenceRequested', present.rule.value, { quote: present.sentence, where: 'body', rule: present.rule.name });

  const said = found['priority'];
  const named = said
    ? (['Emergency', 'Low', 'High', 'Medium'] as const).find((priority) =>
        template.priorityWords[priority]?.some((pattern) => matches(pattern, said.value)),
      )
    : undefined;
  const seen = firstRule(general.priorities, sentencesOf(problem?.value ?? ''));
  if (said && named && !(seen?.rule.priority === 'Emergency')) put('IssuePriority', named, rule(said));
  else if (seen) put('IssuePriority', seen.rule.priority, { quote: seen.sentence, where: 'body', rule: seen.rule.name });
  if (values().IssuePriority === undefined && general.defaultPriority)
    put('IssuePriority', general.defaultPriority, { quote: '', where: 'template', rule: 'defaultPriority' });
}
