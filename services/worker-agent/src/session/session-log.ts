import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Enough for the last turn of any log that was seen; an answer has at most a few hundred kilobytes. Units: bytes. */
const TAIL_BYTES = 2 * 1024 * 1024;

/** Present size; 0 when there is no log yet. Units: bytes. */
export function logSize(path: string | null): number {
  try {
    return path ? statSync(path).size : 0;
  } catch {
    return 0;
  }
}

/** Whole lines from this byte on, and where they end. A line that is being written is left for the next look. */
export function linesFrom(path: string | null, offset: number): { lines: string[]; end: number } {
  if (!path) return { lines: [], end: offset };
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return { lines: [], end: offset }; // not written yet
  }
  try {
    const length = Math.max(0, fstatSync(fd).size - offset);
    const bytes = Buffer.alloc(length);
    const read = readSync(fd, bytes, 0, length, offset);
    const whole = bytes.subarray(0, read).lastIndexOf(0x0a) + 1;
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
