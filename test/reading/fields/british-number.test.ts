import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { describe, expect, test } from 'vitest';
import { britishForm, britishNumber } from '../../../src/reading/fields/british-number.ts';

describe('a British number', () => {
  /** What begins as British numbers do, and anything else. */
  const national = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('7', '74', '1', '11', '113', '2', '20', '3', '300', '8', '800', '845', '9', '70', '76', '1481', '1534', '1624', ''),
        fc.stringMatching(/^\d{4,10}$/),
      )
      .map(([start, rest]) => start + rest),
    fc.stringMatching(/^\d{7,12}$/),
  );

  test('is what the library says it is, and is written as the library writes it', () => {
    let known = 0;
    fc.assert(
      fc.property(national, fc.constantFrom('0', '+44'), (digits, start) => {
        const number = britishNumber(start + digits);
        if (number === null) return;
        known += 1;
        const phone = parsePhoneNumberFromString(start + digits, 'GB');
        expect({ number, isValid: true, form: britishForm(number) }).toEqual({
          number: phone?.number,
          isValid: phone?.isValid(),
          form: phone?.formatNational(),
        });
      }),
      { numRuns: 5_000 },
    );
    expect(known).toBeGreaterThan(200);
  });

  test('is known in nearly every case: only the islands are left to the library', () => {
    fc.assert(
      fc.property(national, (digits) => {
        const phone = parsePhoneNumberFromString(`+44${digits}`);
        if (!digits.startsWith('0') && phone?.isValid() && phone.country === 'GB') expect(britishNumber(`+44${digits}`)).toBe(phone.number);
      }),
      { numRuns: 5_000 },
    );
  });

  test('of none says so', () => {
    expect(['', '0', '+44', '07400', '7400123456', '+33612345678', '00447400123456', '+4407400123456'].map(britishNumber)).toEqual(
      Array(8).fill(null),
    );
    expect(['', '+33612345678', '07400 123456'].map(britishForm)).toEqual([null, null, null]);
  });
});
