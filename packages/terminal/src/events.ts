import type { Logger } from '@cao/runtime';
import type { TerminalEvents } from './terminal-server.ts';

type Name = keyof TerminalEvents;

/** A listener that throws is logged: it may not stop the reading of tmux's stream, nor the other listeners. */
export class Events {
  readonly #log: Logger;
  readonly #listeners = new Map<Name, Set<unknown>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  on<E extends Name>(event: E, listener: (...args: TerminalEvents[E]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set<unknown>();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit<E extends Name>(event: E, ...args: TerminalEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        (listener as (...args: TerminalEvents[E]) => void)(...args);
      } catch (err) {
        this.#log.error({ err, event }, 'a listener of terminal events threw');
      }
    }
  }
}
