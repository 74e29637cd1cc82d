/**
 * For how long something has held at every look. A host that stood still (a stopped process, a paused machine) has not
 * looked, and neither has its CLI had the time to act: of a longer pause between two looks only `mostMs` count.
 */
export interface AwakeTime {
  /** @returns for how long it has held by now. Units: ms. */
  look(holds: boolean): number;
}

export function awakeTime(mostMs: number, now: () => number = () => performance.now()): AwakeTime {
  let lastLook: number | null = null;
  let held = 0;
  return {
    look(holds) {
      const at = now();
      held = holds && lastLook !== null ? held + Math.min(at - lastLook, mostMs) : 0;
      lastLook = holds ? at : null;
      return held;
    },
  };
}
