/** Reads a message: a value with its evidence for every job field that its letters tell. */
import { DateTime } from 'luxon';
import type { JobField, Priority } from '../domain/job.ts';
import { type Attachment, headerAll, type Message } from '../domain/message.ts';
import type { Evidence, Missing, Place, Reading, Values } from '../domain/reading.ts';
import type { ReadingContext } from './context.ts';
import { type AddressFound, addressesIn, addressOfValue, looseAddressIn } from './fields/address.ts';
import { forwardedDate, headerDate, iso, isSensible } from './fields/date.ts';
import { wordsOf } from './fields/notes.ts';
import { introducedIn, merged, type Person, personIn, spokenFor, tenantIn } from './fields/person.ts';
import { normalised, type PhoneFound, phonesIn, written } from './fields/phone.ts';
import { postcodesIn } from './fields/postcode.ts';
import { titleOf } from './fields/title.ts';
import type { LabelledValue } from './labelled.ts';
import { labelledLetter } from './labelled-letter.ts';
import { type Letter, type SectionKind, textOf } from './letter.ts';
import { bare, sentencesOf } from './plain.ts';
import { firstRule, matches } from './rules.ts';
import { labelOf, type Template } from './template.ts';
import { isStaff, nameWords } from './unwrap.ts';
import { type Roles, rolesOf } from './whose.ts';

const PRIORITY_ORDER: Record<Priority, number> = { Low: 0, Medium: 1, High: 2, Emergency: 3 };

/** A text in which a field is looked for, and what is said of where it stands. */
type Source = { text: string; where: Place; letter: Letter; voice: 'tenant' | 'staff' };

export function read(message: Message, letters: Letter[], attachments: Attachment[], context: ReadingContext): Reading {
  const general = context.templates.find((template) => template.name === 'general') ?? context.templates[0];
  if (general === undefined) throw new Error('no parsing template was given');
  const roles = rolesOf(letters);
  const values: Values = {};
  const put = <F extends JobField>(field: F, value: NonNullable<Values[F]>['value'] | null | undefined, evidence: Evidence) => {
    if (value === null || value === undefined || value === '' || values[field] !== undefined) return;
    Object.assign(values, { [field]: { value, evidence: { ...evidence, quote: shortened(evidence.quote) } } });
  };
  const labelled = labelledLetter(letters, context);
  if (labelled !== null) readLabelled(labelled.values, labelled.template, general, context, put, () => values);
  const [answer] = message.replyTo;
  if (labelled !== null && answer && !isStaff(answer, context))
    put('TenantEMailAddress', answer.address, { quote: answer.address, where: 'header', rule: 'Reply-To' });
  readDate(message, roles, context, put);
  if (labelled === null || (values.TenantPhonePrimary === undefined && labelled.values.phone === undefined && hasOwnVoice(labelled.letter)))
    readPhones(roles, letters, context, put);
  if (values.PropertyAddress1 === undefined) readAddress(roles, put, values.PropertyPostcode !== undefined);
  if (labelled === null) {
    readPerson(roles, put);
    readPresence(roles, general, put);
    readPriority(roles, general, put);
    readTitle(roles, message, attachments, put);
    readNotes(roles, put);
  }
  readFault(values, general, put);
  const missing: Missing[] = [];
  if (values.TenantPhonePrimary === undefined) missing.push('phone');
  if (values.PropertyAddress1 === undefined && values.PropertyPostcode === undefined) missing.push('address');
  return {
    template: labelOf(labelled?.template ?? general),
    values,
    attachments: attachments.map((attachment) => attachment.part),
    missing,
  };
}

type Put = <F extends JobField>(field: F, value: NonNullable<Values[F]>['value'] | null | undefined, evidence: Evidence) => void;

/** A portal's own numbers stand in its footer; only a letter that a person wrote is searched for others than the labelled ones. */
function hasOwnVoice(letter: Letter): boolean {
  return letter.from !== null && personIn(letter.from.name) !== null && letter.byStaff;
}

