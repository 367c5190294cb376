/** What becomes of the files that strangers send: real images, real decoders, the real child process. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { constants, crc32, deflateRawSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkshop, type WorkshopSettings } from '../../../src/adapters/documents/workshop.ts';
import type { Finished, Workshop } from '../../../src/pipeline/ports.ts';
import { zipOf } from '../zip.ts';

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'faultline-'));
const settings: WorkshopSettings = {
  folder,
  longestSide: 1000,
  mostPixels: 10_000_000,
  imageTimeoutMs: 20_000,
  imageMemory: 1 << 30,
  scanner: null,
};
let workshop: Workshop & { close(): Promise<void> };

beforeAll(async () => {
  workshop = await openWorkshop(settings);
});
afterAll(async () => {
  await workshop.close();
  rmSync(folder, { recursive: true });
});

const made = (bytes: Buffer, mimeType: string, by = workshop) => by.finish({ mimeType }, Readable.from([bytes]), never);

/** The bytes that would be published. Fails when the file was refused. */
async function published(bytes: Buffer, mimeType: string): Promise<{ bytes: Buffer; mimeType: string }> {
  const finished = await made(bytes, mimeType);
  expect(finished).not.toHaveProperty('refused');
  const { open, discard, ...told } = finished as Finished;
  const result = Buffer.concat(await open().toArray());
  expect(told).toMatchObject({ bytes: result.length, sha256: createHash('sha256').update(result).digest('hex') });
  await discard();
  return { bytes: result, mimeType: told.mimeType };
}

/** Red on the left, blue on the right. */
function picture(width = 160, height = 120): Sharp {
  const right = { create: { width: width / 2, height, channels: 3 as const, background: '#1e1ec8' } };
  return sharp({ create: { width, height, channels: 3, background: '#c81e1e' } }).composite([{ input: right, left: width / 2, top: 0 }]);
}

async function colourAt(bytes: Buffer, x: number, y: number): Promise<'red' | 'blue' | 'other'> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const [red = 0, , blue = 0] = data.subarray((y * info.width + x) * info.channels);
  return red > 150 && blue < 80 ? 'red' : blue > 150 && red < 80 ? 'blue' : 'other';
}

describe('a photo', () => {
  test('loses its place and every other thing that is not the picture, and is turned upright', async () => {
    const sideways = await picture()
      .withExif({
        IFD0: { Make: 'SecretPhone' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '53/1 48/1 0/1', GPSLongitudeRef: 'W', GPSLongitude: '1/1 33/1 0/1' },
      })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(sideways.includes('SecretPhone')).toBe(true);
    const { bytes, mimeType } = await published(sideways, 'image/jpeg');
    expect(mimeType).toBe('image/jpeg');
    expect(bytes.includes('SecretPhone')).toBe(false);
    expect(bytes.includes('Exif')).toBe(false);
    const { width, height, orientation, exif, xmp, iptc } = await sharp(bytes).metadata();
    expect({ width, height, orientation, exif, xmp, iptc }).toEqual({ width: 120, height: 160 });
    expect([await colourAt(bytes, 60, 10), await colourAt(bytes, 60, 150)]).toEqual(['red', 'blue']);
  });

  test('of an iPhone (HEIC) becomes a JPEG without its place', async () => {
    const heic = readFileSync(fileURLToPath(new URL('../../../fixtures/files/photo.heic', import.meta.url)));
    expect(heic.includes('Faultline')).toBe(true); // its Exif block
    const { bytes, mimeType } = await published(heic, 'image/heic');
    expect(mimeType).toBe('image/jpeg');
    const { format, width, height, exif } = await sharp(bytes).metadata();
    expect({ format, width, height, exif }).toEqual({ format: 'jpeg', width: 160, height: 120 });
    expect([await colourAt(bytes, 60, 100), await colourAt(bytes, 140, 100)]).toEqual(['red', 'blue']);
  });

  test('that is larger than the setting is scaled to it, and a smaller one keeps its size', async () => {
    const { bytes } = await published(await picture(2400, 1200).jpeg().toBuffer(), 'image/jpeg');
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 1000, height: 500 });
  });

  test.each([
    ['image/png', 'image/png', () => picture().png()],
    ['image/gif', 'image/png', () => picture().gif()],
    ['image/webp', 'image/jpeg', () => picture().webp()],
    ['image/tiff', 'image/jpeg', () => picture().tiff()],
    ['image/avif', 'image/jpeg', () => picture().avif()],
    ['image/heif', 'image/jpeg', () => picture().avif()],
  ])('%s becomes %s', async (type, becomes, image) => {
    const { bytes, mimeType } = await published(await image().toBuffer(), type);
    expect(mimeType).toBe(becomes);
    expect(`image/${(await sharp(bytes).metadata()).format}`).toBe(becomes);
    expect([await colourAt(bytes, 20, 60), await colourAt(bytes, 140, 60)]).toEqual(['red', 'blue']);
  });

  test('is made of the same bytes each time, so that a retry does not change the document', async () => {
    const photo = await picture().jpeg().toBuffer();
    expect((await published(photo, 'image/jpeg')).bytes.equals((await published(photo, 'image/jpeg')).bytes)).toBe(true);
  });

  test.each([
    ['half of a JPEG', async () => (await noise(600, 600).jpeg().toBuffer()).subarray(0, 20_000), 'image/jpeg'],
    ['a PNG with its middle missing', async () => (await noise(300, 300).png().toBuffer()).fill(0, 2_000, 40_000), 'image/png'],
    [
      'a HEIC that is nothing but its first bytes',
      async () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0', 'latin1'),
      'image/heic',
    ],
    [
      'an SVG under the name of a PNG',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'image/png',
    ],
    ['random bytes', async () => Buffer.from('GIF89a and then nothing of the kind'), 'image/gif'],
  ])('that is broken is refused with a reason: %s', async (_, bytes, type) => {
    expect(await made(await bytes(), type)).toEqual({ refused: 'the picture is damaged and cannot be opened' });
  });

  test('of 50,000 × 50,000 pixels in a few bytes is refused at once, and the next one is made', async () => {
    const bomb = bombPng(50_000, 50_000);
    expect(bomb.length).toBeLessThan(10_000_000);
    const began = performance.now();
    expect(await made(bomb, 'image/png')).toEqual({ refused: 'the picture is too large to be opened safely' });
    expect(performance.now() - began).toBeLessThan(3_000);
    await published(await picture().png().toBuffer(), 'image/png');
  });

  test('that takes too long ends the child process, and the next one is made', async () => {
    const hasty = await openWorkshop({ ...settings, mostPixels: 10_000_000_000, imageTimeoutMs: 1_500 });
    expect(await made(bombPng(80_000, 80_000), 'image/png', hasty)).toEqual({ refused: 'the picture took too long to open' });
    const small = await picture().jpeg().toBuffer();
    await expect.poll(() => made(small, 'image/jpeg', hasty), { timeout: 15_000 }).toHaveProperty('bytes');
    await hasty.close();
  });
});

