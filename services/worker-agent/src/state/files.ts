import { rmSync } from 'node:fs';
import { sep } from 'node:path';
import type { Disk } from './disk.ts';
import { readJson, writeJson } from './json-file.ts';

/**
 * JSON files of the state folder. What the disk does not take is kept in memory: it is read from there, and written once the
 * disk takes it. Only the newest of each file is kept, so this takes no more memory than what it is about.
 */
export interface StateFiles {
  /** The state folder. */
  readonly dir: string;
  /** @returns null when there is no such file. @throws when it is there and unreadable. */
  read<T>(path: string): T | null;
  /** @returns whether it is on disk now. */
  write(path: string, value: unknown): boolean;
  /** The file or folder is no more for whoever reads, whenever the disk lets it go. */
  remove(path: string): void;
}

export function makeStateFiles(dir: string, disk: Disk): StateFiles {
  const unwritten = new Map<string, unknown>();
  const unremoved = new Set<string>();
  const isBelow = (path: string, folder: string) => path === folder || path.startsWith(folder + sep);

  const writeOne = (path: string) => {
    writeJson(path, unwritten.get(path));
    unwritten.delete(path);
  };
  const writeAll = () => {
    for (const path of [...unwritten.keys()]) writeOne(path);
  };
  const removeOne = (path: string) => {
    rmSync(path, { recursive: true, force: true });
    unremoved.delete(path);
  };
  disk.keep({
    what: 'records',
    count: () => unwritten.size + unremoved.size,
    write() {
      for (const path of [...unremoved]) removeOne(path);
      writeAll();
    },
  });

  return {
    dir,
    read<T>(path: string) {
      if (unwritten.has(path)) return unwritten.get(path) as T;
      return [...unremoved].some((gone) => isBelow(path, gone)) ? null : readJson<T>(path);
    },
    write(path, value) {
      unwritten.set(path, value);
      return disk.attempt(() => writeOne(path));
    },
    remove(path) {
      for (const known of [...unwritten.keys()]) if (isBelow(known, path)) unwritten.delete(known);
      unremoved.add(path);
      // What it took of a full disk is enough for a few of these.
      if (disk.attempt(() => removeOne(path)) && unwritten.size > 0) disk.attempt(writeAll);
    },
  };
}