function readLabelled(
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

function readDate(message: Message, roles: Roles, context: ReadingContext, put: Put): void {
  const zone = context.branch.timeZone;
  const inner = roles.own[0] ?? roles.main;
  for (const letter of [inner, roles.main]) {
    if (letter.date === null) continue;
    const date = letter.by === 'forwarded' ? forwardedDate(letter.date, zone) : headerDate(letter.date);
    if (date && isSensible(date, context.receivedAt))
      return void put('ReportedAt', iso(date), {
        quote: letter.date,
        where: letter.by === 'sender' ? 'header' : 'forwarded header',
        rule: 'Date',
      });
  }
  const own = message.date === null ? null : headerDate(message.date);
  if (own && isSensible(own, context.receivedAt))
    return void put('ReportedAt', iso(own), { quote: message.date ?? '', where: 'header', rule: 'Date of the outer mail' });
  for (const received of headerAll(message, 'received').toReversed()) {
    const stamp = received.slice(received.lastIndexOf(';') + 1).trim();
    const date = headerDate(stamp);
    if (date && isSensible(date, context.receivedAt))
      return void put('ReportedAt', iso(date), { quote: stamp, where: 'header', rule: 'oldest Received, since Date is missing or absurd' });
  }
  put('ReportedAt', iso(DateTime.fromJSDate(context.receivedAt, { zone })), {
    quote: '',
    where: 'header',
    rule: 'when the server took the mail in',
  });
}

/** Where fields are looked for, the most trusted first: the person's own words, subject, signature, the agent's note, others. */
function sourcesOf(roles: Roles, kinds: SectionKind[]): Source[] {
  const of = (letter: Letter, voice: 'tenant' | 'staff', which: SectionKind[]): Source[] =>
    which
      .map((kind) => ({ text: textOf(letter, kind), where: placeOf(letter, kind, voice), letter, voice }))
      .filter((source) => source.text !== '');
  const voice = roles.typedByStaff ? 'staff' : 'tenant';
  const own = [roles.main, ...roles.own.filter((letter) => letter !== roles.main)];
  const subject = (letter: Letter): Source => ({
    text: letter.subject,
    where: letter.by === 'sender' ? 'subject' : 'forwarded subject',
    letter,
    voice: letter.byStaff ? 'staff' : 'tenant',
  });
  return [
    ...own.flatMap((letter) => of(letter, voice, kinds.includes('body') ? ['body'] : [])),
    ...own.map(subject),
    ...(roles.typedByStaff
      ? []
      : own.flatMap((letter) =>
          of(
            letter,
            voice,
            kinds.filter((kind) => kind !== 'body'),
          ),
        )),
    ...roles.notes.flatMap((letter) => [...of(letter, 'staff', ['body']), ...(letter.by === 'sender' ? [subject(letter)] : [])]),
    ...roles.others.flatMap((letter) => of(letter, 'tenant', ['body'])),
  ];
}

function placeOf(letter: Letter, kind: SectionKind, voice: 'tenant' | 'staff'): Place {
  if (voice === 'staff' && letter.by === 'sender') return kind === 'signature' ? 'signature' : 'note';
  if (letter.by === 'sender') return kind === 'banner' ? 'body' : kind;
  return kind === 'signature' ? 'forwarded signature' : 'forwarded body';
}

function isAgencyNumber(number: string, context: ReadingContext): boolean {
  return [...context.agency.phones, context.agency.outOfHoursPhone ?? ''].some((known) => normalised(known) === number);
}

function readPhones(roles: Roles, letters: Letter[], context: ReadingContext, put: Put): void {
  const staffNumbers = new Set(
    letters
      .filter((letter) => letter.byStaff)
      .flatMap((letter) => phonesIn(textOf(letter, 'signature', 'footer'), 'tenant').map((phone) => phone.number)),
  );
  const otherNumbers = new Set(
    roles.others.flatMap((letter) => phonesIn(textOf(letter, 'body', 'signature'), 'tenant').map((phone) => phone.number)),
  );
  const body = textOf(roles.main, 'body', 'signature');
  const landlineFirst =
    /\b(ring|call|use|phone|prefer|try)\b[^.!?\n\d]{0,24}\blandline\b(?!.{0,20}(rarely|broken))/i.test(body) ||
    /\blandline\b[^.!?\n]{0,30}\b(best|to ring|to call|preferred|rather than)/i.test(body);
  const mobileOnly = /\bmobile only\b|\bnot the (office|work) (line|number|phone)\b/i.test(body);
  const found: { phone: PhoneFound; source: Source }[] = [];
  for (const source of sourcesOf(roles, ['body', 'signature'])) {
    if (roles.others.includes(source.letter)) continue;
    for (const phone of phonesIn(source.text, source.voice)) {
      const taken = found.some((one) => one.phone.number === phone.number);
      const barred =
        phone.owner === 'foreign' ||
        isAgencyNumber(phone.number, context) ||
        otherNumbers.has(phone.number) ||
        (staffNumbers.has(phone.number) && source.voice === 'staff');
      if (!taken && !barred && !(mobileOnly && !phone.isMobile)) found.push({ phone, source });
    }
  }
  const rank = ({ phone, source }: (typeof found)[number]) =>
    (phone.owner === 'family' ? 8 : 0) +
    (phone.last ? 4 : 0) +
    (phone.isMobile === landlineFirst ? 2 : 0) +
    (source.where.includes('signature') && !phone.labelled ? 1 : 0);
  const ranked = found.map((one, index) => ({ ...one, index })).toSorted((a, b) => rank(a) - rank(b) || a.index - b.index);
  const evidence = ({ phone, source }: (typeof found)[number]): Evidence => ({
    quote: around(source.text, phone.index, phone.quote.length),
    where: source.where,
    rule: phone.labelled ? 'labelled phone number' : `phone number, ${phone.owner}`,
  });
  const [first, second] = ranked;
  if (first) put('TenantPhonePrimary', written(first.phone.number, context.branch.phoneFormat), evidence(first));
  if (second) put('TenantPhoneSecondary', written(second.phone.number, context.branch.phoneFormat), evidence(second));
}

function readAddress(roles: Roles, put: Put, hasPostcode: boolean): void {
  const isNameLine = (letter: Letter) => {
    const words = nameWords(letter.from).filter((word) => word.length > 1);
    return (line: string) =>
      /[@]|\b(regards|thanks|thank you|cheers|sincerely|wishes|tel|mob|mobile|phone|manager|director|consultant|ltd|llp|plc)\b/i.test(
        line,
      ) ||
      (words.some((word) => bare(line).split(' ').includes(word)) && !/\d/.test(line));
  };
  const sources = sourcesOf(roles, ['body', 'signature']);
  let best: { found: AddressFound; source: Source } | null = null;
  for (const source of sources) {
    const [found] = addressesIn(source.text, isNameLine(source.letter)).filter((one) => one.lines.length > 0 || best === null);
    if (!found) continue;
    if (best === null || (best.found.lines.length === 0 && found.lines.length > 0 && found.postcode === best.found.postcode))
      best = { found, source };
    if (best.found.lines.length > 0) break;
  }
  if (best === null || best.found.lines.length === 0) {
    for (const source of sources) {
      const found = looseAddressIn(source.text);
      if (found === null) continue;
      best = { found: { ...found, postcode: best?.found.postcode ?? null }, source };
      break;
    }
  }
  if (best === null) return;
  const { found, source } = best;
  putAddress(put, found.lines, hasPostcode ? null : found.postcode, {
    quote: found.quote,
    where: source.where,
    rule: found.postcode === null ? 'address without a postcode' : 'lines before a postcode',
  });
}

function putAddress(put: Put, lines: string[], postcode: string | null, evidence: Evidence): void {
  const fields = ['PropertyAddress1', 'PropertyAddress2', 'PropertyAddress3', 'PropertyAddress4'] as const;
  for (const [index, field] of fields.entries()) put(field, lines[index], evidence);
  put('PropertyPostcode', postcode, evidence);
}

function putPerson(put: Put, person: Person, evidence: Evidence): void {
  put('TenantTitle', person.title, evidence);
  put('TenantForename', person.forename, evidence);
  put('TenantSurname', person.surname, evidence);
}

function readPerson(roles: Roles, put: Put): void {
  const { main } = roles;
  const body = textOf(main, 'body');
  if (roles.typedByStaff) {
    const tenant = tenantIn(body) ?? introducedIn(body);
    if (tenant) putPerson(put, tenant.person, { quote: tenant.quote, where: 'note', rule: 'a person named by staff' });
    return;
  }
  const other = spokenFor(body);
  if (other)
    return void putPerson(put, other.person, {
      quote: other.quote,
      where: main.by === 'sender' ? 'body' : 'forwarded body',
      rule: 'written on behalf of somebody',
    });
  const shown = main.from === null ? null : personIn(main.from.name);
  const words = nameWords(main.from);
  const signed = roles.own.map((letter) => signedName(letter, shown, words)).find((one) => one !== null) ?? null;
  const said = introducedIn(body);
  const person = merged(merged(shown, signed?.person ?? null), said?.person ?? null);
  if (person) {
    const evidence: Evidence = shown
      ? { quote: main.from?.name ?? '', where: main.by === 'sender' ? 'header' : 'forwarded header', rule: 'From' }
      : { quote: signed?.quote ?? said?.quote ?? '', where: signed ? 'signature' : 'body', rule: signed ? 'signature' : 'introduction' };
    const from =
      signed && shown && signed.person.title && !shown.title
        ? { quote: signed.quote, where: 'signature' as Place, rule: 'signature' }
        : evidence;
    put('TenantTitle', person.title, from);
    putPerson(put, person, evidence);
  }
  if (main.from?.address)
    put('TenantEMailAddress', main.from.address, {
      quote: main.from.address,
      where: main.by === 'sender' ? 'header' : 'forwarded header',
      rule: 'From',
    });
}

/** The line of a signature that names its writer; brackets may hold the fuller name: `Rowan (Mx Rowan Ashdown, they/them)`. */
function signedName(letter: Letter, shown: Person | null, words: string[]): { person: Person; quote: string } | null {
  const lines = [...textOf(letter, 'signature').split('\n'), ...textOf(letter, 'body').split('\n').slice(-3)];
  let best: { person: Person; quote: string } | null = null;
  for (const line of lines.map((one) => one.trim()).filter((one) => one !== '' && one.length <= 90)) {
    const inner = /\(([^)]{4,60})\)?/.exec(line)?.[1]?.split(',')[0] ?? '';
    for (const text of [line.split(/[,|]/)[0] ?? '', inner]) {
      const person = personIn(text);
      if (!person) continue;
      const known =
        bare(text)
          .split(' ')
          .some((word) => word.length > 1 && words.includes(word)) ||
        (shown === null && person.surname !== null);
      const full = (one: Person) => Number(one.title !== null) + Number(one.surname !== null) + Number(one.forename !== null);
      if (known && (best === null || full(person) > full(best.person))) best = { person, quote: line };
    }
  }
  return best;
}

