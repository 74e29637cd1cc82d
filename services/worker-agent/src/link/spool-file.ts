import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { replaceFile } from '../state/json-file.ts';

/** A file of whole lines: what a refused write left of one is cut off, at once or before anything else is written. */
export interface SpoolFile {
  /** Of its whole lines. Units: bytes. */
  size(): number;
  /** @returns false when the file is not what was written last. @throws the file system's error; none of it counts then. */
  append(text: string): boolean;
  /** All of it, in one step. @throws the file system's error; the file is as it was then. */
  replace(text: string): void;
}

/** Writes some of the bytes at a position. @returns how many */
export type WriteSome = (fd: number, bytes: Buffer, position: number) => number;

const writeSome: WriteSome = (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position);

/** @param size of the whole lines that it has; what lies behind them is torn @param write of a test: a disk that gives up half-way */
export function openSpoolFile(path: string, size: number, write: WriteSome = writeSome): SpoolFile {
  const writeAll = (fd: number, bytes: Buffer) => {
    try {
      for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done), size + done);
    } catch (error) {
      cut(fd);
      throw error;
    }
  };
  const cut = (fd: number) => {
    try {
      ftruncateSync(fd, size);
    } catch {
      // not even that: before the next write, then
    }
  };
  return {
    size: () => size,
    append(text) {
      const fd = openExisting(path);
      if (fd === null) return false;
      try {
        const found = fstatSync(fd).size;
        if (found < size) return false;
        if (found > size) ftruncateSync(fd, size);
        const bytes = Buffer.from(text);
        writeAll(fd, bytes);
        size += bytes.length;
        return true;
      } finally {
        closeSync(fd);
      }
    },
    replace(text) {
      replaceFile(path, text);
      size = Buffer.byteLength(text);
    },
  };
}

function openExisting(path: string): number | null {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
