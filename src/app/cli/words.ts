/** What stands on the command line, behind the name of the command. */
export type Words = {
  config: string | undefined;
  json: boolean;
  stage: string | undefined;
  mailbox: string | undefined;
  /** A folder with parsing templates, instead of the configured one. */
  templates: string | undefined;
  /** How far back: `30d`, `12h`. */
  since: string | undefined;
  /** The file to write. */
  out: string | undefined;
  /** Delete what was found. */
  remove: boolean;
  rest: string[];
};
