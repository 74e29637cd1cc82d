/** Proofs of the messages that this replica is having pasted, and waits for. */
export interface Proofs {
  /** To be asked for before the message is sent: its proof may be here before the host says that it was pasted. */
  watch(terminal: string, seq: number): Proof;
  /** One has come: its commit is on the way. */
  came(terminal: string, seq: number): void;
  /** It is committed, or was nobody's any more. */
  settled(terminal: string, seq: number): void;
  /** How many are watched now. */
  readonly count: number;
}

export interface Proof extends Disposable {
  /** @returns whether it came within `ms` and was settled. */
  within(ms: number): Promise<boolean>;
}

/** A commit that takes longer waits for somebody: nobody waits for it any more. Units: ms. */
const COMMIT_MS = 2_000;

export function makeProofs(): Proofs {
  const watched = new Map<string, { came(): void; settled(): void }>();
  const keyOf = (terminal: string, seq: number) => `${terminal} ${seq}`;
  return {
    watch(terminal, seq) {
      const key = keyOf(terminal, seq);
      const came = Promise.withResolvers<void>();
      const settled = Promise.withResolvers<void>();
      const own = { came: came.resolve, settled: settled.resolve };
      watched.set(key, own);
      return {
        within: async (ms) => (await comes(came.promise, ms)) && comes(settled.promise, COMMIT_MS),
        [Symbol.dispose]() {
          // A newer link of its host may have sent it once more.
          if (watched.get(key) === own) watched.delete(key);
        },
      };
    },
    came: (terminal, seq) => watched.get(keyOf(terminal, seq))?.came(),
    settled: (terminal, seq) => watched.get(keyOf(terminal, seq))?.settled(),
    get count() {
      return watched.size;
    },
  };
}

function comes(what: Promise<void>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  void what.then(() => resolve(true));
  return promise.finally(() => clearTimeout(timer));
}
