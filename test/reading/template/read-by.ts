/** Reads a mail that a test writes down by a template that it writes down too, beside the bundled ones. */
import { Readable } from 'node:stream';
import { mime } from '../../../src/adapters/mime/parse.ts';
import { compileTemplates, readTemplateFiles } from '../../../src/adapters/templates/load.ts';
import { BUNDLED_TEMPLATES } from '../../../src/app/place.ts';
import { understand } from '../../../src/reading/understand.ts';
import { CONTEXT, rawOf, type Written } from '../reads.ts';

const BUNDLED = readTemplateFiles([BUNDLED_TEMPLATES]);

/** @throws TemplateError */
export function templatesOf(...texts: string[]) {
  const own = texts.map((text, index) => ({ file: `own-${index + 1}.yaml`, folder: '/own', text }));
  return compileTemplates([...BUNDLED, ...own], [BUNDLED_TEMPLATES]).map((one) => one.template);
}

export async function understoodBy(yaml: string | string[], written: Written | string) {
  const raw = typeof written === 'string' ? written : rawOf(written);
  const message = await mime.parse(Readable.from([Buffer.from(raw)], { objectMode: false }));
  return understand(message, { ...CONTEXT, templates: templatesOf(...(Array.isArray(yaml) ? yaml : [yaml])) });
}

/** The fields as V3 would get them, and the template's name. */
export async function readBy(yaml: string | string[], written: Written | string): Promise<Record<string, unknown>> {
  const { reading } = await understoodBy(yaml, written);
  return { template: reading.template, ...Object.fromEntries(Object.entries(reading.values).map(([field, one]) => [field, one.value])) };
}

/** A template for mails from portal.example with these fields (YAML, indented by two blanks). */
export function portal(fields: string, more = ''): string {
  return `name: own\nabout: A test\nmatch: { sender: portal.example }\n${more}\nfields:\n${fields}\n`;
}

export const FROM_PORTAL = { from: 'Portal <no-reply@portal.example>', subject: 'New repair 4711' };
