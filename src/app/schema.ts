/** The configuration file, as zod: the one place from which checks, defaults, the JSON schema and the commented example come. */
import { z } from 'zod';
import { FOLDERS } from '../domain/report.ts';
import { agencyPeople, branchPeople, ConversationSchema, directoryFile, RepliesSchema } from './schema-conversation.ts';

/** What an error tells people to write instead, and what editors show. */
const wanted = <T extends z.ZodType>(schema: T, write: string, description: string): T => schema.meta({ write, description }) as T;
/** As `wanted`, and its value never appears in a message. */
const secret = (description: string) =>
  z.string().min(1).meta({ write: '"${NAME_OF_AN_ENVIRONMENT_VARIABLE}" or { file: path }', description, secret: true });

const host = (what: string) =>
  wanted(
    z
      .string()
      .min(1)
      .regex(/^[^\s/:]+$|^\[[0-9a-fA-F:]+\]$/),
    'a host name without https:// and without a port, such as imap.agency.example',
    `Host name of the ${what} server.`,
  );
const port = (what: string) => wanted(z.int().min(1).max(65535), 'a whole number from 1 to 65535', `Port of the ${what} server.`);
const address = wanted(z.email(), 'an email address, such as repairs@agency.example', 'An email address.');
const seconds = (least: number, most: number, what: string) =>
  wanted(z.number().min(least).max(most), `a number of seconds from ${least} to ${most}`, what);
const url = wanted(z.url({ protocol: /^https?$/ }), 'an address that begins with https://', 'An https URL.');
const tls = (usual: 'implicit' | 'starttls') =>
  wanted(
    z.enum(['implicit', 'starttls', 'none']),
    'implicit (TLS from the first byte), starttls or none',
    'How the connection is protected.',
  ).default(usual);

const AgencySchema = z.strictObject({
  name: wanted(z.string().min(1), 'the name that tenants know', 'The agency, as replies sign it.'),
  staff: wanted(
    z.array(z.string().min(3)),
    'a list of addresses (a@b.example) and domains (b.example)',
    "Who forwards mails: their own numbers and signatures are never taken for the tenant's.",
  ).default([]),
  phones: wanted(
    z.array(z.string().min(3)),
    'a list of phone numbers',
    "Numbers of the agency and its contractors: never taken for the tenant's.",
  ).default([]),
  outOfHoursPhone: wanted(z.string().min(3), 'a phone number', 'What replies tell a tenant to ring out of hours.').optional(),
  ...agencyPeople,
});

const V3Schema = z.strictObject({
  url: url.default('https://live-api.letmc.com'),
  apiKeyHeader: wanted(
    z.string().regex(/^[A-Za-z0-9_-]+$/),
    'the name of a header: api_key or ApiKey',
    'The header that carries the key.',
  ).default('api_key'),
  timeoutSeconds: seconds(1, 300, 'How long to wait for V3 before the outcome counts as unknown.').default(60),
  requestsPerMinute: wanted(z.int().min(1).max(50), 'a whole number from 1 to 50', 'The budget of each API key; V3 allows 50.').default(50),
  windowSeconds: seconds(1, 600, "The rolling window of that budget: V3's is 60. Shorter only against a stand-in.").default(60),
});

const PublicSchema = z.discriminatedUnion('way', [
  z.strictObject({
    way: z.literal('presigned'),
    days: wanted(z.number().min(0.01).max(7), 'a number of days up to 7 (the limit of SigV4)', 'How long a URL lives.').default(7),
  }),
  z.strictObject({ way: z.literal('public-read') }),
  z.strictObject({ way: z.literal('public-url'), baseUrl: url }),
]);