function ownSentences(roles: Roles): string[] {
  const own = roles.typedByStaff ? [roles.main] : roles.own;
  return own.flatMap((letter) => [...sentencesOf(letter.subject), ...sentencesOf(wordsOf(textOf(letter, 'body')))]);
}

function noteSentences(roles: Roles): string[] {
  return [...roles.notes, ...roles.others].flatMap((letter) => sentencesOf(textOf(letter, 'body')));
}

function readPresence(roles: Roles, general: Template, put: Put): void {
  const found = firstRule(general.presence, [...ownSentences(roles), ...noteSentences(roles)]);
  if (found) put('TenantPresenceRequested', found.rule.value, { quote: found.sentence, where: 'body', rule: found.rule.name });
}

/** The graver of what the tenant's and the agent's words say; an agent who says "not urgent" is believed unless it is an emergency. */
function readPriority(roles: Roles, general: Template, put: Put): void {
  const own = firstRule(general.priorities, ownSentences(roles));
  const note = firstRule(general.priorities, noteSentences(roles));
  const weigh = (one: typeof own) => (one === null ? -1 : PRIORITY_ORDER[one.rule.priority]);
  const calmed = note?.rule.priority === 'Low' && own?.rule.priority !== 'Emergency';
  const chosen = calmed ? note : weigh(note) > weigh(own) ? note : own;
  if (chosen)
    put('IssuePriority', chosen.rule.priority, { quote: chosen.sentence, where: chosen === own ? 'body' : 'note', rule: chosen.rule.name });
  else if (general.defaultPriority)
    put('IssuePriority', general.defaultPriority, { quote: '', where: 'template', rule: 'defaultPriority' });
}

