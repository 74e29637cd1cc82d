import { setTimeout as pause } from 'node:timers/promises';
import { CaoError, errorTable } from '@cao/contracts';
import type { Context } from '../context.ts';

/** A replica that restarts is back within seconds; longer is for the person to hear about. Units: ms. */
export const PATIENCE_MS = 15_000;
/** Pauses between tries, doubled up to the last. Units: ms. */
const PAUSE_MS = { first: 200, last: 2_000 };

/**
 * Calls again while the api is away for a moment. Only for calls that may arrive twice: reads, and writes with an
 * idempotency key.
 * @throws the last error when patience ends, or any that trying again cannot help.
 */
export async function patiently<T>(
  context: Pick<Context, 'signal' | 'io'>,
  call: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const until = Date.now() + patienceMs;
  let said = false;
  for (let wait = PAUSE_MS.first; ; wait = Math.min(wait * 2, PAUSE_MS.last)) {
    try {
      return await call();
    } catch (cause) {
      const helps = cause instanceof CaoError && errorTable[cause.code].retryable && cause.code !== 'timeout';
      if (!helps || Date.now() + wait > until) throw cause;
      if (!said) context.io.note(`${cause.message}; trying again`);
      said = true;
      await pause(wait, undefined, { signal: context.signal });
    }
  }
}
