/** Where things that ship with Faultline lie: templates and the example configuration, from a clone and from the package alike. */
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

export const BUNDLED_TEMPLATES = fileURLToPath(new URL('templates', ROOT));
export const REPLY_TEXTS = fileURLToPath(new URL('templates/replies', ROOT));
export const EXAMPLE_CONFIG = fileURLToPath(new URL('config/faultline.example.yaml', ROOT));
