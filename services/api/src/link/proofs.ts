/** Proofs of messages that were just pasted, and that somebody waits for. */
export interface Proofs {
  /** Those of these messages are committed. */
  came(terminal: string, seq: number): void;
  /** @returns whether it came within `ms`. */
  within(ms: number, terminal: string, seq: number): Promise<boolean>;
}

export function makeProofs(): Proofs {
  const waiting = new Map<string, () => void>();
  const keyOf = (terminal: string, seq: number) => `${terminal} ${seq}`;
  return {
    came: (terminal, seq) => waiting.get(keyOf(terminal, seq))?.(),
    within(ms, terminal, seq) {
      const key = keyOf(terminal, seq);
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(false), ms);
      waiting.set(key, () => resolve(true));
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(key);
      });
    },
  };
}
