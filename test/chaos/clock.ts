import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The wall clock of one host, for all that runs there, moved while it runs. The monotonic clock goes on as it is. */
const fileOf = (stateDir: string) => join(stateDir, 'clock');

/** What preloads libfaketime into a program; null where it is not installed (Debian: `apt-get install faketime`). */
export function faketimeLibrary(): string | null {
  try {
    const env = String(execFileSync('faketime', ['-f', '+0', 'env'], { stdio: 'pipe' }));
    return /^LD_PRELOAD=(.+)$/m.exec(env)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Environment of a host whose clock can be moved. */
export function clockEnv(library: string, stateDir: string): Record<string, string> {
  setClock(stateDir, 0);
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: fileOf(stateDir),
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // How soon a jump is seen. Units: seconds.
    FAKETIME_CACHE_DURATION: '1',
  };
}

/** @param offset from the true time. Units: seconds. */
export function setClock(stateDir: string, offset: number): void {
  mkdirSync(dirname(fileOf(stateDir)), { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(stateDir), `${offset < 0 ? '' : '+'}${offset}\n`);
}

/** Units: seconds. */
export const clockOf = (stateDir: string): number => Number(readFileSync(fileOf(stateDir), 'utf8'));
