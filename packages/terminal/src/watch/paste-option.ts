import type { Logger } from '@cao/runtime';
import type { Commander } from '../control/connection.ts';
import { errorOf } from '../control/reply.ts';
import type { Events } from '../events.ts';
import type { PaneRef } from '../terminal-server.ts';

/**
 * Writes what is known about a pane's paste mode into its option `@cao_bp`, where the guard reads it. One command per
 * pane is under way at a time, so that a program that toggles without end cannot fill the queue.
 */
export class PasteOption {
  readonly #pane: PaneRef;
  readonly #commander: Commander;
  readonly #events: Events;
  readonly #log: Logger;
  #wanted = false;
  #writing = false;

  constructor(pane: PaneRef, commander: Commander, events: Events, log: Logger) {
    this.#pane = pane;
    this.#commander = commander;
    this.#events = events;
    this.#log = log;
  }

  set(on: boolean): void {
    this.#wanted = on;
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    const { id, epoch, pane } = this.#pane;
    this.#writing = true;
    try {
      for (let written: boolean | undefined; written !== this.#wanted; ) {
        written = this.#wanted;
        const error = errorOf(
          await this.#commander.run(`set-option -p -t ${pane} @cao_bp ${written ? 1 : 0}`),
        );
        if (error !== null) return; // the pane is no more; `gone` tells it
        if (written === this.#wanted) this.#events.emit('bracketed', { id, epoch, on: written });
      }
    } catch (err) {
      // The client died: the next one begins with 0 and finds the mode out anew.
      this.#log.debug({ err, pane }, 'the paste mode of a pane was not written');
    } finally {
      this.#writing = false;
    }
  }
}
