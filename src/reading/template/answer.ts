/** Whom a reply goes to where a template says so: nobody, or the tenant whom a portal names, if the mail is proven to be the portal's. */
import type { Reading } from '../../domain/reading.ts';
import type { ReplyTo } from '../../domain/sorting.ts';
import type { Dmarc } from '../authentication.ts';
import type { ReadingContext } from '../context.ts';
import { mayBeAnswered } from '../reply-to.ts';
import type { Template } from '../template.ts';

/**
 * @param usual whom the reply goes to without a template: the sender, or nobody
 * @param dmarc what a trusted server found; anybody can write a tenant's address into a mail, so only `pass` lets it be answered
 */
export function answerBy(template: Template, reading: Reading, dmarc: Dmarc, usual: ReplyTo, context: ReadingContext): ReplyTo {
  if (template.answer === 'nobody') return { address: null, why: `the template ${template.name} says so` };
  const named = reading.values.TenantEMailAddress;
  if (template.answer === 'sender' || dmarc !== 'pass' || named === undefined || !mayBeAnswered(named.value, context)) return usual;
  const name = [reading.values.TenantForename?.value, reading.values.TenantSurname?.value].filter((part) => part !== undefined).join(' ');
  return { address: named.value, name, why: `the tenant whom the mail names, by the template ${template.name}` };
}
