/** Writes config/*.schema.json, templates/kept.json and the reference in docs/templates.md anew: npm run schemas. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KEPT, keptOf } from '../src/adapters/templates/kept.ts';
import { compileTemplates, readTemplateFiles } from '../src/adapters/templates/load.ts';
import { jsonSchemas } from '../src/app/json-schema.ts';
import { BUNDLED_TEMPLATES } from '../src/app/place.ts';
import { withReference } from '../src/app/template-docs.ts';

for (const [name, text] of Object.entries(jsonSchemas())) writeFileSync(fileURLToPath(new URL(`../config/${name}`, import.meta.url)), text);

const DOCS = fileURLToPath(new URL('../docs/templates.md', import.meta.url));
writeFileSync(DOCS, withReference(readFileSync(DOCS, 'utf8')));

const files = readTemplateFiles([BUNDLED_TEMPLATES]);
const templates = compileTemplates(files).map((one) => one.template);
writeFileSync(
  join(BUNDLED_TEMPLATES, KEPT),
  keptOf(
    files.map(({ text }) => text),
    templates,
  ),
);
