import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonSchemas } from '../../src/app/json-schema.ts';

test.each(Object.entries(jsonSchemas()))('config/%s is what zod says; else run npm run schemas', (name, text) => {
  expect(readFileSync(fileURLToPath(new URL(`../../config/${name}`, import.meta.url)), 'utf8')).toBe(text);
});
