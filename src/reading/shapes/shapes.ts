/** What programs write otherwise than as lines of labels and values, brought into that form: everything behind reads those alone. */
import { withoutDesk } from './conversation.ts';
import { withoutCsv } from './csv-row.ts';
import { withoutFrame } from './framed.ts';
import { withoutQuestions } from './interview.ts';
import { withoutJson } from './json-lines.ts';
import { withoutMarkdown } from './markdown.ts';
import { withoutQuoteMarks } from './transcript.ts';

/** `Custom field "Unit": …`, as help desks write what an agency added to their forms. */
const CUSTOM_FIELD = /^([ \t]*)custom field ?["“']?([^"”':\n]{1,40})["”']?[ \t]*:/gim;

/** @param text tidy */
export function textAsLines(text: string): string {
  return pageAsLines(withoutFrame(withoutMarkdown(withoutCsv(withoutJson(text)))));
}

/** The same for a text that was a page, whose tables are lines already. */
export function pageAsLines(text: string): string {
  return withoutDesk(withoutQuestions(withoutQuoteMarks(text.replace(CUSTOM_FIELD, '$1$2:'))));
}
