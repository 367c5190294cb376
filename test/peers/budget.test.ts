/** The rolling budget of a key that two processes share under a backlog. `npm run bench budget` measures it with V3's own window of 60 s. */
import { expect, test } from 'vitest';
import { measureBudget } from '../bench/budget.ts';

const WINDOW_SECONDS = 20;
/** Added to the window by the program (src/pipeline/advance.ts). */
const MARGIN_SECONDS = 1;

test('is used up to 97 % of what its margin leaves, and never exceeded', { timeout: 180_000 }, async () => {
  const { use, refused, most } = await measureBudget(2, WINDOW_SECONDS, 2);
  console.log(`used: ${(use * 100).toFixed(1)} %`);
  expect(refused).toEqual({});
  expect(most).toBeLessThanOrEqual(50);
  expect(use).toBeGreaterThan((0.97 * WINDOW_SECONDS) / (WINDOW_SECONDS + MARGIN_SECONDS));
});
