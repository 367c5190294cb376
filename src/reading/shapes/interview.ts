/** What robots write down of an interview: questions with their answers below them. */

const QUESTION = /^\s*(?:Q|Question)\s*\d*\s*[:.)-]\s*(\S.*)$/i;
const ANSWER = /^\s*(?:A|Answer)\s*\d*\s*[:.)-]\s*(.*)$/i;
/** With fewer pairs it is no interview. */
const LEAST_PAIRS = 3;

/** `Q: What's your name?` with `A: Jo Marsh` below it as `What's your name?: Jo Marsh`; a text without such lines stays as it is. */
export function withoutQuestions(text: string): string {
  if (!/^\s*(?:Q|Question)\s*\d*\s*[:.)-]/im.test(text)) return text;
  const lines = text.split('\n');
  const out: string[] = [];
  let pairs = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const question = QUESTION.exec(line)?.[1];
    const answer = question === undefined ? undefined : ANSWER.exec(lines[index + 1] ?? '')?.[1];
    if (question === undefined || answer === undefined) out.push(line);
    else {
      out.push(`${question.replace(/[\s:]+$/, '')}: ${answer}`);
      index += 1;
      pairs += 1;
    }
  }
  return pairs < LEAST_PAIRS ? text : out.join('\n');
}
