import { CaoError, errorTable } from '@cao/contracts';

/** Pauses while the api is away: it is usually back within a second. Units: ms. */
const PAUSE_MS = { first: 100, last: 2_000 };

/**
 * Runs an idempotent api call until it has an answer: an api that restarts in the middle of a tool call must not
 * end it. Only errors of the table that are marked retryable are tried again.
 * @returns undefined when `stop` aborted first.
 */
export async function patiently<T>(attempt: () => Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  for (let pause = PAUSE_MS.first; ; pause = Math.min(pause * 2, PAUSE_MS.last)) {
    try {
      return await attempt();
    } catch (error) {
      if (stop.aborted) return undefined;
      if (!(error instanceof CaoError) || !errorTable[error.code].retryable) throw error;
    }
    await pauseOr(pause, stop);
    if (stop.aborted) return undefined;
  }
}

function pauseOr(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end);
  });
}
