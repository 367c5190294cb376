import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonSchemas } from '../../src/app/json-schema.ts';
import { withReference } from '../../src/app/template-docs.ts';

test.each(Object.entries(jsonSchemas()))('config/%s is what zod says; else run npm run schemas', (name, text) => {
  expect(readFileSync(fileURLToPath(new URL(`../../config/${name}`, import.meta.url)), 'utf8')).toBe(text);
});

test('the reference in docs/templates.md is what zod says; else run npm run schemas', () => {
  const text = readFileSync(fileURLToPath(new URL('../../docs/templates.md', import.meta.url)), 'utf8');
  expect(withReference(text)).toBe(text);
  for (const key of ['forcePriority', 'keepLabel', 'recipient', 'TenantPresenceRequested', 'yesNo', 'replyTo'])
    expect(text).toContain(`| \`${key}\` |`);
});
