import type { FetchKey } from './stale.ts';

/** Requests at a time; browsers give one origin six connections, and people's own actions need some. */
const PARALLEL = 3;
/** More than this at once is cheaper as one fetch of all lists. */
const TOO_MANY = 30;
/** Pause before a failed fetch is tried again, doubled up to the last. Units: ms. */
const RETRY_MS = { first: 500, last: 10_000 };

export interface Refresher {
  mark(keys: Iterable<FetchKey>): void;
  /** Try what failed at once. */
  retry(): void;
  stop(): void;
}

/**
 * Fetches what is stale, each key once however often it was marked; a key marked while its fetch runs is fetched
 * again after it. `lists` runs alone, so that its answer never overwrites a newer one. What fails is tried again.
 * @param onResult null when nothing is failing any more
 */
export function createRefresher(
  fetchKey: (key: FetchKey, signal: AbortSignal) => Promise<void>,
  onResult: (error: unknown) => void,
): Refresher {
  const wanted = new Set<FetchKey>();
  const running = new Set<FetchKey>();
  /** Waiting for the timer; one that keeps failing holds up no other. */
  const failing = new Set<FetchKey>();
  const abort = new AbortController();
  let pause = RETRY_MS.first;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const next = (): FetchKey | undefined => {
    if (abort.signal.aborted || running.has('lists')) return undefined;
    if (wanted.has('lists')) return running.size === 0 ? 'lists' : undefined;
    return running.size < PARALLEL ? [...wanted].find((key) => !running.has(key)) : undefined;
  };

  const pump = () => {
    for (let key = next(); key !== undefined; key = next()) void run(key);
  };

  const run = async (key: FetchKey) => {
    wanted.delete(key);
    running.add(key);
    try {
      await fetchKey(key, abort.signal);
      failing.delete(key);
      if (failing.size === 0) {
        pause = RETRY_MS.first;
        onResult(null);
      }
    } catch (error) {
      if (abort.signal.aborted) return;
      failing.add(key);
      timer ??= setTimeout(retry, pause);
      pause = Math.min(pause * 2, RETRY_MS.last);
      onResult(error);
    } finally {
      running.delete(key);
      pump();
    }
  };

  const retry = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const key of failing) wanted.add(key);
    pump();
  };

  return {
    mark(keys) {
      for (const key of keys) wanted.add(key);
      if (wanted.size > TOO_MANY) {
        for (const key of [...wanted]) if (!/^(inbox|why):/.test(key)) wanted.delete(key);
        wanted.add('lists');
      }
      pump();
    },
    retry,
    stop() {
      abort.abort();
      clearTimeout(timer);
    },
  };
}
