/** How people send the demo a mail of their own. */
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../pipeline/bell.ts';
import type { ImapStandIn } from '../imap.ts';
import { startSmtp } from '../smtp.ts';

/** An SMTP port and a folder `drop`; what comes through either is delivered to the inbox. `how` tells people. */
export async function openDoor(folder: string, imap: ImapStandIn, signal: AbortSignal): Promise<{ how: string; close(): Promise<void> }> {
  const smtp = await startSmtp({ onMail: ({ raw }) => imap.deliver(raw) });
  const drop = join(folder, 'drop');
  mkdirSync(drop);
  const look = async () => {
    while (!signal.aborted) {
      for (const name of readdirSync(drop).filter((file) => file.endsWith('.eml'))) {
        imap.deliver(readFileSync(join(drop, name)));
        renameSync(join(drop, name), join(drop, `${name}.taken`));
      }
      await sleep(500, signal);
    }
  };
  void look().catch((error) => process.stderr.write(`the folder ${drop} cannot be read: ${String(error)}\n`));
  const how = `  printf 'From: Sam Okafor <sam@mail.example>\\nSubject: Boiler leaking\\n\\nThe boiler drips on the floor. 5 Elm Road, Leeds LS6 2AB. 07400 123001\\n' | \\
    curl -s smtp://${smtp.host}:${smtp.port} --mail-from sam@mail.example --mail-rcpt repairs@brightkeys.example -T -
  swaks --server ${smtp.host}:${smtp.port} --to repairs@brightkeys.example --from sam@mail.example --header 'Subject: Boiler leaking' --body '5 Elm Road, Leeds LS6 2AB. 07400 123001'
  or drop .eml files into ${drop}`;
  return { how, close: () => smtp.close() };
}
