/** What is used of heic-decode, which has no types of its own. */
declare module 'heic-decode' {
  type HeifImage = { width: number; height: number; decode(): Promise<{ width: number; height: number; data: Uint8ClampedArray }> };
  /** The images of a file, not yet decoded. */
  export function all(source: { buffer: Uint8Array }): Promise<HeifImage[] & { dispose(): void }>;
  const decode: { all: typeof all };
  // biome-ignore lint/style/noDefaultExport: a CommonJS module has its whole as the default
  export default decode;
}
