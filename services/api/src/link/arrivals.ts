/** How long ago a host may have come to count as one of a rush. Units: ms. */
const JUST_NOW_MS = 250;
/** So many of them are no rush yet. */
const FEW = 8;
/** A rush that goes on: nobody waits longer. Units: ms. */
const LONGEST_MS = 3_000;

/**
 * Hosts that come back, as all do when their api was started anew. Who is there, and what its terminals are, is what people look at:
 * what a host has to tell of the time before, and bells that nobody rings, wait until the rush is over.
 */
export interface Arrivals {
  /** A host was welcomed. */
  came(): void;
  /** Resolves when there is no rush: mostly at once. */
  settled(): Promise<void>;
}

export function makeArrivals(): Arrivals {
  let justNow = 0;
  const waiting = new Set<() => void>();
  const leave = () => {
    justNow--;
    if (justNow <= FEW) for (const go of [...waiting]) go();
  };
  return {
    came() {
      justNow++;
      setTimeout(leave, JUST_NOW_MS).unref();
    },
    settled() {
      if (justNow <= FEW) return Promise.resolve();
      return new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer);
          waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, LONGEST_MS).unref();
        waiting.add(go);
      });
    },
  };
}