const S3Schema = z.strictObject({
  endpoint: url.optional(),
  region: wanted(z.string().min(1), 'the region, such as eu-west-2', 'The region of the bucket.').default('eu-west-2'),
  bucket: wanted(z.string().min(3).max(63), 'the name of the bucket', 'The bucket that takes the documents.'),
  accessKeyId: secret(
    'Access key with s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket on the bucket. Leave both out to use the role of the machine.',
  ).optional(),
  secretAccessKey: secret('Its secret.').optional(),
  pathStyle: wanted(z.boolean(), 'true or false', 'true for most stores that are not AWS.').default(false),
  prefix: wanted(
    z.string().regex(/^$|^[A-Za-z0-9!_.*'()/-]+\/$/),
    'a folder that ends with /, such as faults/',
    'Put before every key.',
  ).default(''),
  public: PublicSchema.default({ way: 'presigned', days: 7 }),
  rawsBucket: wanted(z.string().min(3).max(63), 'the name of a private bucket', 'With raws: s3, the bucket of the raw mails.').optional(),
  rawsPrefix: wanted(
    z.string().regex(/^[A-Za-z0-9!_.*'()/-]+\/$/),
    'a folder that ends with /, such as mails/',
    'With raws: s3, put before the key of every raw mail.',
  ).default('mails/'),
});

const DocumentsSchema = z.strictObject({
  longestSide: wanted(
    z.int().min(200).max(20_000),
    'a number of pixels from 200 to 20000',
    'Larger images are scaled down to this.',
  ).default(4096),
  megapixels: wanted(z.int().min(1).max(500), 'a whole number from 1 to 500', 'An image with more million pixels is not opened.').default(
    220,
  ),
  patienceMinutes: wanted(
    z.number().min(0).max(10_080),
    'a number of minutes up to 10080 (a week)',
    'A job whose documents cannot be made public for so long is submitted without them, with a note.',
  ).default(60),
  emergencyPatienceMinutes: wanted(z.number().min(0).max(10_080), 'a number of minutes', 'The same for an Emergency.').default(5),
  keepDays: wanted(
    z.int().min(1).max(3650).nullable(),
    'a number of days, or null to keep them for ever',
    'Published documents are deleted after so many days.',
  ).default(180),
  scanner: wanted(
    z
      .strictObject({
        socket: wanted(z.string().min(1), 'the path of a socket', 'The Unix socket of clamd, instead of host and port.').optional(),
        host: host('clamd').default('127.0.0.1'),
        port: port('clamd').default(3310),
        timeoutSeconds: seconds(1, 600, 'How long to wait for a verdict.').default(60),
      })
      .optional(),
    'where clamd listens, such as { host: 127.0.0.1, port: 3310 }',
    'A ClamAV daemon that looks at every file before it is published; while it does not answer nothing is.',
  ),
});

const SmtpSchema = z.strictObject({
  host: host('SMTP'),
  port: port('SMTP').default(587),
  tls: tls('starttls'),
  user: wanted(z.string().min(1), 'the user name', 'User name; leave out for a relay that asks for none.').optional(),
  password: secret('Its password.').optional(),
  timeoutSeconds: seconds(1, 300, 'How long to wait for the SMTP server.').default(30),
});

const BranchSchema = z.strictObject({
  shortName: wanted(z.string().min(1), "the client organisation's short name at agentOS", 'shortName in the path of V3.'),
  branchID: wanted(z.string().min(1), 'the ID of the branch at agentOS, in quotes: "0042"', 'branchID in the path of V3.'),
  apiKey: secret('The API key of this branch.'),
  timeZone: wanted(z.string().refine(isZone), 'an IANA time zone, such as Europe/London', 'Zone of dates that name none.').default(
    'Europe/London',
  ),
  country: wanted(z.literal('GB'), 'GB', 'Country of phone numbers without a country code.').default('GB'),
  public: PublicSchema.optional(),
  phoneFormat: wanted(
    z.enum(['national', 'E.164']),
    'national (07400 123456) or E.164 (+447400123456)',
    'How V3 gets phone numbers.',
  ).default('national'),
  ...branchPeople,
});

const folderName = wanted(
  z
    .string()
    .min(1)
    .regex(/^[^\r\n*%]+$/),
  'the name of an IMAP folder, with / between levels',
  'An IMAP folder.',
);

const MailboxSchema = z.strictObject({
  name: wanted(
    z.string().regex(/^[A-Za-z0-9_.-]+$/),
    'a short name of letters, digits, - _ and .',
    'What Faultline calls it in lists and logs.',
  ),
  branch: wanted(z.string().min(1), 'the name of an entry under branches', 'Whose jobs they become.'),
  imap: z.strictObject({
    host: host('IMAP'),
    port: port('IMAP').default(993),
    tls: tls('implicit'),
    user: wanted(z.string().min(1), 'the user name', 'User name.'),
    /** OAuth2 takes its place beside it later. */
    password: secret('Its password.'),
    folder: folderName.default('INBOX'),
    timeoutSeconds: seconds(1, 300, 'How long to wait for the IMAP server.').default(30),
  }),
  replyFrom: z.strictObject({ name: wanted(z.string(), 'a name', 'Name of the sender of replies.').default(''), address }),
  ownAddresses: wanted(
    z.array(z.email()),
    'a list of email addresses',
    'Other addresses that lead here: mail from them is our own.',
  ).default([]),
  folders: z
    .strictObject(
      Object.fromEntries(FOLDERS.map((key) => [key, folderName.optional()])) as Record<
        (typeof FOLDERS)[number],
        z.ZodOptional<z.ZodString>
      >,
    )
    .default({}),
  pollSeconds: seconds(
    1,
    3600,
    'The inbox is looked at this often even when the server announces nothing; every 5 minutes in any case.',
  ).default(60),
});

export const ConfigSchema = z.strictObject({
  dataFolder: wanted(z.string().min(1), 'a folder, from the folder of this file', 'Ledger and raw mails. Back it up.').default('data'),
  ledger: z
    .union([z.literal('sqlite'), z.string().regex(/^(postgres(ql)?:\/\/[^\s/]+\/[^\s/]|\$\{)/)])
    .meta({
      write: 'sqlite, or "${LEDGER_URL}" with LEDGER_URL=postgres://USER:PASSWORD@HOST/DATABASE',
      description: 'Where the ledger is: a file in dataFolder, or a PostgreSQL database that several workers share.',
      secret: true,
    })
    .default('sqlite'),
  raws: wanted(
    z.enum(['folder', 's3']),
    'folder (in dataFolder; on a shared disk for several machines) or s3',
    'Where the raw mails are kept.',
  ).default('folder'),
  agency: AgencySchema,
  v3: V3Schema.prefault({}),
  s3: S3Schema,
  documents: DocumentsSchema.prefault({}),
  smtp: SmtpSchema,
  branches: wanted(z.record(z.string(), BranchSchema), 'at least one branch', 'By a name of yours.'),
  mailboxes: wanted(z.array(MailboxSchema).min(1), 'at least one mailbox', 'The watched inboxes.'),
  templates: wanted(
    z.string().min(1),
    'a folder, from the folder of this file',
    'Your own parsing templates, beside the bundled ones.',
  ).optional(),
  conversation: ConversationSchema.prefault({}),
  replies: RepliesSchema.prefault({}),
  directory: directoryFile.optional(),
  limits: z
    .strictObject({
      mailBytes: wanted(
        z
          .int()
          .min(10_000)
          .max(1 << 30),
        'a number of bytes from 10000 to 1073741824',
        'A larger mail is left for a person.',
      ).default(50 * 1024 * 1024),
      documentBytes: wanted(
        z
          .int()
          .min(10_000)
          .max(1 << 30),
        'a number of bytes',
        'A larger attachment is not passed on.',
      ).default(25 * 1024 * 1024),
      documentsPerJob: wanted(z.int().min(0).max(200), 'a whole number from 0 to 200', 'More are not passed on.').default(20),
    })
    .prefault({}),
  retry: z
    .strictObject({
      firstSeconds: seconds(0.01, 3600, 'The wait after the first failure; it doubles each time.').default(15),
      mostSeconds: seconds(0.01, 86_400, 'The longest wait.').default(1800),
    })
    .prefault({}),
});

export type ConfigTree = z.infer<typeof ConfigSchema>;

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
