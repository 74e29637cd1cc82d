import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A tree that takes longer to measure stays unmeasured. Units: ms. */
const MEASURE_MS = 20_000;

/** What a folder takes on disk; null when it could not be measured. Units: bytes. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    const { stdout } = await run('du', ['-sk', '--', path], { timeout: MEASURE_MS });
    return Number.parseInt(stdout, 10) * 1024;
  } catch {
    return null;
  }
}

/** How full the file system of a folder is, as `df` says it. */
export async function usedPercent(path: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(path);
  const used = blocks - bfree;
  return Math.round((used / (used + bavail)) * 1000) / 10;
}
