/** Tells whether an office document (OOXML, OpenDocument: zip files) holds macros or other active content. */
import { type Entry, openPromise, type ZipFile } from 'yauzl';

const ACTIVE = /(^|\/)(vbaProject|vbaData)[^/]*$|(^|\/)(macrosheets|activeX)\/|^(Basic|Scripts)\//i;
const MOST_ENTRIES = 10_000;

/** False for a file that is no zip. A zip that cannot be read counts as one that holds them, since nobody can tell. */
export async function holdsMacros(path: string): Promise<boolean> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    return !/end of central directory record signature not found/i.test(String(error));
  }
  try {
    let entries = 0;
    for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
      entries += 1;
      if (entries > MOST_ENTRIES || ACTIVE.test(entry.fileName)) return true;
    }
    return false;
  } catch {
    return true;
  } finally {
    zip.close();
  }
}
