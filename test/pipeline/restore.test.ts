import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityOf } from '../../src/domain/identity.ts';
import { deriveReference } from '../../src/domain/reference.ts';
import { drain } from '../../src/pipeline/pipeline.ts';
import { type Bench, FOLDERS, openBench, rawMail, values } from './stand-ins.ts';

const PACE = { wholeMs: 600_000, fileMs: 50, retryFirstMs: 10, retryMostMs: 40, loginMostMs: 40, alarmMs: 60_000, graceMs: 200 };
const never = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  bench.clock.go();
});
afterEach(() => bench.end());
