/** `faultline templates test`, `explain`, `list`, `backtest` and `new` on the terminal. */
import { existsSync } from 'node:fs';
import { styleText } from 'node:util';
import type { Ledger } from '../../pipeline/ports.ts';
import { type Config, loadConfig } from '../config.ts';
import { EXAMPLE_CONFIG } from '../place.ts';
import type { Words } from './words.ts';

const USAGE = `faultline templates: the rules by which mails are read (docs/templates.md)

  faultline templates list                     all templates, and how they did in the last 30 days
  faultline templates test [NAME]              check all templates and run their examples
  faultline templates explain NAME MAIL        why this template reads a mail or not, and what each of its ways gives
  faultline templates lines MAIL               the mail as templates see it, with the numbers of its lines
  faultline templates new MAIL [--out FILE]    draft a template from a sample mail
  faultline templates backtest [--since 30d]   read the stored mails again, and show what would differ

  --templates FOLDER   your templates, instead of the folder in the configuration
`;

const COMMANDS: Record<string, (words: Words) => Promise<number>> = {
  list: listCommand,
  test: testCommand,
  explain: explainCommand,
  lines: linesCommand,
  new: newCommand,
  backtest: backtestCommand,
};

export async function templatesCommand(words: Words): Promise<number> {
  const [name, ...rest] = words.rest;
  const command = name === undefined ? undefined : COMMANDS[name];
  if (command === undefined) {
    process.stderr.write(name === undefined ? USAGE : `there is no command templates ${name}\n\n${USAGE}`);
    return 2;
  }
  return command({ ...words, rest });
}

/** Without --config, the configuration here, or else the bundled example: templates can be tried without any server. */
export function configFor(words: Words): Config {
  const file = words.config ?? (existsSync('faultline.yaml') ? 'faultline.yaml' : EXAMPLE_CONFIG);
  const config = loadConfig(file, 'ignored');
  return words.templates === undefined ? config : { ...config, templates: words.templates };
}

async function listCommand(words: Words): Promise<number> {
  const { listTemplates } = await import('../actions/templates/list.ts');
  const config = configFor(words);
  const ledger = await ledgerIfAny(config);
  try {
    const listed = await listTemplates(config, ledger, new Date());
    if (words.json) return print(listed.map((one) => JSON.stringify(one)));
    return print(
      listed.flatMap(({ name, version, about, priority, mails, missed, worst, warning }) => [
        `${styleText('bold', `${name}@${version}`.padEnd(28))}${String(priority).padStart(4)}  ${ledger === null ? '' : `${String(mails).padStart(5)} mails in 30 days${mails > 0 && missed > 0 ? `, ${missed.toFixed(1)} fields missed (most often ${worst})` : ''}`}`,
        `  ${about}`,
        ...(warning === null ? [] : [`  ${styleText('yellow', `! ${warning}`)}`]),
      ]),
    );
  } finally {
    await ledger?.close();
  }
}

async function linesCommand(words: Words): Promise<number> {
  const [mail] = words.rest;
  if (mail === undefined) return complain('name the mail: faultline templates lines mail.eml');
  const { linesOf } = await import('../actions/templates/lines.ts');
  const letters = await linesOf(configFor(words), mail);
  if (words.json) return print(letters.map((one) => JSON.stringify(one)));
  return print(
    letters.flatMap(({ from, subject, lines, cells }) => [
      styleText('bold', `${from}: ${subject}`),
      ...lines.map((line, index) => `${String(index + 1).padStart(5)}  ${line}`),
      ...(cells.length > 0
        ? [styleText('dim', '       tables, cell by cell:'), ...cells.map((row) => `       ${row.map(flat).join(' | ')}`)]
        : []),
      '',
    ]),
  );
}

async function newCommand(words: Words): Promise<number> {
  const [mail] = words.rest;
  if (mail === undefined) return complain('name the sample mail: faultline templates new mail.eml --out templates/my-portal.yaml');
  const { newTemplate } = await import('../actions/templates/new.ts');
  const { name, text, result, read, unused } = await newTemplate(configFor(words), mail, words.out ?? null);
  if (words.json) return print([JSON.stringify({ name, text, read, unused, misses: result?.misses ?? [] })]);
  process.stdout.write(words.out === undefined ? text : `${words.out} is written.\n`);
  process.stderr.write(
    [
      '',
      `The template ${name} reads from this mail (compare it):`,
      ...Object.entries(read).map(([field, value]) => `  ${field.padEnd(26)}${flat(value)}`),
      ...(unused.length > 0 ? ['Not used:', ...unused.map((one) => `  ${flat(one)}`)] : []),
      result === null || result.misses.length > 0
        ? styleText('red', `Its example fails: ${result?.misses.map((one) => one.field).join(', ') ?? 'nothing was found'}`)
        : styleText('green', 'Its example passes.'),
      'Next: put right what is wrong, add samples that vary, and run faultline templates test.',
      '',
    ].join('\n'),
  );
  return result === null || result.misses.length > 0 ? 1 : 0;
}

