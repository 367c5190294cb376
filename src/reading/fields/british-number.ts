/**
 * British numbers by the numbering plan that libphonenumber-js brings, with its patterns compiled once: the library compiles them anew for
 * each number, which takes longer than all else that is done with it. What does not fit here is left to the library.
 */
import { Metadata } from 'libphonenumber-js';

/** What the library's own types leave out. */
type Plan = {
  nationalNumberPattern(): string;
  type(name: string): { pattern(): string | undefined } | undefined;
  formats(): { pattern(): string; format(): string; leadingDigitsPatterns(): string[]; nationalPrefixFormattingRule(): string }[];
};
type Format = { pattern: RegExp; leading: RegExp | null; format: string };

const TYPES = ['FIXED_LINE', 'MOBILE', 'PREMIUM_RATE', 'TOLL_FREE', 'SHARED_COST', 'VOIP', 'PERSONAL_NUMBER', 'PAGER', 'UAN'];

let made: { valid: RegExp; formats: Format[] } | null = null;

function plan(): { valid: RegExp; formats: Format[] } {
  if (made === null) {
    const metadata = new Metadata();
    metadata.selectNumberingPlan('GB');
    const british = metadata.numberingPlan as unknown as Plan;
    const types = TYPES.flatMap((name) => british.type(name)?.pattern() ?? []);
    made = {
      valid: new RegExp(`^(?=(?:${british.nationalNumberPattern()})$)(?:${types.join('|')})$`),
      formats: british.formats().map((one) => {
        const leading = one.leadingDigitsPatterns().at(-1);
        return {
          pattern: new RegExp(`^(?:${one.pattern()})$`),
          leading: leading === undefined ? null : new RegExp(`^(?:${leading})`),
          format: one.format().replace('$1', one.nationalPrefixFormattingRule()),
        };
      }),
    };
  }
  return made;
}

/**
 * @param digits as dialled: `07400123456` or `+447400123456`
 * @returns E.164 of a valid British number; null where it is none, or none that this knows
 */
export function britishNumber(digits: string): string | null {
  const national = digits.startsWith('0') ? digits.slice(1) : digits.startsWith('+44') ? digits.slice(3) : '';
  return plan().valid.test(national) ? `+44${national}` : null;
}

/** @param number E.164 of a British number, as `britishNumber` gives it: `+447400123456` is written `07400 123456`; null for others */
export function britishForm(number: string): string | null {
  const national = number.startsWith('+44') ? number.slice(3) : '';
  if (!plan().valid.test(national)) return null;
  const fits = plan().formats.find(({ pattern, leading }) => (leading === null || leading.test(national)) && pattern.test(national));
  return fits === undefined ? null : national.replace(fits.pattern, fits.format);
}
