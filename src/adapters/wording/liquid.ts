/** The texts of replies: LiquidJS files whose first line is the subject. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Liquid, type Template } from 'liquidjs';
import { Failure } from '../../domain/failure.ts';
import type { ReplyKind, ReplyModel, Wording } from '../../pipeline/ports.ts';

/** @param folder holds confirmation.liquid and question.liquid. @throws Error when one is missing or is no Liquid */
export function openWording(folder: string): Wording {
  const engine = new Liquid({ strictFilters: true, strictVariables: true, greedy: true, memoryLimit: 1e7, renderLimit: 1000 });
  const texts = Object.fromEntries(
    (['confirmation', 'question'] as const).map((kind) => [kind, engine.parse(readFileSync(join(folder, `${kind}.liquid`), 'utf8'))]),
  ) as Record<ReplyKind, Template[]>;
  return {
    render(kind, model) {
      try {
        const whole = String(engine.renderSync(texts[kind], plain(model)));
        const [first = '', ...rest] = whole.replace(/^\s+/, '').split('\n');
        const subject = first
          .replace(/^Subject:\s*/i, '')
          .replace(/\s+/g, ' ')
          .trim();
        return {
          subject,
          text: `${rest
            .join('\n')
            .replace(/[ \t]+\n/g, '\n')
            .replace(/\n{3,}/g, '\n\n')
            .trim()}\n`,
        };
      } catch (error) {
        throw new Failure(
          'unexpected',
          `the text templates/replies/${kind}.liquid: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
    },
  };
}

/** Values come from strangers' mails: each becomes one line without control characters. */
function plain(model: ReplyModel): object {
  return JSON.parse(JSON.stringify(model), (_, value: unknown) =>
    typeof value === 'string'
      ? value
          .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
          .trim()
          .slice(0, 300)
      : value,
  ) as object;
}
