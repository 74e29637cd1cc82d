import type { Screen } from '@cao/contracts';
import type { AgentState, ScreenReading } from '@cao/providers';

/** A pane that drew nothing for this long has settled. Units: ms. */
const SETTLED_MS = 80;
/** How soon one that does not settle is looked at. Units: ms. */
const PAUSE = {
  usual: 100,
  starting: 40,
  /** A signal has just told that its box comes; one that takes longer than `SOON_MS` is drawing something large. */
  box: 10,
} as const;
const SOON_MS = 500;

export interface Look {
  readonly screen: Screen;
  readonly reading: ScreenReading;
}

export interface ScreenWatchOf {
  agent(): Pick<AgentState, 'status' | 'boxComes'>;
  look(): Promise<Look>;
  /**
   * A look that counts: the screen had settled, two in a row read the same, or a signal has told what it would show. What is half
   * drawn may look like anything.
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
  /** A signal has told what is drawn next, or was drawn a moment ago. */
  hurry(): void;
  /** Resolves once nothing was drawn for `ms` from now on, or after ten times that. What was just sent is not drawn yet. */
  quiet(ms: number): Promise<void>;
  stop(): void;
}

export function watchScreen({ agent, look, saw, failed }: ScreenWatchOf): ScreenWatch {
  let timer: NodeJS.Timeout | undefined;
  /** Since when there is something to be seen, and by when it is looked at, on the clocks of `Date` and `performance`. */
  let drawn: { readonly since: number; readonly by: number } | null = null;
  let before: ScreenReading | null = null;
  let hurriedAt = 0;
  /** Since when what was read last is there, while it does not count. */
  let doubted: number | null = null;
  let outputs = 0;
  let lastOutput = 0;
  let looking = false;
  let stopped = false;

  const pause = (now: number): number => {
    const { status, boxComes } = agent();
    if (boxComes && now - hurriedAt < SOON_MS) return PAUSE.box;
    return status === 'starting' ? PAUSE.starting : PAUSE.usual;
  };
  const lookSoon = () => {
    if (stopped) return;
    const now = performance.now();
    const since = drawn?.since ?? Date.now();
    const by = Math.min(drawn?.by ?? Infinity, now + pause(now));
    drawn = { since, by };
    if (looking) return; // seen to at its end
    clearTimeout(timer);
    timer = setTimeout(
      () => void lookNow(since).catch(onFailure),
      Math.max(0, Math.min(SETTLED_MS, by - now)),
    );
  };
  const lookNow = async (since: number) => {
    drawn = null;
    const heard = outputs;
    const wasQuiet = performance.now() - lastOutput >= SETTLED_MS;
    looking = true;
    const seen = await look().finally(() => {
      looking = false;
    });
    const isSame = before !== null && isAlike(before, seen.reading);
    const isSettled = wasQuiet && heard === outputs;
    const isTold = seen.reading.status === 'idle' && agent().boxComes === true;
    const began = (isSame ? doubted : null) ?? since;
    before = seen.reading;
    const counts = !stopped && (isSame || isSettled || isTold) && saw(seen, began);
    doubted = counts ? null : began;
    if (!counts || drawn) lookSoon();
  };

  const onFailure = (error: unknown) => {
    failed(error);
    // What was drawn during that look was left to it.
    if (drawn) lookSoon();
  };

  return {
    onOutput() {
      outputs++;
      lastOutput = performance.now();
      lookSoon();
    },
    hurry() {
      hurriedAt = performance.now();
      lookSoon();
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
