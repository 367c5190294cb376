import { defineConfig } from 'vitest/config';

const base = { testTimeout: 20_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { ...base, name: 'quick', include: ['test/**/*.test.ts'], exclude: ['test/peers/**'] } },
      { test: { ...base, name: 'peers', include: ['test/peers/**/*.test.ts'], testTimeout: 90_000, fileParallelism: false } },
    ],
  },
});
