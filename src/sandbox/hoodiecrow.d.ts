/** What the sandbox uses of hoodiecrow-imap 2.1, which has no types of its own. */
declare module 'hoodiecrow-imap' {
  import type { Server, Socket } from 'node:net';

  namespace hoodiecrow {
    type Message = { uid: number; flags: string[]; raw: string };
    type Mailbox = { path: string; messages: Message[] };
    type Attribute = string | number | { type: string; value: string } | Attribute[];
    type Response = { tag: string; command?: string; attributes: Attribute[] };
    type Command = { tag: string; command: string; attributes?: { type: string; value?: string }[] };
    type Connection = {
      socket: Socket | null;
      selectedMailbox?: Mailbox;
      /** Takes the next line in place of the command parser, while the client idles. */
      inputHandler: false | ((line: string) => void);
      send(response: Response, description: string, parsed: Command, data: string): void;
    };
    type Callback = () => void;
    type CommandHandler = (connection: Connection, parsed: Command, data: string, callback: Callback) => void;
    type Plugin = string | ((server: ImapServer) => void);
    type ImapServer = {
      server: Server;
      /** Made by the plugin ENABLE. */
      enableAvailable?: string[];
      connectionHandlers: ((connection: Connection) => void)[];
      /** By path. */
      folderCache: Record<string, Mailbox>;
      getCommandHandler(command: string): CommandHandler;
      setCommandHandler(command: string, handler: CommandHandler): void;
      notify(response: Response, mailbox: Mailbox, ignore?: Connection): void;
      /** `raw` is a binary string; `internalDate` false: now. */
      appendMessage(path: string, flags: string[], internalDate: false, raw: string): void;
    };
    type Options = {
      plugins: Plugin[];
      users: Record<string, { password: string }>;
      storage: Record<string, { messages?: string[]; uidvalidity?: number; separator?: string; folders?: Record<string, never> }>;
    };
  }

  function hoodiecrow(options: hoodiecrow.Options): hoodiecrow.ImapServer;
  export = hoodiecrow;
}