function readTitle(roles: Roles, message: Message, attachments: Attachment[], put: Put): void {
  const own = roles.typedByStaff ? [roles.main] : [roles.main, ...roles.own.filter((letter) => letter !== roles.main)];
  const body = own.map((letter) => wordsOf(textOf(letter, 'body'))).join('\n');
  const subject = own.map((letter) => letter.subject).find((one) => one.trim() !== '') ?? message.subject;
  const title = titleOf(subject, body || wordsOf(textOf(roles.main, 'signature')));
  if (title)
    put('IssueTitle', title.title, {
      quote: title.quote,
      where: title.from === 'subject' ? 'subject' : 'body',
      rule: title.from === 'subject' ? 'subject' : 'the sentence that says what is wrong',
    });
  else if (attachments.length > 0)
    put('IssueTitle', 'Fault shown in the attached photo', {
      quote: attachments.map((one) => one.name).join(', '),
      where: 'attachment name',
      rule: 'no words, only files',
    });
  else
    put('IssueTitle', 'Fault reported by email', {
      quote: message.subject,
      where: 'template',
      rule: 'nothing in the mail says what is wrong',
    });
}

function readNotes(roles: Roles, put: Put): void {
  const own = roles.typedByStaff ? [roles.main] : roles.own;
  const words = own.map((letter) => wordsOf(textOf(letter, 'body'))).filter((text) => text !== '');
  const subject = own.map((letter) => letter.subject).find((text) => text.trim() !== '');
  const parts = words.length > 0 ? words : subject ? [subject] : [];
  const notes = roles.notes.map((letter) => wordsOf(textOf(letter, 'body'))).filter((text) => text !== '');
  const others = roles.others.map((letter) => wordsOf(textOf(letter, 'body'))).filter((text) => text !== '');
  const text = [...parts, ...others.map((one) => `Passed on: ${one}`), ...notes.map((one) => `Agency's note: ${one}`)].join('\n\n');
  if (text !== '')
    put('IssueNotes', text, {
      quote: parts[0] ?? text,
      where: roles.main.by === 'sender' ? 'body' : 'forwarded body',
      rule: "the person's own words",
    });
}

function readFault(values: Values, general: Template, put: Put): void {
  for (const value of [values.IssueTitle, values.IssueNotes]) {
    const found = general.faults.find((rule) => rule.any.some((pattern) => matches(pattern, value?.value ?? '')));
    if (found && value)
      return void put('IssueFault', found.fault, { quote: value.value, where: value.evidence.where, rule: 'list of faults' });
  }
}

/** The words around a find, so that a person recognises the place. */
function around(text: string, index: number, length: number): string {
  const start = Math.max(text.lastIndexOf('\n', index) + 1, index - 40);
  return text.slice(start, Math.min(text.length, index + length)).trim();
}

function shortened(quote: string): string {
  const flat = quote.replace(/\s+/g, ' ').trim();
  return flat.length > 160 ? `${flat.slice(0, 159)}…` : flat;
}
