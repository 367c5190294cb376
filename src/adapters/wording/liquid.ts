/** The texts of replies: LiquidJS files, plain and HTML side by side, whose values come from strangers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Liquid } from 'liquidjs';
import { Failure } from '../../domain/failure.ts';
import type { Style, Wording } from '../../pipeline/ports.ts';
import { SAMPLES } from './samples.ts';

/** The language of the bundled texts, in which one is written that a style's own folders lack. */
const USUAL = 'en';
/** A value longer than this is cut: it is a name, a title or an address. */
const MOST_CHARACTERS = 300;

type Engines = { text: Liquid; html: Liquid };

/**
 * Each text is looked for in the style's folder, then among the bundled ones of its language, then among the English ones.
 * @param styles whose texts are tried at once, so that a mistake in one is told at the start
 * @throws Failure unexpected, which names the text and what is wrong with it
 * @param bundled a folder with a folder for each language; in it KIND.txt.liquid, whose first line is the subject, and KIND.html.liquid
 */
export function openWording(bundled: string, styles: Style[]): Wording {
  const opened = new Map<string, Engines>();
  const enginesOf = (style: Style): Engines => {
    const key = `${style.language}\0${style.folder ?? ''}`;
    const known = opened.get(key) ?? openEngines(bundled, style);
    opened.set(key, known);
    return known;
  };
  const wording: Wording = {
    render(kind, model, style) {
      try {
        const { text, html } = enginesOf(style);
        const values = plain(model);
        const whole = String(text.renderFileSync(`${kind}.txt.liquid`, values)).replace(/^\s+/, '');
        const [first = '', ...rest] = whole.split('\n');
        return {
          subject: first
            .replace(/^Subject:\s*/i, '')
            .replace(/\s+/g, ' ')
            .trim(),
          text: tidied(rest.join('\n')),
          html: tidied(String(html.renderFileSync(`${kind}.html.liquid`, values))),
        };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Failure('unexpected', `the reply text ${kind} (${style.language}): ${why.slice(0, 300)}`, { cause: error });
      }
    },
  };
  for (const style of styles) for (const [kind, model] of SAMPLES) wording.render(kind, model, style);
  return wording;
}

function openEngines(bundled: string, { language, folder }: Style): Engines {
  const root = [...(folder === null ? [] : [join(folder, language), folder]), join(bundled, language), join(bundled, USUAL)].filter(
    existsSync,
  );
  const options = {
    root,
    layouts: root,
    partials: root,
    relativeReference: false,
    cache: true,
    strictFilters: true,
    strictVariables: true,
    greedy: true,
    memoryLimit: 1e7,
    renderLimit: 1000,
    parseLimit: 1e6,
  };
  const engines = { text: new Liquid(options), html: new Liquid({ ...options, outputEscape: 'escape' as const }) };
  for (const engine of Object.values(engines)) engine.registerFilter('tel', (value: unknown) => String(value).replace(/[^\d+]/g, ''));
  return engines;
}

function tidied(text: string): string {
  return `${text
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

/** Each value becomes one line without control characters, and without what would turn text around or hide it. */
function plain(model: object): object {
  return JSON.parse(JSON.stringify(model), (_, value: unknown) =>
    typeof value === 'string'
      ? value
          .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
          .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
          .trim()
          .slice(0, MOST_CHARACTERS)
      : value,
  ) as object;
}
