import { defineConfig } from 'vitest/config';

const base = { testTimeout: 20_000, hookTimeout: 60_000 };
/** CI counts the tests from this file. */
const json = process.env['VITEST_JSON'];

export default defineConfig({
  test: {
    reporters: ['default', ...(json ? ['json' as const] : [])],
    ...(json && { outputFile: { json } }),
    projects: [
      { test: { ...base, name: 'quick', include: ['test/**/*.test.ts'], exclude: ['test/peers/**'] } },
      { test: { ...base, name: 'peers', include: ['test/peers/**/*.test.ts'], testTimeout: 90_000, fileParallelism: false } },
    ],
  },
});
