/** `faultline documents …` on the terminal. */
import { styleText } from 'node:util';
import { auditDocuments, checkStore, lifecycleOf, unpublish } from '../actions/documents.ts';
import { type Config, loadConfig } from '../config.ts';
import { openConfiguredBucket, openConfiguredLedger } from '../wire.ts';
import type { Words } from './words.ts';

const HELP = `  faultline documents check                publish a dot as each branch would, read it as a stranger, delete it
  faultline documents unpublish REFERENCE  take back all documents of a report, at once and for good
  faultline documents audit [--remove]     what the bucket and the ledger do not agree on; --remove deletes what should not be there
  faultline documents lifecycle            print the bucket's lifecycle rule
`;
const LIMIT_MS = 10 * 60_000;

/** @returns 1 when the store fails or something does not agree */
export function documentsCommand(words: Words): Promise<number> {
  const [command, reference] = words.rest;
  if (command === 'lifecycle') return lifecycle(words);
  if (command === 'check') return check(words);
  if (command === 'audit') return audit(words);
  if (command === 'unpublish' && reference !== undefined) return takeBack(words, reference.toUpperCase());
  process.stderr.write(command === 'unpublish' ? 'name the reference, such as faultline documents unpublish 7XCNQNCXJ\n' : HELP);
  return Promise.resolve(2);
}

async function check(words: Words): Promise<number> {
  return withStore(words, async (config, documents) => {
    let failed = false;
    for await (const { branch, way, failure } of checkStore(config, documents, AbortSignal.timeout(LIMIT_MS))) {
      failed ||= failure !== null;
      if (words.json)
        print(JSON.stringify({ branch, way, code: failure?.code ?? null, detail: failure?.detail ?? '', hint: failure?.hint ?? '' }));
      else if (failure === null) print(`${styleText('green', 'ok')}       ${branch}  ${way}`);
      else print(`${styleText('red', 'failing')}  ${branch}  ${way}  ${failure.code}: ${failure.detail}\n         ${failure.hint}`);
    }
    return failed ? 1 : 0;
  });
}

function takeBack(words: Words, reference: string): Promise<number> {
  return withStore(words, async (config, documents) => {
    const ledger = await openConfiguredLedger(config, 'look');
    try {
      if ((await ledger.report(reference)) === null) {
        process.stderr.write(`there is no report ${reference}: faultline reports\n`);
        return 2;
      }
      const count = await unpublish(ledger, documents, reference, new Date(), AbortSignal.timeout(LIMIT_MS));
      print(words.json ? JSON.stringify({ reference, documents: count }) : `${count} documents of ${reference} are no longer public`);
      return 0;
    } finally {
      await ledger.close();
    }
  });
}

function audit(words: Words): Promise<number> {
  return withStore(words, async (config, documents) => {
    const ledger = await openConfiguredLedger(config, 'look');
    try {
      const signal = AbortSignal.timeout(LIMIT_MS);
      const found = await auditDocuments(ledger, documents, new Date(), signal);
      const foreign = found.unknown.filter(({ ours }) => !ours);
      const surplus = [...found.unknown.filter(({ ours }) => ours), ...found.leftOver].map(({ key }) => key);
      if (words.remove) await documents.remove(surplus, signal);
      if (words.json) print(JSON.stringify({ ...found, removed: words.remove ? surplus.length : 0 }));
      else {
        for (const key of surplus) print(`${words.remove ? 'deleted' : 'should not be there (--remove deletes it)'}  ${key}`);
        for (const { key } of foreign) print(`not Faultline's; give it a folder of its own with s3.prefix  ${key}`);
        for (const { reference, name, key } of found.missing) print(`missing: ${name} of ${reference}, deleted by somebody else  ${key}`);
        print(`${found.objects} objects; ${surplus.length} too many, ${found.missing.length} missing, ${foreign.length} of others`);
      }
      return found.missing.length > 0 || (surplus.length > 0 && !words.remove) ? 1 : 0;
    } finally {
      await ledger.close();
    }
  });
}

async function lifecycle(words: Words): Promise<number> {
  const config = loadConfig(words.config ?? 'faultline.yaml', 'ignored');
  print(JSON.stringify(lifecycleOf(config), null, 2));
  process.stderr.write(
    `Save it as lifecycle.json and set it, with the rules that the bucket has already, since it replaces them:\n  aws s3api put-bucket-lifecycle-configuration --bucket ${config.s3.bucket} --lifecycle-configuration file://lifecycle.json\n`,
  );
  if (config.s3.prefix === '')
    process.stderr.write('s3.prefix is empty, so the rule deletes everything in the bucket: set one if other things are in there.\n');
  return 0;
}

async function withStore(
  words: Words,
  work: (config: Config, documents: ReturnType<typeof openConfiguredBucket>) => Promise<number>,
): Promise<number> {
  // Whoever takes a document back in a hurry need not have the secrets of the mail servers at hand.
  const config = loadConfig(words.config ?? 'faultline.yaml', 'ignored');
  const missing = [config.s3.accessKeyId, config.s3.secretAccessKey].find((key) => key?.startsWith('${'));
  if (missing) throw new Error(`the environment has no ${missing.slice(2, -1)}, which s3 in ${config.file} needs`);
  const documents = openConfiguredBucket(config);
  try {
    return await work(config, documents);
  } finally {
    documents.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
