import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Enough for the last turn of any log that was seen; an answer has at most a few hundred kilobytes. Units: bytes. */
const TAIL_BYTES = 2 * 1024 * 1024;

/** Read at one look; what is beyond it is read at the next one. Units: bytes. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

/**
 * Present size; 0 when there is no log yet. Units: bytes. A CLI says where its log is, and only a file is one: reading a
 * pipe would hang this process, and with it every terminal of the host.
 */
export function logSize(path: string | null): number {
  try {
    const found = path ? statSync(path) : undefined;
    return found?.isFile() ? found.size : 0;
  } catch {
    return 0;
  }
}

/** Whole lines from this byte on, and where they end. A line that is being written is left for the next look. */
export function linesFrom(path: string | null, offset: number): { lines: string[]; end: number } {
  const length = Math.min(logSize(path) - offset, MAX_READ_BYTES);
  if (!path || length <= 0) return { lines: [], end: offset };
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return { lines: [], end: offset }; // not ours to read, or just removed
  }
  try {
    const bytes = Buffer.alloc(length);
    const read = readSync(fd, bytes, 0, length, offset);
    const whole = bytes.subarray(0, read).lastIndexOf(0x0a) + 1;
    // A line that fills all that may be read at once is no line of a log: passed over.
    if (whole === 0 && read === MAX_READ_BYTES) return { lines: [], end: offset + read };
    const lines = bytes.subarray(0, whole).toString('utf8').split('\n');
    return { lines: lines.filter((line) => line.length > 0), end: offset + whole };
  } finally {
    closeSync(fd);
  }
}

/** The last lines; the first one is dropped when it was cut. */
export function tailLines(path: string | null): string[] {
  const from = Math.max(0, logSize(path) - TAIL_BYTES);
  const { lines } = linesFrom(path, from);
  return from === 0 ? lines : lines.slice(1);
}
