import { setTimeout as pause } from 'node:timers/promises';
import { CaoError, errorTable } from '@cao/contracts';

/** A replica that is frozen takes connections and never answers. Units: ms. */
const CALL_MS = 5_000;
const AGAIN_MS = 100;

/**
 * Calls an api that may be dead or frozen at any moment, until it answers. For calls that may be repeated.
 * @throws CaoError what it says when it does
 */
export async function untilAnswered<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call(AbortSignal.timeout(CALL_MS));
    } catch (error) {
      if (error instanceof CaoError && !errorTable[error.code].retryable) throw error;
    }
    await pause(AGAIN_MS);
  }
}
