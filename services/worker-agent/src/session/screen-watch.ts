import type { Screen } from '@cao/contracts';
import type { ScreenReading } from '@cao/providers';

/** A pane that drew nothing for this long has settled. Units: ms. */
const SETTLED_MS = 80;
/** One that does not settle is looked at after this, and half as often each time that nothing new was seen. Units: ms. */
const PAUSE = { first: 120, longest: 500 } as const;

export interface Look {
  readonly screen: Screen;
  readonly reading: ScreenReading;
}

export interface ScreenWatchOf {
  look(): Promise<Look>;
  /**
   * A look that counts: the screen had settled, or two in a row read the same. What is half drawn may look like anything.
   * @param drawn since when there was output that had not been seen so. Units: ms since the epoch.
   * @returns false when it is not believed yet, and is to be looked at again in a moment.
   */
  saw(look: Look, drawn: number): boolean;
  /** A look that came to nothing: most often its pane just went. */
  failed(error: unknown): void;
}

/** When to look at a screen: once its output has settled, and now and then while it never does. No output, no timer. */
export interface ScreenWatch {
  onOutput(): void;
  /** Resolves once nothing was drawn for `ms` from now on, or after ten times that. What was just sent is not drawn yet. */
  quiet(ms: number): Promise<void>;
  stop(): void;
}

export function watchScreen({ look, saw, failed }: ScreenWatchOf): ScreenWatch {
  let timer: NodeJS.Timeout | undefined;
  /** Since when there is something to be seen, and by when it is looked at, on the clocks of `Date` and `performance`. */
  let drawn: { readonly since: number; readonly by: number } | null = null;
  let pause: number = PAUSE.first;
  let before: ScreenReading | null = null;
  let outputs = 0;
  let lastOutput = 0;
  let stopped = false;

  const lookSoon = (since: number) => {
    if (stopped) return;
    const now = performance.now();
    drawn = { since, by: drawn?.by ?? now + pause };
    clearTimeout(timer);
    const wait = Math.max(0, Math.min(SETTLED_MS, drawn.by - now));
    timer = setTimeout(() => void lookNow(since).catch(failed), wait);
  };
  const lookNow = async (since: number) => {
    drawn = null;
    const heard = outputs;
    const wasQuiet = performance.now() - lastOutput >= SETTLED_MS;
    const seen = await look();
    if (stopped) return;
    const isSame = before !== null && isAlike(before, seen.reading);
    before = seen.reading;
    const isSettled = wasQuiet && heard === outputs;
    pause = isSame && !isSettled ? Math.min(pause * 2, PAUSE.longest) : PAUSE.first;
    if ((isSame || isSettled) && saw(seen, since)) return;
    lookSoon(since);
  };

  return {
    onOutput() {
      outputs++;
      lastOutput = performance.now();
      lookSoon(drawn?.since ?? Date.now());
    },
    async quiet(ms) {
      const asked = performance.now();
      const giveUp = asked + ms * 10;
      for (;;) {
        const now = performance.now();
        const left = Math.max(lastOutput, asked) + ms - now;
        if (left <= 0 || now > giveUp || stopped) return;
        await new Promise((resolve) => setTimeout(resolve, left));
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const isAlike = (a: ScreenReading, b: ScreenReading): boolean => a.status === b.status && a.input === b.input;
