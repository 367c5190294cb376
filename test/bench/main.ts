/** `npm run bench [PART…]`: measures what the project promises about speed and memory. Each part prints its figures, and whether they are within the promise. */

/** By name: true when the promise was kept. */
const PARTS: Record<string, () => Promise<boolean>> = {
  reading: async () => (await import('./reading.ts')).benchReading(),
  documents: async () => (await import('./documents.ts')).benchDocuments(),
  budget: async () => (await import('./budget.ts')).benchBudget(),
};

// What a part started ends with this process.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));

const names = process.argv.slice(2);
const unknown = names.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
let kept = true;
for (const [name, part] of Object.entries(PARTS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`== ${name}`);
  kept = (await part()) && kept;
}
process.exit(kept ? 0 : 1);
