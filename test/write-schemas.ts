/** Writes config/*.schema.json and the reference in docs/templates.md anew: npm run schemas. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonSchemas } from '../src/app/json-schema.ts';
import { withReference } from '../src/app/template-docs.ts';

for (const [name, text] of Object.entries(jsonSchemas())) writeFileSync(fileURLToPath(new URL(`../config/${name}`, import.meta.url)), text);

const DOCS = fileURLToPath(new URL('../docs/templates.md', import.meta.url));
writeFileSync(DOCS, withReference(readFileSync(DOCS, 'utf8')));
