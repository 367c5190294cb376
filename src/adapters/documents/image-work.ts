/** What the process that makes images anew is asked and answers: files in, files out. */

/** `type` is what the bytes say; `to` what it becomes. */
export type ImageOrder = {
  from: string;
  into: string;
  type: string;
  to: 'image/jpeg' | 'image/png';
  /** Longer images are scaled down to this, in pixels. */
  longestSide: number;
  /** An image that says it has more is not decoded. */
  mostPixels: number;
  /** When the process takes more, in bytes, it ends itself. */
  mostMemory: number;
};

export type ImageAnswer = { done: true } | { refused: string };

/** What a tenant is told. */
export const REFUSALS = {
  broken: 'the picture is damaged and cannot be opened',
  huge: 'the picture is too large to be opened safely',
  slow: 'the picture took too long to open',
} as const;
