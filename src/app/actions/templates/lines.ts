/** `faultline templates lines MAIL`: each letter of a mail as templates see it, the innermost last. */
import { readFileSync } from 'node:fs';
import { rowsOf } from '../../../reading/template/page.ts';
import { viewOf } from '../../../reading/template/view.ts';
import { unwrap } from '../../../reading/unwrap.ts';
import type { Config } from '../../config.ts';
import { contextFor, parseMail, settingOf } from './mails.ts';
import { loadSet } from './set.ts';

/** `lines` are those that are not blank, as `line: 3` counts them; `cells` the rows of the tables. */
export type LetterLines = { from: string; subject: string; lines: string[]; cells: string[][] };

export async function linesOf(config: Config, file: string): Promise<LetterLines[]> {
  const message = await parseMail(readFileSync(file));
  const letters = unwrap(
    message,
    contextFor(
      settingOf(config),
      loadSet(config).map((one) => one.template),
      message,
    ),
  );
  return letters.map((letter) => {
    const view = viewOf(letter, letters);
    const page = view.page();
    return {
      from: letter.from === null ? 'nobody known' : `${letter.from.name} <${letter.from.address}>`,
      subject: letter.subject,
      lines: view.labelled.lines.filter((line) => line.trim() !== ''),
      cells: page === null ? [] : rowsOf(page).map((row) => row.cells.map((cell) => cell.text)),
    };
  });
}
