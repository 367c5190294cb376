/** A watched IMAP folder and the branch of the agency that its jobs belong to, as the pure parts see them. */

/** How a phone number is written for V3: `07400 123456` or `+447400123456`. */
export type PhoneFormat = 'national' | 'E.164';

/** One branch at agentOS. The key itself stays in the adapter's settings. */
export type Branch = {
  /** The client organisation in V3's path. */
  shortName: string;
  /** The branch in V3's path. */
  branchID: string;
  /** IANA zone in which dates without an offset are meant: `Europe/London`. */
  timeZone: string;
  /** ISO 3166 alpha-2, for phone numbers without a country code. */
  country: 'GB';
  phoneFormat: PhoneFormat;
};

/** The agency as its mails show it: how it is told apart from tenants. */
export type Agency = {
  name: string;
  /** Addresses of the watched mailbox and of the replies: mail from them is our own. */
  ownAddresses: string[];
  /** Staff addresses (`a@b.example`) and whole domains (`b.example`): their phone numbers and signatures are never the tenant's. */
  staff: string[];
  /** The numbers that the agency and its contractors publish: never the tenant's. */
  phones: string[];
  /** What a reply tells a tenant to ring out of hours, or null. */
  outOfHoursPhone: string | null;
  /** The number that a job gets when nobody knows the tenant's, or null. */
  fallbackPhone: string | null;
  /** The authserv-ids (RFC 8601 §2.5) of the mail servers whose word on a sender counts; none: a forged sender is not noticed. */
  trustedAuthservIds: string[];
  /** Where the agency's people are told of what a person must do, or null. */
  noticesTo: string | null;
};
