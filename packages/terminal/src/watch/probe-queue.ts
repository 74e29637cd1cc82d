import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@cao/runtime';
import type { Probe } from './probe.ts';

/**
 * A probe fails when its client is killed under it, or does not get to run on a machine that is very busy. It is tried
 * until it succeeds, since nothing is delivered to these windows before. Units: ms.
 */
const AGAIN_AFTER_MS = { first: 250, last: 15_000 };

/** One probe at a time; windows that are asked for meanwhile go into the next. */
export class ProbeQueue {
  readonly #probe: Probe;
  readonly #found: (window: string, on: boolean) => void;
  readonly #log: Logger;
  readonly #wanted = new Set<string>();
  #running = false;
  #stopped = false;

  constructor(probe: Probe, found: (window: string, on: boolean) => void, log: Logger) {
    this.#probe = probe;
    this.#found = found;
    this.#log = log;
  }

  add(windows: readonly string[]): void {
    this.#stopped = false;
    for (const window of windows) this.#wanted.add(window);
    if (!this.#running) void this.#run();
  }

  /** The connection ends: what is under way fails, and is not tried again. */
  stop(): void {
    this.#stopped = true;
    this.#wanted.clear();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let attempts = 0;
    while (this.#wanted.size > 0) {
      const windows = [...this.#wanted];
      this.#wanted.clear();
      try {
        for (const [window, on] of await this.#probe.run(windows)) this.#found(window, on);
        attempts = 0;
      } catch (err) {
        if (this.#stopped) break;
        const waitMs = Math.min(AGAIN_AFTER_MS.first * 2 ** attempts, AGAIN_AFTER_MS.last);
        attempts += 1;
        this.#log.warn(
          { err, windows, attempts },
          'paste modes could not be found out; no text is delivered there until they are',
        );
        for (const window of windows) this.#wanted.add(window);
        await pause(waitMs, undefined, { ref: false });
      }
    }
    this.#running = false;
  }
}
