import { defineConfig } from 'vitest/config';

/** Generous, since the tests share the machine: what comes about does so within a fraction of it. */
const base = { testTimeout: 30_000, hookTimeout: 60_000, expect: { poll: { timeout: 10_000 } } };
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
