/** The mails of a crash run, and what must become of each: every one has an address and a fault of its own, so that each job and reply is known by it. */
import sharp from 'sharp';
import { identityOf } from '../../src/domain/identity.ts';
import { deriveReference } from '../../src/domain/reference.ts';
import type { Random } from './random.ts';

export type Kind = 'report' | 'photo' | 'no phone' | 'automatic';

export type Mail = {
  raw: Buffer;
  kind: Kind;
  /** Stands in the subject and the text, and so in the job. */
  marker: string;
  sender: string;
  /** The ExternalID of its job. */
  reference: string;
  /** The mailboxes into which it comes, one entry a delivery. */
  deliveries: string[];
};

const ROOMS = ['kitchen', 'bathroom', 'hall', 'front bedroom', 'back bedroom', 'loft', 'porch', 'utility room'];
const FAULTS = [
  ['tap drips all night', 'the tap drips all night and the basin is stained'],
  ['radiator is cold', 'the radiator stays cold although the boiler runs'],
  ['window does not shut', 'the window does not shut any more and it rains in'],
  ['socket is dead', 'the socket by the door gives no power since Monday'],
  ['ceiling is damp', 'a damp patch on the ceiling grows every day'],
  ['lock sticks', 'the lock sticks and the key turns only after many tries'],
] as const;
const STREETS = ['Cardinal Mount', 'Netherfold Walk', 'Elm Road', 'Quarry Hill', 'Mill Lane', 'Chapel Row'];
const FORENAMES = ['Aoife', 'Ibrahim', 'Marta', 'Piotr', 'Sam', 'Grace', 'Owen', 'Leila'];
const SURNAMES = ['Brennan', 'Hartley', 'Nowak', 'Carter', 'Okafor', 'Lindqvist', 'Pereira', 'Walsh'];

/** @param count how many different mails; deliveries that come again are on top */
export async function makeMails(random: Random, count: number, mailboxes: string[]): Promise<Mail[]> {
  const photos = await Promise.all([0, 1, 2].map((n) => photo(n)));
  return Array.from({ length: count }, (_, n) => mailNumber(n, random, mailboxes, photos));
}

function mailNumber(n: number, random: Random, mailboxes: string[], photos: Buffer[]): Mail {
  const kind: Kind = random.chance(0.04) ? 'automatic' : random.chance(0.06) ? 'no phone' : random.chance(0.15) ? 'photo' : 'report';
  const marker = `zq${String(n).padStart(5, '0')}`;
  const sender = `tenant.${marker}@mail.example`;
  const home = random.pick(mailboxes);
  const deliveries = [home];
  if (random.chance(0.04)) deliveries.push(home);
  const other = mailboxes.find((name) => name !== home);
  if (other !== undefined && random.chance(0.04)) deliveries.push(other);
  const raw = Buffer.from(textOf(n, kind, marker, sender, random, random.pick(photos)));
  return { raw, kind, marker, sender, reference: deriveReference(identityOf(raw)), deliveries };
}

function textOf(n: number, kind: Kind, marker: string, sender: string, random: Random, picture: Buffer): string {
  const [fault, sentence] = random.pick(FAULTS);
  const room = random.pick(ROOMS);
  const name = `${random.pick(FORENAMES)} ${random.pick(SURNAMES)}`;
  const phone = `07400 123${String(n % 1000).padStart(3, '0')}`;
  const house = `${1 + (n % 180)} ${random.pick(STREETS)}`;
  const lines = [
    'Hello,',
    '',
    `in the ${room} ${sentence}. Please send somebody soon, our note for it is ${marker}.`,
    '',
    ...(kind === 'no phone' ? [] : [`My number is ${phone}.`]),
    `${house}, Leeds LS${1 + (n % 18)} ${1 + (n % 8)}AA`,
    '',
    'Kind regards,',
    name,
  ];
  const headers = [
    `From: ${name} <${sender}>`,
    'To: repairs@brightkeys.example',
    `Subject: ${capital(room)} ${fault} ${marker}`,
    `Message-ID: <${marker}.${random.between(1e8, 9e8)}@mail.example>`,
    `Date: ${new Date(Date.now() - random.between(60, 600_000) * 1_000).toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
    ...(kind === 'automatic' ? ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All'] : []),
  ];
  const text = lines.join('\r\n');
  if (kind !== 'photo') return [...headers, 'Content-Type: text/plain; charset=utf-8', '', text, ''].join('\r\n');
  const boundary = `=_${marker}`;
  return [
    ...headers,
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    `--${boundary}`,
    `Content-Type: image/jpeg; name="IMG_${marker}.jpg"`,
    `Content-Disposition: attachment; filename="IMG_${marker}.jpg"`,
    'Content-Transfer-Encoding: base64',
    '',
    (picture.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n'),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A photo that any decoder reads: 640 × 480 in one colour. */
function photo(n: number): Promise<Buffer> {
  const background = { r: 60 * (n + 1), g: 120, b: 90 };
  return sharp({ create: { width: 640, height: 480, channels: 3, background } })
    .jpeg()
    .toBuffer();
}
