/** Wakes everybody who waits for "something changed"; what changed is for them to look at. */
export interface Stir {
  now(): void;
  /** How often it was stirred: a look that saw the same number twice missed nothing. */
  count(): number;
  /** Resolves at the next stir, or after `timeoutMs`. */
  next(timeoutMs: number): Promise<void>;
}

export function makeStir(): Stir {
  let count = 0;
  let waiters: (() => void)[] = [];
  return {
    now() {
      count++;
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
    },
    count: () => count,
    next: (timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
