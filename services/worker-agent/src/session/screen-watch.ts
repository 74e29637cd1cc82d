/** A pane that drew nothing for this long has settled; one that never does is looked at this often. Units: ms. */
const SETTLED_MS = 80;
const LOOK_AT_LEAST_EVERY_MS = 500;

/** When to look at a screen: once its output has settled, and now and then while it never does. No output, no timer. */
export interface ScreenWatch {
  onOutput(): void;
  /** Resolves once nothing was drawn for `ms` from now on, or after ten times that. What was just sent is not drawn yet. */
  quiet(ms: number): Promise<void>;
  stop(): void;
}

/** @param look gets since when there is output that was not looked at. Units: ms since the epoch. */
export function watchScreen(look: (drawn: number) => void): ScreenWatch {
  let timer: NodeJS.Timeout | undefined;
  let drawn: number | null = null;
  let lastLook = 0;
  let lastOutput = 0;
  let stopped = false;
  return {
    onOutput() {
      if (stopped) return;
      const now = performance.now();
      lastOutput = now;
      drawn ??= Date.now();
      const since = drawn;
      clearTimeout(timer);
      const overdue = LOOK_AT_LEAST_EVERY_MS - (now - lastLook);
      timer = setTimeout(
        () => {
          lastLook = performance.now();
          drawn = null;
          look(since);
        },
        Math.max(0, Math.min(SETTLED_MS, overdue)),
      );
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
