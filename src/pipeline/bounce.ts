/** Learns from delivery reports: an address to which a mail of ours could not be delivered gets no more of them for a while. */
import type { Message } from '../domain/message.ts';
import type { Flow } from './flow.ts';
import type { StoredMessage } from './ports.ts';

/** As long as FreeScout does. */
const BLOCK_MS = 60 * 86_400_000;
/** A delivery report holds the header of what it is about early on. */
const MOST_BYTES = 256 * 1024;
const OURS = /<faultline\.[a-z-]+\.[^\s<>@]{1,80}@[^\s<>@]{1,253}>/g;
const MOST_IDS = 20;

/**
 * Only a report that names the Message-ID of a mail of ours counts, and only for the address that this mail went to:
 * whoever forges one can stop nothing but the replies to himself. A report of a mere delay (RFC 3464 §2.3.3) changes nothing.
 */
export async function noteBounce(flow: Flow, stored: StoredMessage, message: Message): Promise<void> {
  const raw = await headOf(flow, stored);
  const action = /^Action:\s*(\w+)/im.exec(raw)?.[1]?.toLowerCase();
  if (action !== undefined && action !== 'failed') return;
  const named = [
    ...message.inReplyTo,
    ...message.references,
    ...message.attached.map((one) => one.message.messageId ?? ''),
    ...(message.text?.match(OURS) ?? []),
    ...(raw.match(OURS) ?? []),
  ];
  const now = flow.clock.now();
  for (const id of [...new Set(named)].slice(0, MOST_IDS)) {
    const reply = await flow.ledger.countedReply(id);
    if (reply) await flow.ledger.blockAddress(reply.address, new Date(now.getTime() + BLOCK_MS), id, now);
  }
}

async function headOf(flow: Flow, stored: StoredMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of flow.raws.open(stored.rawKey)) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes >= MOST_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('latin1').replace(/\r\n/g, '\n');
}
