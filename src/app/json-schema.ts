/** The JSON schemas by which editors check the YAML files, generated from zod. */
import { z } from 'zod';
import { TemplateSchema } from '../reading/template.ts';
import { ConfigSchema } from './schema.ts';

/** By the file's name in `config/`. */
export function jsonSchemas(): Record<string, string> {
  const schemas = { 'faultline.schema.json': ConfigSchema, 'template.schema.json': TemplateSchema };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
    ]),
  );
}
