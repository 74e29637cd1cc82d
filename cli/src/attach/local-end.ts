import type { Io } from '../io.ts';

/** A screen of its own, so that the shell's is as it was afterwards. */
const ENTER = '\x1b[?1049h';
/** Whatever the agent switched on, off again: mouse, focus, bracketed paste, key modes, attributes; cursor on. */
const LEAVE =
  '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[<u\x1b[>4;0m\x1b[0m\x1b[r\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[0m\x1b[r\x1b[H\x1b[2J';

/** This side of an attached terminal. Restored on every way out, so that no shell is left in raw mode. */
export interface LocalEnd extends Disposable {
  readonly size: { readonly cols: number; readonly rows: number } | null;
  title(text: string): void;
  /** Replaces all that is shown. */
  repaint(data: Uint8Array): void;
  write(data: Uint8Array): void;
}

/** RIS (ESC c). A screen may begin with it; here it would leave our own screen for the shell's, and wipe that. */
const beginsWithReset = (data: Uint8Array): boolean => data[0] === 0x1b && data[1] === 0x63;

export function openLocalEnd(io: Pick<Io, 'stdin' | 'stdout'>, how: { keys: boolean }): LocalEnd {
  const { stdin, stdout } = io;
  const raw = how.keys && stdin.isTTY;
  const { isTTY } = stdout;
  let open = true;
  const restore = () => {
    if (!open) return;
    open = false;
    process.off('exit', restore);
    if (raw) stdin.setRawMode(false);
    if (isTTY) stdout.write(LEAVE);
    stdin.pause();
  };
  process.on('exit', restore);
  if (raw) stdin.setRawMode(true);
  if (isTTY) stdout.write(ENTER);
  return {
    get size() {
      return isTTY ? { cols: stdout.columns, rows: stdout.rows } : null;
    },
    title(text) {
      if (isTTY) stdout.write(`\x1b]2;${text}\x07`);
    },
    repaint(data) {
      if (!isTTY) return void stdout.write(data);
      stdout.write(CLEAR);
      stdout.write(beginsWithReset(data) ? data.subarray(2) : data);
    },
    write: (data) => void stdout.write(data),
    [Symbol.dispose]: restore,
  };
}
