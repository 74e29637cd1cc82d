import { readdirSync, readFileSync } from 'node:fs';

/** Often enough to see programs that live for some ten milliseconds. Units: ms. */
const SAMPLE_MS = 10;
/** A process may become another program soon after it began; later it stays what it is. */
const LOOKS = 5;

/** The command lines of all processes of this machine, collected while something goes on. */
export function watchArgv(): { stop(): ReadonlySet<string> } {
  const seen = new Set<string>();
  const looks = new Map<string, number>();
  const sample = () => {
    for (const pid of readdirSync('/proc')) {
      const looked = looks.get(pid) ?? 0;
      if (!/^\d+$/.test(pid) || looked >= LOOKS) continue;
      looks.set(pid, looked + 1);
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // it has ended in between
      }
    }
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      sample();
      return seen;
    },
  };
}
