import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decoderOf } from '../../../src/adapters/mime/decoding.ts';

/** As RFC 2045 §6.8 has it: all that is no base64 is passed over; groups end where padding stands. */
function plainly(text: string): Buffer {
  const clean = text.replace(/[^A-Za-z0-9+/=]+/g, '');
  return Buffer.concat((clean.match(/[^=]+=*/g) ?? []).map((run) => Buffer.from(run, 'base64')));
}

function decoded(text: string, cuts: number[]): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = decoderOf('base64');
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return Buffer.concat([...at.slice(1).map((end, index) => decoder.write(bytes.subarray(at[index], end))), decoder.end()]);
}

describe('base64', () => {
  const content = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  const cuts = fc.array(fc.nat(2_000), { maxLength: 6 });

  test('in lines of any length, however it arrives, gives the bytes that were encoded', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(content, fc.integer({ min: 1, max: 90 }), fc.constantFrom('\n', '\r\n')), { minLength: 1, maxLength: 3 }),
        cuts,
        (parts, at) => {
          const text = parts.map(([base64, width, end]) => base64.replace(new RegExp(`.{1,${width}}`, 'g'), `$&${end}`)).join('');
          expect(decoded(text, at).equals(Buffer.concat(parts.map(([base64]) => Buffer.from(base64, 'base64'))))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
    // Of the same width, but with another line end.
    expect(decoded('AAAA\r\nAAAAA\nAAA==\n', []).equals(plainly('AAAAAAAAAAAA=='))).toBe(true);
  });

  test('with other characters among it passes them over', () => {
    fc.assert(
      fc.property(
        content,
        fc.constantFrom(4, 8, 76),
        fc.array(fc.tuple(fc.nat(600), fc.constantFrom('-', '_', ' ', '!', '\n', '\r', 'é', '\u0000', '\t')), { maxLength: 4 }),
        cuts,
        (base64, width, others, at) => {
          let text = base64.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\r\n');
          for (const [where, other] of others) text = text.slice(0, where) + other + text.slice(where);
          expect(decoded(text, at).equals(plainly(text))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('of a photo is decoded in pieces, and what waits for the next piece stays small', () => {
    const photo = Buffer.alloc(300_000, 'photo');
    const bytes = Buffer.from(photo.toString('base64').replace(/.{76}/g, '$&\r\n'), 'latin1');
    const decoder = decoderOf('base64');
    let given = 0;
    for (let at = 0; at < bytes.length; at += 10_000) {
      given += decoder.write(bytes.subarray(at, at + 10_000)).length;
      expect(given).toBeGreaterThan((Math.min(at + 10_000, bytes.length) * 3 * 76) / (4 * 78) - 200);
    }
    expect(given + decoder.end().length).toBe(photo.length);
  });
});
