/**
 * A process of its own that makes images anew from their pixels, so that an image that hangs or fills the memory ends this process and
 * no other. It gets files, never anybody's keys (its environment is empty), and does one image at a time.
 */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { type ImageAnswer, type ImageOrder, REFUSALS } from './image-work.ts';

const QUALITY = 85;
// `optimiseCoding` would save 5 % of the file, and hold the whole image in memory once more.
/** libheif has an image in memory several times, and cannot be watched while it works. */
const MOST_HEIF_PIXELS = 100_000_000;

let mostMemory = Number.POSITIVE_INFINITY;

sharp.cache(false);
sharp.concurrency(1);
// Only the decoders of what may be published: no SVG, no PDF, no text.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((format) => `VipsForeignLoad${format}File`),
});

setInterval(() => {
  if (process.memoryUsage.rss() > mostMemory) process.exit(1);
}, 50).unref();
process.on('disconnect', () => process.exit(0));
process.on('message', (order: ImageOrder) => {
  mostMemory = order.mostMemory;
  void make(order).then((answer) => process.send?.(answer));
});

async function make(order: ImageOrder): Promise<ImageAnswer> {
  try {
    const image = HEIF.test(order.type) ? await heif(order).catch(() => decoded(order)) : decoded(order);
    if ('refused' in image) return image;
    await write(image, order);
    return { done: true };
  } catch (error) {
    return { refused: /pixel limit|exceeds/i.test(String(error)) ? REFUSALS.huge : REFUSALS.broken };
  }
}

function decoded({ from, mostPixels }: ImageOrder): Sharp {
  return sharp(from, { failOn: 'error', limitInputPixels: mostPixels, sequentialRead: true, pages: 1 }).autoOrient();
}

/** sharp leaves out all metadata unless it is told to keep them, and converts to sRGB. */
async function write(image: Sharp, { into, to, longestSide }: ImageOrder): Promise<void> {
  const scaled = image.resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true });
  if (to === 'image/png') await scaled.png().toFile(into);
  else await scaled.flatten({ background: '#ffffff' }).jpeg({ quality: QUALITY, optimiseCoding: false }).toFile(into);
}

const HEIF = /^image\/hei[cf]/;

/** libvips as sharp ships it has no HEVC decoder, so libheif does it (which applies the orientation itself). An AVIF under HEIF's name is sharp's. */
async function heif(order: ImageOrder): Promise<Sharp | { refused: string }> {
  const { default: decode } = await import('heic-decode'); // loaded only when one comes
  const images = await decode.all({ buffer: await readFile(order.from) });
  try {
    const [first] = images;
    if (first === undefined) return { refused: REFUSALS.broken };
    if (first.width * first.height > Math.min(order.mostPixels, MOST_HEIF_PIXELS)) return { refused: REFUSALS.huge };
    const { width, height, data } = await first.decode();
    return sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: order.mostPixels });
  } finally {
    images.dispose();
  }
}
