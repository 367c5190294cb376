/** What stands on the command line, behind the name of the command. */
export type Words = { config: string | undefined; json: boolean; stage: string | undefined; mailbox: string | undefined; rest: string[] };
