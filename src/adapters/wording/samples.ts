/** A model for each kind of reply with everything in it, by which a text is tried before it is used. */
import type { NewsKind } from '../../pipeline/correspondence.ts';
import type { NoticeItem, NoticeModel, ReplyKind, ReplyModel, UnreadableModel } from '../../pipeline/ports.ts';

const agency = { name: 'Brightkeys Lettings', outOfHoursPhone: '0113 496 0199' };

const FULL: ReplyModel = {
  agency,
  reference: '7XCNQNCXJ',
  reportedAt: '3 March 2026, 09:15',
  greeting: 'Sam Okafor',
  tenantName: 'Sam Okafor',
  forTenant: true,
  title: 'No hot water',
  priority: 'Emergency',
  address: 'Flat 2, 58 Clarendon Rise, Leicester, LE2 3FB',
  phone: '07400 123456',
  photos: { taken: ['IMG_2201.jpeg'], refused: [{ name: 'plan.svg', why: 'this kind of file is not passed on' }] },
  missing: ['phone', 'address'],
  dangers: ['gas', 'carbon monoxide', 'electrics', 'break-in'],
};
const BARE: ReplyModel = {
  ...FULL,
  agency: { ...agency, outOfHoursPhone: null },
  greeting: null,
  tenantName: null,
  forTenant: false,
  title: '',
  priority: 'Medium',
  address: null,
  phone: null,
  photos: { taken: [], refused: [] },
  missing: [],
  dangers: [],
};
const UNREADABLE: UnreadableModel = { agency, subject: 'Leak', receivedAt: '3 March 2026, 09:15', trouble: 'too-large', megabytes: 50 };

const ITEM: NoticeItem = {
  reference: '7XCNQNCXJ',
  title: 'No hot water',
  address: 'Flat 2, 58 Clarendon Rise, Leicester, LE2 3FB',
  phone: '07400 123456',
  tenant: 'Sam Okafor',
  email: 'sam@mail.example',
  priority: 'High',
  other: 'DC2YDQ4HN',
  code: 'no-answer',
  hint: 'Find the number out.',
  detail: 'neither to the question nor to the reminder',
  subject: 'Re: No hot water',
  from: 'Sam Okafor, sam@mail.example',
  receivedAt: '3 March 2026, 09:15',
  awaitsPhone: true,
  newPhone: '07400 123457',
  words: ['Any update?'],
  attached: ['IMG_2203.jpeg'],
  left: [{ name: 'plan.svg', why: 'this kind of file is not passed on' }],
};
const NOTHING: NoticeItem = {
  ...ITEM,
  reference: null,
  title: null,
  address: null,
  phone: null,
  tenant: null,
  email: null,
  priority: null,
  other: null,
  from: null,
  receivedAt: null,
  awaitsPhone: false,
  newPhone: null,
  words: [],
  attached: [],
  left: [],
};
const KINDS: NewsKind[] = [
  'follow-up',
  'held-mail',
  'held-report',
  'untold-sender',
  'waiting-emergency',
  'stuck-report',
  'alike',
  'stale-mailbox',
  'paused-key',
];
const folders = { job: 'Jobs', asked: 'Asked', ignored: 'Ignored', followUp: 'Follow-ups', duplicate: 'Duplicates', held: 'Held' };

export const SAMPLES: [ReplyKind | 'notice', ReplyModel | UnreadableModel | NoticeModel][] = [
  ...KINDS.map((about): ['notice', NoticeModel] => ['notice', { agency, about, mailbox: 'repairs', folders, items: [ITEM, NOTHING] }]),
  ...(['confirmation', 'question', 'reminder'] as const).flatMap((kind): [ReplyKind, ReplyModel][] => [
    [kind, FULL],
    [kind, BARE],
  ]),
  ['unreadable', UNREADABLE],
  ['unreadable', { ...UNREADABLE, agency: BARE.agency, subject: '', trouble: 'empty' }],
];
