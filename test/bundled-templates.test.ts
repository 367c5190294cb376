/** The bundled templates read their own sample mails, each by the template that the sample belongs to. */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptTemplates } from '../src/adapters/templates/kept.ts';
import { loadTemplates } from '../src/adapters/templates/load.ts';
import { testTemplates } from '../src/app/actions/templates/test.ts';
import { loadConfig } from '../src/app/config.ts';
import { BUNDLED_TEMPLATES, EXAMPLE_CONFIG } from '../src/app/place.ts';

const KINDS = [
  'forwarded',
  'tenant-portal-text',
  'tenant-portal-table',
  'answering-service',
  'contact-form',
  'property-system',
  'device-alert',
];

test('every bundled template is valid, has three samples or more, and reads all of them as expected', async () => {
  const { templates, results, notes } = await testTemplates(loadConfig(EXAMPLE_CONFIG, 'ignored'));
  expect(templates).toEqual(expect.arrayContaining(['general', 'labelled', ...KINDS]));
  for (const kind of KINDS) expect(results.filter((one) => one.template === kind).length, kind).toBeGreaterThanOrEqual(3);
  expect(results.filter((one) => one.misses.length > 0)).toEqual([]);
  expect(notes).toEqual([]);
});

test('the bundled templates that are kept read are those of the YAML files; npm run schemas keeps them anew', () => {
  expect(keptTemplates(BUNDLED_TEMPLATES)).toEqual(loadTemplates([BUNDLED_TEMPLATES]));
  const changed = mkdtempSync(join(tmpdir(), 'faultline-kept-'));
  cpSync(BUNDLED_TEMPLATES, changed, { recursive: true });
  expect(keptTemplates(changed)).not.toBeNull();
  appendFileSync(join(changed, 'general.yaml'), '# another word\n');
  expect(keptTemplates(changed)).toBeNull();
  rmSync(changed, { recursive: true });
});
