import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const program = (name: string): string => join(import.meta.dirname, '../programs', name);

export function tempDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'cao-term-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** For what another process does to a file, or to itself: looks until it is so, at most 15 s. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`after 15 s still not: ${what}`);
    await delay(10);
  }
}

export const read = (file: string): Buffer => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));

export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0) && !/^\d+ \(.*\) Z/.test(read(`/proc/${pid}/stat`).toString());
  } catch {
    return false;
  }
};
