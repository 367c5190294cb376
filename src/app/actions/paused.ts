/** What `faultline status` tells of work that V3 stops: which branches or keys are paused, why, and until when. */
import { FAILURES, type FailureCode } from '../../domain/failure.ts';
import { branchIdOf, keyIdOf } from '../../pipeline/flow.ts';
import type { Ledger } from '../../pipeline/ports.ts';
import type { Config } from '../config.ts';

/** `what`: the branches by their names in the configuration. `detail`: V3's own words, or those of the network. `until` may be over: then it is tried now. */
export type PausedWork = { what: string; code: FailureCode; detail: string; hint: string; until: Date };

/** So many of the newest reports are looked at for the detail. */
const MOST_REPORTS = 200;

/** A pause that is over and has nothing more to wait for it is none. @throws Failure ledger-* */
export async function pausedWork(ledger: Ledger, config: Config, now: Date): Promise<PausedWork[]> {
  const pauses = await ledger.pauses();
  if (pauses.length === 0) return [];
  const waiting = await ledger.reports({ stage: 'published', limit: MOST_REPORTS });
  return pauses.flatMap(({ scope, until, why }) => {
    const failure = waiting.find((report) => report.failure?.code === why)?.failure;
    if (until <= now && failure === undefined) return [];
    return [{ what: namesOf(config, scope), code: why, detail: failure?.detail ?? '', hint: FAILURES[why].hint, until }];
  });
}

function namesOf(config: Config, scope: string): string {
  const names = Object.entries(config.branches).flatMap(([name, branch]) =>
    branchIdOf(branch) === scope || keyIdOf(branch.apiKey) === scope ? [name] : [],
  );
  return names.length > 0 ? names.join(', ') : scope.startsWith('branch ') ? scope : 'an API key';
}
