/** Mails for the tests: invented, each with a Message-ID of its own. */
import { randomUUID } from 'node:crypto';

export function rawMail(
  subject: string,
  { body = `about ${subject}`, from = 'Hannah Whitlock <hannah.whitlock@tenant.example>' } = {},
): Buffer {
  return Buffer.from(
    [
      `From: ${from}`,
      'To: repairs@brightkeys.example',
      `Subject: ${subject}`,
      'Date: Tue, 03 Mar 2026 09:15:00 +0000',
      `Message-ID: <${randomUUID()}@tenant.example>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      body,
      '',
    ].join('\r\n'),
  );
}
/** The `number`th of many reports that can be read, each of another person: name, address, phone number and fault. */
export function reportMail(number = 0): Buffer {
  const [first, last] = [NAMES[number % 10], NAMES[Math.floor(number / 10) % 10]];
  const [fault, street] = [FAULTS[number % 5], `${1 + number} ${last} Road`];
  return rawMail(fault?.subject ?? '', {
    from: `${first} ${last}son <${first}.${number}@tenant.example>`.replace(/<\S+/, (address) => address.toLowerCase()),
    body: [
      'Hi,',
      '',
      `${fault?.text}`,
      '',
      `My number is 07400 ${String(123_000 + (number % 1_000))}.`,
      `${street}, Leeds, LS6 ${number % 10}QT`,
      '',
      'Thanks',
      `${first} ${last}son`,
    ].join('\r\n'),
  });
}

const NAMES = ['Anna', 'Ben', 'Carl', 'Dora', 'Ella', 'Finn', 'Gina', 'Hugh', 'Isla', 'Jack'];
const FAULTS = [
  { subject: 'Boiler not working', text: 'The boiler in our flat has stopped working and there is no hot water.' },
  { subject: 'Kitchen tap', text: 'The kitchen tap has been dripping since Monday.' },
  { subject: 'Mould in the bathroom', text: 'There is black mould above the bath and it is getting worse.' },
  { subject: 'Front door', text: 'The front door does not lock any more.' },
  { subject: 'Radiator', text: 'The radiator in the bedroom stays cold.' },
];
