/** What pure functions gave for texts of the mail that is being read: sorting, reading and threads look at the same texts one after the other. */

/** Of more text than any mail has, nothing more is kept. */
const MOST_CHARACTERS = 4 << 20;
const memories: Map<string, unknown>[] = [];
let isReading = false;
let characters = 0;

/**
 * The same function, worked out once for each text of a mail while it is read (`remembering`).
 * @param make depends on nothing but the text; nobody may change what it gives
 */
export function remembered<T>(make: (text: string) => T): (text: string) => T {
  const memory = new Map<string, T>();
  memories.push(memory);
  return (text) => {
    const known = memory.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    characters += text.length;
    if (isReading && characters <= MOST_CHARACTERS) memory.set(text, made);
    return made;
  };
}

/** Reads one mail; afterwards nothing of it stays. */
export function remembering<T>(read: () => T): T {
  isReading = true;
  characters = 0;
  try {
    return read();
  } finally {
    isReading = false;
    for (const memory of memories) if (memory.size > 0) memory.clear(); // an empty one would be made anew all the same
  }
}
