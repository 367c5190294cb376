/** IssueNotes: the person's own words, without greeting and sign-off. */
import { remembered } from '../remembered.ts';
import { SYMPTOM } from '../words.ts';

const GREETING =
  /^\W*(hi(ya)?|hello|hey|dear|good (morning|afternoon|evening|day)|morning|afternoon|evening|to whom it may concern|f\.?a\.?o\.?|attn|(?:for the )?attention of|salaam|guten tag|greetings|hiya|السلام)\b[^.!?]{0,60}[,.!:\s👋-]*$/iu;
const CID = /\[cid:[^\]]*\]|<(?:mailto:|https?:\/\/)[^>]*>/gi;

/** The lines of a body without the greeting, image places and bare links; '' when nothing is left. */
export const wordsOf: (body: string) => string = remembered((body) => {
  const lines = body
    .replace(CID, '')
    .split('\n')
    .map((line) => line.trim());
  const first = lines.findIndex((line) => line !== '');
  if (
    first >= 0 &&
    GREETING.test(lines[first] ?? '') &&
    !SYMPTOM.test(lines[first] ?? '') &&
    lines.slice(first + 1).some((line) => line !== '')
  )
    lines[first] = '';
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
});

/** What makes even a short note worth reading to whoever does the job. */
const TELLING =
  /\d|\b(keys?|access|urgent\w*|asap|priority|emergency|today|tonight|tomorrow|landlord|owner|warrant\w*|contractor|plumber|electrician|engineer|tenants?|she|he|they|her|him|them|ring|call|text|moved|vulnerable|elderly|disabled|baby|dog|pets?|alarm|code|not|no|only|again|third|second|same|before|already|flat|upstairs|water|gas|electric\w*|heating|leak\w*)\b/i;

/** Whether staff say with it no more than "please log this". */
export function isBareNote(words: string): boolean {
  return words.split(/\s+/).length <= 10 && !TELLING.test(words);
}
