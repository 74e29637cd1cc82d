import type { Logger } from '@cao/runtime';
import type { Probe } from './probe.ts';

/** A probe fails when its client is killed under it. A third failure in a row has a lasting cause: it is logged. */
const MAX_ATTEMPTS = 3;

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
        attempts += 1;
        this.#log.warn(
          { err, windows, attempts },
          'paste modes could not be found out; no text is delivered there',
        );
        if (attempts === MAX_ATTEMPTS) break;
        for (const window of windows) this.#wanted.add(window);
      }
    }
    this.#running = false;
  }
}
