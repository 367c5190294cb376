/** Reads `Label: value` mails: labels with a colon, with dots, aligned by blanks, or with the value on the next line. */
import { bare } from './plain.ts';
import { LABELLED, type Labelled, type Template } from './template.ts';

export type LabelledValue = { label: string; value: string };
export type LabelledValues = Partial<Record<Labelled, LabelledValue>>;

const DOTTED = /^([A-Z][A-Za-z /&?'’()-]{1,40}?)\s*\.{2,}\s*:?\s*(.*)$/;
const COLON = /^\W{0,3}([\p{L}][\p{L}\d /&'’().,-]{0,48}?\??)\s*:(?!\/\/)\s*(.*)$/u;
const ASKED = /^([\p{L}][\p{L}\d /&'’-]{2,44}\?)\s+(\S.*)$/u;
const ALIGNED = /^([\p{L}][\p{L}\d/&'’. -]{1,36}?)\s{2,}(\S.*)$/u;
const EMPTY = /^\W*(not (provided|given|known|supplied|stated)|none|n\/?a|unknown|nil|no|not applicable|tbc|-+|—)?\W*$/i;

/** The values by what they are; null when the text is not of this kind: fewer than three known labels, or none that a report needs. */
export function labelledIn(text: string, template: Template): LabelledValues | null {
  const known = new Map<string, Labelled>();
  for (const field of LABELLED) for (const label of template.labels[field] ?? []) known.set(bare(label), field);
  const lines = text.split('\n');
  const found: LabelledValues = {};
  let count = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const label = labelAt(lines[index] ?? '', known);
    if (label === null) continue;
    const { value, next } = valueFrom(lines, index, label.value, label.field, known);
    count += 1;
    index = next - 1;
    const field = fieldOf(label, value, found);
    if (EMPTY.test(value) && field !== 'access') continue;
    const before = found[field];
    if (before === undefined) found[field] = { label: label.label, value };
    else if (field === 'access' || field === 'problem') found[field] = { label: before.label, value: `${before.value}\n${value}` };
    else if (field === 'phone') found.secondPhone ??= { label: label.label, value };
  }
  const useful =
    (found.phone || found.secondPhone ? 1 : 0) +
    (found.address || found.postcode ? 1 : 0) +
    (found.problem ? 1 : 0) +
    (found.name || found.caller || found.surname ? 1 : 0);
  return count >= 3 && useful >= 2 ? found : null;
}

type Label = { label: string; value: string; field: Labelled };

function labelAt(line: string, known: Map<string, Labelled>): Label | null {
  for (const pattern of [DOTTED, COLON, ASKED, ALIGNED]) {
    const match = pattern.exec(line.trim());
    const field = match ? known.get(bare(match[1] ?? '')) : undefined;
    if (match && field) return { label: (match[1] ?? '').trim(), value: (match[2] ?? '').trim(), field };
  }
  const alone = known.get(bare(line));
  return alone && (alone === 'problem' || /[:?]\s*$/.test(line)) && line.length < 40
    ? { label: line.replace(/[:\s]+$/, ''), value: '', field: alone }
    : null;
}

/** `Title: Mr` names a person, `Title: Broken tap` the fault; `Tel` is the tenant's. */
function fieldOf(label: Label, value: string, found: LabelledValues): Labelled {
  if (label.field === 'personTitle' && !/^(mr|mrs|ms|miss|mx|dr|prof|rev)\b\.?\s*$/i.test(value)) return 'title';
  if (label.field === 'presence' && !/^(yes|no|true|false|y|n)\b/i.test(value)) return 'access';
  return label.field === 'name' && found.name ? 'caller' : label.field;
}

/** The rest of a value: indented or further lines, up to the next label or a blank line; from the next line where the label stands alone. */
function valueFrom(
  lines: string[],
  index: number,
  first: string,
  field: Labelled,
  known: Map<string, Labelled>,
): { value: string; next: number } {
  const many = field === 'problem' || field === 'address';
  const value = first === '' ? [] : [first];
  let next = index + 1;
  while (next < lines.length) {
    const line = lines[next] ?? '';
    if (line.trim() === '') {
      if (value.length === 0 && next === index + 1) {
        next += 1;
        continue;
      }
      break;
    }
    if (labelAt(line, known) !== null || COLON.test(line.trim()) || DOTTED.test(line.trim()) || /^(--|_{4,}|={4,}|\*{3,})/.test(line))
      break;
    if (value.length > 0 && !many && first !== '') break;
    if (value.length > 0 && first === '' && !many) break;
    if (/^(end of message|taken by|open in|view )/i.test(line.trim())) break;
    value.push(line.trim());
    next += 1;
  }
  return { value: value.join(field === 'address' ? '\n' : ' ').trim(), next };
}
