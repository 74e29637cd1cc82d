import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * 0600 and whole: a reader sees the old content or the new one, also after a kill in the middle.
 * @throws the file system's error; the old content is still there then
 */
export function writeJson(path: string, value: unknown): void {
  replaceFile(path, JSON.stringify(value));
}

export function replaceFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    discard(draft);
    throw error;
  }
}

/** On a full disk half a draft takes what others need. */
function discard(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // a disk that is read-only: why it was not written is told by whoever wrote
  }
}

/** @returns null when there is no such file. @throws when it is there and unreadable. */
export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