async function backtestCommand(words: Words): Promise<number> {
  const since = spanOf(words.since ?? '30d');
  if (since === null) return complain(`--since ${words.since} is no span: write 30d, 12h or 2w`);
  const [{ backtest }, { openConfiguredLedger, openConfiguredRaws }] = await Promise.all([
    import('../actions/templates/backtest.ts'),
    import('../wire.ts'),
  ]);
  const config = configFor(words);
  const ledger = await openConfiguredLedger(config, 'look');
  try {
    const { mails, same, gone, changed } = await backtest(config, ledger, await openConfiguredRaws(config), new Date(Date.now() - since));
    if (words.json) return print([JSON.stringify({ mails, same, gone, changed })]);
    for (const { reference, identity, subject, before, after, differences } of changed)
      print([
        `${styleText('bold', reference ?? identity.slice(0, 12))}  ${flat(subject)}  ${styleText('dim', before === after ? after : `${before} → ${after}`)}`,
        ...differences.map(
          (one) =>
            `  ${one.field.padEnd(26)}${styleText('red', flat(one.before))}\n${' '.repeat(28)}${styleText('green', flat(one.after))}`,
        ),
      ]);
    return print([
      `${mails} mails read again: ${same} as before, ${changed.length} differ${gone > 0 ? `, ${gone} could not be read (their raw mail is gone)` : ''}`,
    ]);
  } finally {
    await ledger.close();
  }
}

/** Null before the service ran for the first time. */
async function ledgerIfAny(config: Config): Promise<Ledger | null> {
  const { hasLedger, openConfiguredLedger } = await import('../wire.ts');
  return hasLedger(config) ? openConfiguredLedger(config, 'look') : null;
}

/** Milliseconds of `30d`, `12h`, `2w`. */
function spanOf(text: string): number | null {
  const match = /^(\d{1,4})([hdw])$/.exec(text);
  if (!match) return null;
  return Number(match[1]) * { h: 3_600_000, d: 86_400_000, w: 604_800_000 }[match[2] as 'h' | 'd' | 'w'];
}

async function testCommand(words: Words): Promise<number> {
  const { testTemplates } = await import('../actions/templates/test.ts');
  const { templates, results, notes } = await testTemplates(configFor(words), words.rest[0]);
  if (words.rest[0] !== undefined && !templates.includes(words.rest[0]))
    return complain(`there is no template ${words.rest[0]}: ${templates.join(', ')}`);
  const failed = results.filter((one) => one.misses.length > 0);
  if (words.json) print([JSON.stringify({ templates: templates.length, examples: results.length, failed: failed.length, results, notes })]);
  else {
    for (const { template, example, misses } of failed)
      print([
        `${styleText(['bold', 'red'], 'WRONG')}  ${template}  ${example}`,
        ...misses.map(({ field, wanted, got }) => `  ${field.padEnd(24)}expected ${wanted}\n${' '.repeat(26)}but it is ${got}`),
      ]);
    for (const note of notes) print([`${styleText('yellow', 'NOTE')}   ${note}`]);
    print([`${templates.length} templates are valid; ${results.length - failed.length} of ${results.length} examples are right`]);
  }
  return failed.length > 0 ? 1 : 0;
}

async function explainCommand(words: Words): Promise<number> {
  const [name, mail] = words.rest;
  if (name === undefined || mail === undefined)
    return complain('name the template and a mail: faultline templates explain mendwell-portal mail.eml');
  const { explainMail } = await import('../actions/templates/explain.ts');
  const result = await explainMail(configFor(words), name, mail);
  if (words.json) return print([JSON.stringify(result)]);
  const { checks, tried, winner, reading, letter, why } = result;
  const tick = (holds: boolean) => (holds ? styleText('green', '✓') : styleText('red', '✗'));
  return print([
    `${styleText('bold', name)} and ${styleText('bold', mail)}: the letter from ${letter}`,
    ...checks.map(
      (one) => `  ${tick(one.holds)} ${one.condition}${one.holds ? '' : styleText('dim', `   there stands: ${one.seen || 'nothing'}`)}`,
    ),
    why,
    '',
    styleText('bold', winner === name ? 'What it reads:' : 'What it would read:'),
    ...tried.map(
      (one) =>
        `  ${tick(one.value !== null)} ${one.field.padEnd(24)}${one.extractor}  ${styleText('dim', one.value === null ? one.why : `“${flat(one.value)}”`)}`,
    ),
    '',
    styleText('bold', `What becomes of the mail (${winner}):`),
    ...Object.entries(reading).map(([field, { value, rule }]) => `  ${field.padEnd(26)}${flat(value)}  ${styleText('dim', rule)}`),
  ]);
}

export function flat(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

export function print(lines: string[]): number {
  for (const line of lines) process.stdout.write(`${line}\n`);
  return 0;
}

export function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}