describe('an image that fills the memory', () => {
  test('ends the child process, and the next one is made', async () => {
    // Interlaced, so that it must be whole in memory: 4,000 × 4,000 × 8 bytes.
    const greedy = await picture(4_000, 4_000).toColourspace('rgb16').png({ progressive: true, compressionLevel: 1 }).toBuffer();
    const small = await openWorkshop({ ...settings, mostPixels: 100_000_000, imageMemory: 190 << 20 });
    expect(await made(greedy, 'image/png', small)).toEqual({ refused: 'the picture is too large to be opened safely' });
    await expect
      .poll(async () => made(await picture().jpeg().toBuffer(), 'image/jpeg', small), { timeout: 15_000 })
      .toHaveProperty('bytes');
    await small.close();
  });
});

describe('other files', () => {
  test('a PDF is published as it came', async () => {
    const pdf = Buffer.from('%PDF-1.7\nA quote for the boiler\n%%EOF\n');
    expect((await published(pdf, 'application/pdf')).bytes.equals(pdf)).toBe(true);
  });

  const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
  test('an office document is published as it came, but not with macros, under whatever name', async () => {
    const plain = zipOf({ '[Content_Types].xml': '<Types/>', 'word/document.xml': '<w/>' });
    expect((await published(plain, docx)).bytes.equals(plain)).toBe(true);
    for (const name of ['word/vbaProject.bin', 'xl/macrosheets/sheet1.xml', 'Basic/Standard/Module1.xml', 'word/activeX/activeX1.bin'])
      expect(await made(zipOf({ '[Content_Types].xml': '<Types/>', [name]: 'x' }), docx)).toEqual({
        refused: 'documents with macros are not passed on',
      });
  });

  test('a video forgets where it was taken, and nothing else of it moves', async () => {
    const box = (type: string, ...inside: (Buffer | string)[]) => {
      const payload = Buffer.concat(inside.map((one) => Buffer.from(one as string)));
      const head = Buffer.alloc(8);
      head.writeUInt32BE(8 + payload.length);
      head.write(type, 4, 'latin1');
      return Buffer.concat([head, payload]);
    };
    const track = box('trak', box('tkhd', 'track'), box('udta', 'name'));
    const video = Buffer.concat([
      box('ftyp', 'qt  '),
      box('mdat', 'the pictures udta meta'),
      box('moov', box('mvhd', 'head'), track, box('udta', box('\xa9xyz', '+53.8000-001.5500/')), box('meta', 'location.ISO6709')),
    ]);
    const { bytes } = await published(video, 'video/quicktime');
    expect(bytes.length).toBe(video.length);
    expect(bytes.includes('+53.8')).toBe(false);
    expect(bytes.includes('ISO6709')).toBe(false);
    expect(bytes.includes('the pictures udta meta')).toBe(true);
    expect(bytes.subarray(0, video.indexOf('tkhd')).equals(video.subarray(0, video.indexOf('tkhd')))).toBe(true);
  });
});

test('nothing is left on the disk', async () => {
  await made(Buffer.from('GIF89a'), 'image/gif');
  await published(await picture().jpeg().toBuffer(), 'image/jpeg');
  const stop = AbortSignal.abort(new Error('stopped'));
  await expect(workshop.finish({ mimeType: 'image/png' }, Readable.from([Buffer.alloc(10)]), stop)).rejects.toThrow('stopped');
  const [own = ''] = readdirSync(folder);
  expect(readdirSync(join(folder, own))).toEqual([]);
  const other = await openWorkshop(settings);
  await other.close();
  expect(existsSync(join(folder, own))).toBe(true);
});

function noise(width: number, height: number): Sharp {
  return sharp({
    create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } },
  });
}

/** A PNG (RFC 2083) of one colour, whose rows unpack to `width` × `height` × 3 bytes: a block of them is deflated once and repeated. */
function bombPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = deflateRawSync(Buffer.alloc((width * 3 + 1) * 100), { finishFlush: constants.Z_FULL_FLUSH });
  const deflated = Buffer.concat([
    Buffer.from([0x78, 0x01]),
    ...Array.from({ length: height / 100 }, () => rows),
    Buffer.from([3, 0, 0, 0, 0, 0]),
  ]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflated),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
