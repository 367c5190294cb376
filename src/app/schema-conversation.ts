/** The settings of the conversation with senders and with the agency's own people. */
import { z } from 'zod';
import { normalised } from '../reading/fields/phone.ts';

const wanted = <T extends z.ZodType>(schema: T, write: string, description: string): T => schema.meta({ write, description }) as T;
const hours = (most: number, what: string) => wanted(z.number().min(0.01).max(most), `a number of hours from 0.01 to ${most}`, what);
const count = (most: number, what: string) => wanted(z.int().min(1).max(most), `a whole number from 1 to ${most}`, what);

const email = wanted(z.email(), 'an email address, such as maintenance@agency.example', 'An email address.');
const phone = wanted(z.string().min(3), 'a phone number', 'A phone number.');
/** V3 checks it like a tenant's. */
const dialled = wanted(
  z.string().refine((text) => normalised(text) !== null),
  'a UK phone number that can be rung, such as 0113 496 0100',
  'A phone number.',
);
const folder = wanted(z.string().min(1), 'a folder, from the folder of this file', 'A folder with reply texts of your own.');
const language = wanted(
  z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/),
  'a language tag, such as en; its texts stand in a folder of that name',
  'The language of the reply texts.',
);

/** What people at the agency are told, and what counts about senders; part of `agency`. */
export const agencyPeople = {
  noticesTo: wanted(
    email,
    'an email address of the office that is no watched mailbox',
    'Who is told of held reports, follow-ups and failing mailboxes.',
  ).optional(),
  fallbackPhone: wanted(
    dialled,
    'a phone number of the office',
    "Given to V3 in place of a tenant's number that nobody knows, and noted in the job; an Emergency then never waits.",
  ).optional(),
  trustedAuthservIds: wanted(
    z.array(z.string().regex(/^[^\s;()"]+$/)),
    'a list of names as they stand first in Authentication-Results, such as mx.agency.example',
    'Mail servers whose word on a forged sender (DMARC) counts.',
  ).default([]),
};

/** What one branch has of its own; part of a branch. */
export const branchPeople = {
  agencyName: wanted(z.string().min(1), 'the name that tenants know', 'Signs the replies of this branch.').optional(),
  outOfHoursPhone: phone.optional(),
  fallbackPhone: dialled.optional(),
  noticesTo: email.optional(),
  replies: z.strictObject({ folder: folder.optional(), language: language.optional() }).default({}),
};

export const ConversationSchema = z.strictObject({
  reminderHours: hours(720, 'How long after the question its one reminder goes out.').default(24),
  patienceHours: hours(720, 'How long after the reminder the answer is waited for.').default(48),
  withoutAnswer: wanted(
    z.enum(['hold', 'fallback-phone']),
    'hold (a person looks) or fallback-phone (the job gets agency.fallbackPhone)',
    'What happens when no answer comes.',
  ).default('hold'),
  duplicateHours: hours(
    8760,
    'A second report of the same fault at the same property within this time is pointed out to the agency.',
  ).default(72),
  repliesPerHour: count(1000, 'Replies to one address in an hour; to staff ten times as many.').default(5),
  repliesPerDay: count(10_000, 'Replies to one address in a day; to staff ten times as many.').default(12),
  repliesPerReport: count(100, 'Replies about one report, ever.').default(6),
  openQuestions: count(100, 'Questions to one address that may be without answer at a time; to staff ten times as many.').default(3),
  noticeMinutes: wanted(
    z.number().min(1).max(10_080),
    'a number of minutes from 1 to 10080',
    'The agency is told of the same cause at most so often.',
  ).default(60),
  noticeBytes: wanted(
    z
      .int()
      .min(0)
      .max(1 << 30),
    'a number of bytes',
    'Attachments of a follow-up that are passed on with the notice; larger ones stay in the mailbox.',
  ).default(15 * 1024 * 1024),
});

export const RepliesSchema = z.strictObject({ folder: folder.optional(), language: language.default('en') });

export const directoryFile = wanted(
  z.string().min(1),
  'a CSV file, from the folder of this file, with a column email',
  'Tenants who are known: email, name, phone, address, postcode, branch.',
);
