/** Proofs of messages that were just pasted, and that somebody waits for. */
export interface Proofs {
  /** One has come: its commit is on the way. */
  came(terminal: string, seq: number): void;
  /** It is committed, or was nobody's any more. */
  settled(terminal: string, seq: number): void;
  /** @returns whether one came within `ms` and was settled. */
  within(ms: number, terminal: string, seq: number): Promise<boolean>;
}

/** A commit that takes longer waits for somebody: nobody waits for it any more. Units: ms. */
const COMMIT_MS = 2_000;

export function makeProofs(): Proofs {
  const unsettled = new Set<string>();
  const waiting = new Map<string, { came(): void; settled(): void }>();
  const keyOf = (terminal: string, seq: number) => `${terminal} ${seq}`;
  return {
    came(terminal, seq) {
      const key = keyOf(terminal, seq);
      unsettled.add(key);
      waiting.get(key)?.came();
    },
    settled(terminal, seq) {
      const key = keyOf(terminal, seq);
      unsettled.delete(key);
      waiting.get(key)?.settled();
    },
    within(ms, terminal, seq) {
      const key = keyOf(terminal, seq);
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const giveUpAfter = (left: number) => setTimeout(() => resolve(false), left);
      let timer = giveUpAfter(unsettled.has(key) ? COMMIT_MS : ms);
      waiting.set(key, {
        came() {
          clearTimeout(timer);
          timer = giveUpAfter(COMMIT_MS);
        },
        settled: () => resolve(true),
      });
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(key);
      });
    },
  };
}
