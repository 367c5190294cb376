/** `faultline templates explain TEMPLATE MAIL`. */
import { readFileSync } from 'node:fs';
import { nearest } from '../../../domain/schema-problem.ts';
import { explain } from '../../../reading/template/explain.ts';
import { understand } from '../../../reading/understand.ts';
import { unwrap } from '../../../reading/unwrap.ts';
import type { Config } from '../../config.ts';
import { contextFor, parseMail, settingOf } from './mails.ts';
import { loadSet } from './set.ts';

export type ExplainedMail = {
  letter: string;
  checks: { condition: string; holds: boolean; seen: string }[];
  /** Who reads the mail, and why in one sentence. */
  winner: string;
  why: string;
  tried: { field: string; extractor: string; value: string | null; why: string }[];
  /** What comes of the mail, by whoever reads it. */
  reading: Record<string, { value: string; rule: string }>;
};

/** @throws TemplateError; Error for people when there is no such template or file */
export async function explainMail(config: Config, name: string, file: string): Promise<ExplainedMail> {
  const templates = loadSet(config).map((one) => one.template);
  const names = templates.map((one) => one.name);
  const template = templates.find((one) => one.name === name);
  if (template === undefined) throw new Error(`there is no template ${name}: ${nearest(name, names) ?? names.join(', ')}`);
  const message = await parseMail(readFileSync(file));
  const context = contextFor(settingOf(config), templates, message);
  const { reading, sorting } = understand(message, context);
  const explained = explain(template, unwrap(message, context), context);
  const winner = reading.template.split('@')[0] ?? '';
  const { letter, checks, applied } = explained;
  return {
    letter: letter.from === null ? 'nobody known' : `${letter.from.name} <${letter.from.address}>`,
    checks,
    winner,
    why: sorting.kind === 'set-aside' ? `The mail is set aside: ${sorting.why}.` : reasonOf(explained, template.priority, winner, name),
    tried: applied.tried.map(({ field, extractor, value, why }) => ({ field, extractor, value, why })),
    reading: Object.fromEntries(
      Object.entries(reading.values).map(([field, one]) => [
        field,
        { value: String(one.value), rule: `${one.evidence.where}, ${one.evidence.rule}` },
      ]),
    ),
  };

  function reasonOf({ holds, rivals }: typeof explained, priority: number, by: string, own: string): string {
    if (by === own)
      return `It reads the mail${rivals.length > 0 ? `, before ${rivals.map((one) => `${one.name} (priority ${one.priority})`).join(', ')}` : ''}.`;
    const other = templates.find((one) => one.name === by);
    if (template?.match === undefined) return `It has no match, so it is only used where another extends it; ${by} reads the mail.`;
    if (!holds) return `Its conditions do not hold; ${by} reads the mail.`;
    return `Its conditions hold, but ${by} comes first: priority ${other?.priority ?? 0} against ${priority}${other?.priority === priority ? ', and its name is earlier' : ''}.`;
  }
}
