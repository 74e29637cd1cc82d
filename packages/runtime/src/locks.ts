/** One thing at a time per key, in the order of asking. */
export interface Locks {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Nobody has it or waits for it. */
  isFree(key: string): boolean;
}

export function makeLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    isFree: (key) => !tails.has(key),
    run(key, work) {
      const mine = (tails.get(key) ?? Promise.resolve()).then(work, work);
      tails.set(key, mine);
      const drop = () => {
        if (tails.get(key) === mine) tails.delete(key);
      };
      mine.then(drop, drop);
      return mine;
    },
  };
}
