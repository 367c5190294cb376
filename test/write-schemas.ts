/** Writes config/*.schema.json anew: npm run schemas. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonSchemas } from '../src/app/json-schema.ts';

for (const [name, text] of Object.entries(jsonSchemas())) writeFileSync(fileURLToPath(new URL(`../config/${name}`, import.meta.url)), text);
