/** A model for each kind of reply with everything in it, by which a text is tried before it is used. */
import type { ReplyKind, ReplyModel, UnreadableModel } from '../../pipeline/ports.ts';

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

export const SAMPLES: [ReplyKind, ReplyModel | UnreadableModel][] = [
  ...(['confirmation', 'question', 'reminder'] as const).flatMap((kind): [ReplyKind, ReplyModel][] => [
    [kind, FULL],
    [kind, BARE],
  ]),
  ['unreadable', UNREADABLE],
  ['unreadable', { ...UNREADABLE, agency: BARE.agency, subject: '', trouble: 'empty' }],
];
