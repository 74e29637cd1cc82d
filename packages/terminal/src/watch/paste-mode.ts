const ESC = 0x1b;
const CAN = 0x18;
const SUB = 0x1a;
/** tmux keeps 63 bytes of parameters, and 24 of them; it ignores a longer sequence. */
const MAX_PARAMETER_BYTES = 63;
const MAX_PARAMETERS = 24;
/** tmux gives up an unfinished string sequence after 5 s. */
const STRING_LIMIT_MS = 5_000;

type State = 'ground' | 'escape' | 'intermediate' | 'csi' | 'string-head' | 'string' | 'string-escape';

/**
 * Follows bracketed paste (`ESC[?2004h` and `l`, and the full reset `ESC c`) in a pane's output the way tmux's own
 * parser does; tmux 3.3 has no format that would tell.
 *
 * Only DCS strings hide escapes from tmux. In OSC, APC, PM and SOS an ESC begins a new sequence, so for us they are
 * like plain text. A soft reset (`ESC[!p`) leaves the mode as it is.
 */
export class PasteMode {
  on = false;
  /** The program spoke about the mode since we listen: `on` is true whatever was before. */
  heard = false;
  #state: State = 'ground';
  #parameters = '';
  #stringSince = 0;

  /** @returns whether `on` changed. */
  feed(bytes: Uint8Array): boolean {
    const before = this.on;
    if (this.#state.startsWith('string') && performance.now() - this.#stringSince > STRING_LIMIT_MS) {
      this.#state = 'ground';
    }
    let i = 0;
    while (i < bytes.length) {
      if (this.#state === 'ground') {
        const next = bytes.indexOf(ESC, i);
        if (next === -1) break;
        this.#state = 'escape';
        i = next + 1;
      } else this.#step(bytes[i++] ?? 0);
    }
    return this.on !== before;
  }

  /** What was found out another way. */
  assume(on: boolean): void {
    this.on = on;
  }

  #step(byte: number): void {
    if (this.#state === 'string') {
      if (byte === ESC) this.#state = 'string-escape';
    } else if (this.#state === 'string-escape') this.#state = byte === 0x5c ? 'ground' : 'string';
    else if (byte === ESC) this.#state = 'escape';
    else if (byte === CAN || byte === SUB) this.#state = 'ground';
    else if (byte < 0x20 || byte >= 0x7f)
      return; // controls are executed inside a sequence, the rest is ignored
    else if (this.#state === 'escape') this.#afterEscape(byte);
    else if (this.#state === 'intermediate') this.#state = byte < 0x30 ? 'intermediate' : 'ground';
    else if (this.#state === 'csi') this.#inCsi(byte);
    else if (byte >= 0x40) this.#state = 'string';
    else if (byte === 0x3a) this.#state = 'ground'; // tmux ignores such a DCS, and its escapes count
  }

  #afterEscape(byte: number): void {
    if (byte === 0x5b) {
      this.#state = 'csi';
      this.#parameters = '';
    } else if (byte === 0x50) {
      this.#state = 'string-head';
      this.#stringSince = performance.now();
    } else if (byte < 0x30) this.#state = 'intermediate';
    else {
      this.#state = 'ground';
      if (byte === 0x63) this.#hear(false);
    }
  }

  #inCsi(byte: number): void {
    if (byte < 0x40) {
      if (this.#parameters.length <= MAX_PARAMETER_BYTES) this.#parameters += String.fromCharCode(byte);
      return;
    }
    this.#state = 'ground';
    if (byte !== 0x68 && byte !== 0x6c) return;
    if (this.#parameters.length > MAX_PARAMETER_BYTES || !/^\?[\d;:]*$/.test(this.#parameters)) return;
    const modes = this.#parameters.slice(1).split(';');
    if (modes.length <= MAX_PARAMETERS && modes.some((mode) => Number(mode) === 2004))
      this.#hear(byte === 0x68);
  }

  #hear(on: boolean): void {
    this.on = on;
    this.heard = true;
  }
}
