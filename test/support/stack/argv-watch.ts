import { readdirSync, readFileSync } from 'node:fs';

/** Often enough to see programs that live for some ten milliseconds. Units: ms. */
const SAMPLE_MS = 5;

/** The command lines of all processes of this machine, collected while something goes on. */
export function watchArgv(): { stop(): ReadonlySet<string> } {
  const seen = new Set<string>();
  const sample = () => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
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
