/** The part of a terminal emulator that a feed writes to. */
export interface ScreenSink {
  /** Forget everything shown and take this size (columns, rows). */
  reset(cols: number, rows: number): void;
  write(bytes: Uint8Array): void;
}

export interface ScreenFeed {
  snapshot(push: { epoch: number; offset: number; cols: number; rows: number; data: string }): void;
  /** @returns false when bytes are missing before these: ask for a new snapshot. */
  output(push: { epoch: number; offset: number; data: string }): boolean;
  /** Up to where everything is shown; undefined before a snapshot. */
  known(): { epoch: number; from: number } | undefined;
}

/**
 * Bytes of a pane in their order, each once: `offset` counts bytes since the pane's birth under `epoch`, so what a snapshot or an
 * earlier push already holds is cut off, and a gap is seen.
 */
export function screenFeed(sink: ScreenSink): ScreenFeed {
  /** The offset of the next byte wanted; undefined before a snapshot. */
  let next: number | undefined;
  let shown = 0;
  return {
    snapshot({ epoch, offset, cols, rows, data }) {
      next = offset;
      shown = epoch;
      sink.reset(cols, rows);
      sink.write(fromBase64(data));
    },
    output({ epoch, offset, data }) {
      if (next === undefined) return true; // its snapshot is still on the way and will hold these
      if (offset > next || epoch !== shown) {
        next = undefined;
        return false;
      }
      const bytes = fromBase64(data);
      const known = next - offset;
      if (known >= bytes.length) return true;
      sink.write(known > 0 ? bytes.subarray(known) : bytes);
      next = offset + bytes.length;
      return true;
    },
    known: () => (next === undefined ? undefined : { epoch: shown, from: next }),
  };
}

export const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

export const toBase64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
};
