import { PasteMode } from './paste-mode.ts';

export interface Stream {
  /** Bytes of this pane that we have seen. */
  offset: number;
  readonly pasteMode: PasteMode;
}

/** What was heard of each pane, from its first byte: a program may speak before its birth is answered. */
export class Streams {
  readonly #streams = new Map<string, Stream>();

  of(pane: string): Stream {
    let stream = this.#streams.get(pane);
    if (!stream) {
      stream = { offset: 0, pasteMode: new PasteMode() };
      this.#streams.set(pane, stream);
    }
    return stream;
  }

  /** Output was lost: the offset goes on, what was known about the mode does not hold. */
  lose(pane: string): void {
    this.#streams.set(pane, { offset: this.of(pane).offset, pasteMode: new PasteMode() });
  }

  loseAll(): void {
    for (const pane of this.#streams.keys()) this.lose(pane);
  }

  drop(pane: string): void {
    this.#streams.delete(pane);
  }

  clear(): void {
    this.#streams.clear();
  }
}
