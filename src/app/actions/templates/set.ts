/** The templates that a configuration names, with the bundled ones. */
import { compileTemplates, type LoadedTemplate, readTemplateFiles } from '../../../adapters/templates/load.ts';
import type { Config } from '../../config.ts';
import { BUNDLED_TEMPLATES } from '../../place.ts';

/**
 * @param folder the admin's folder instead of the configured one
 * @param all checks the bundled ones as strictly as the admin's
 * @throws TemplateError with every problem
 */
export function loadSet(config: Config, folder = config.templates, all = false): LoadedTemplate[] {
  return compileTemplates(readTemplateFiles([BUNDLED_TEMPLATES, ...(folder ? [folder] : [])]), all ? [] : [BUNDLED_TEMPLATES]);
}
