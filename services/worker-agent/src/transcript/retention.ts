import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { closedAt, markClosed } from './notes.ts';

/** How long and how much of closed terminals is kept. */
export interface Keep {
  readonly days: number;
  readonly bytes: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Removes transcripts of closed terminals: those whose time is over, then the oldest, until the rest fits.
 * @param live names of folders that are in use; any other that is not marked as closed lost its pane while nobody looked.
 */
export async function collect(root: string, live: ReadonlySet<string>, keep: Keep): Promise<void> {
  if (!existsSync(root)) return;
  const now = Date.now();
  const closed: { dir: string; at: number; size: number }[] = [];
  let total = 0;
  for (const name of await readdir(root)) {
    const dir = join(root, name);
    const size = await sizeOf(dir);
    total += size;
    if (live.has(name)) continue;
    if (closedAt(dir) === null) tryToMark(dir);
    closed.push({ dir, at: closedAt(dir) ?? now, size });
  }
  closed.sort((a, b) => a.at - b.at);
  for (const { dir, at, size } of closed) {
    if (now - at < keep.days * DAY_MS && total <= keep.bytes) continue;
    await rm(dir, { recursive: true, force: true });
    total -= size;
  }
}

/** On a full disk it cannot be marked, and may be what is to make room. */
function tryToMark(dir: string): void {
  try {
    markClosed(dir);
  } catch {
    // marked the next time
  }
}

async function sizeOf(dir: string): Promise<number> {
  const files = await readdir(dir);
  const sizes = await Promise.all(files.map((file) => stat(join(dir, file)).catch(() => ({ size: 0 }))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
