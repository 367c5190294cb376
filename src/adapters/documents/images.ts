/** Makes images anew in a process of its own, one after the other, within a limit of time; the process ends when nothing more comes. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { failureOf } from '../../domain/failure.ts';
import { type ImageAnswer, type ImageOrder, REFUSALS } from './image-work.ts';

/** The child lies beside this file, in src/ and in dist/ alike. */
const CHILD = fileURLToPath(import.meta.url).replace(/images\.(ts|js)$/, 'image-child.$1');
/** The process gives its memory back when it had nothing to do for so long. */
const IDLE_MS = 3_000;
/** And is renewed after so many images, since decoders leave holes in the memory. */
const MOST_IMAGES = 200;

export type Images = {
  /** @throws the signal's reason on abort */
  make(order: ImageOrder, signal: AbortSignal): Promise<ImageAnswer>;
  close(): void;
};

/** @param timeoutMs for one image, from when its turn comes */
export function openImages(timeoutMs: number): Images {
  let child: ChildProcess | null = null;
  let made = 0;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const end = () => {
    clearTimeout(idle);
    child?.kill('SIGKILL');
    child = null;
  };

  async function make(order: ImageOrder, signal: AbortSignal): Promise<ImageAnswer> {
    signal.throwIfAborted();
    clearTimeout(idle);
    if (made >= MOST_IMAGES) end();
    if (child === null) {
      child = startChild();
      made = 0;
    }
    made += 1;
    const late = AbortSignal.timeout(timeoutMs);
    const answer = await ask(child, order, AbortSignal.any([signal, late]));
    if (answer === null) end();
    else idle = setTimeout(end, IDLE_MS).unref();
    signal.throwIfAborted();
    return answer ?? { refused: late.aborted ? REFUSALS.slow : REFUSALS.huge };
  }

  return {
    make(order, signal) {
      const mine = turn.then(() => make(order, signal));
      turn = mine.catch(() => undefined);
      return mine;
    },
    close: end,
  };
}

function startChild(): ChildProcess {
  const child = fork(CHILD, [], {
    // Nothing of this process's environment, where the secrets may be; few arenas keep the memory of many large blocks together.
    env: { MALLOC_ARENA_MAX: '1' },
    execArgv: ['--optimize-for-size', '--max-old-space-size=256'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.unref();
  child.channel?.unref?.();
  return child;
}

/** The child's answer, or null when it ended or did not answer before the signal. */
function ask(child: ChildProcess, order: ImageOrder, signal: AbortSignal): Promise<ImageAnswer | null> {
  return new Promise((resolve, reject) => {
    const settle = (answer: ImageAnswer | null) => {
      child.removeAllListeners();
      child.channel?.unref?.();
      signal.removeEventListener('abort', gone);
      resolve(answer);
    };
    const gone = () => settle(null);
    child.channel?.ref?.();
    child.once('message', (answer) => settle(answer as ImageAnswer));
    child.once('exit', gone);
    child.once('error', (error) => {
      settle(null);
      reject(failureOf(error));
    });
    signal.addEventListener('abort', gone, { once: true });
    child.send(order, (error) => error && gone());
  });
}
