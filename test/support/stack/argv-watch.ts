import { readdirSync, readFileSync } from 'node:fs';

/** Often enough to see programs that live for some ten milliseconds. Units: ms. */
const SAMPLE_MS = 10;
/** A process is looked at this often at once, as it may live only briefly. */
const LOOKS = 5;
/** All are looked at this often: a process may become another program, on a busy machine long after it began. Units: ms. */
const ALL_MS = 200;

/** The command lines of all processes of this machine, collected while something goes on. */
export function watchArgv(): { stop(): ReadonlySet<string> } {
  const seen = new Set<string>();
  const looks = new Map<string, number>();
  let allAt = 0;
  const sample = () => {
    const all = Date.now() >= allAt;
    if (all) allAt = Date.now() + ALL_MS;
    for (const pid of readdirSync('/proc')) {
      const looked = looks.get(pid) ?? 0;
      if (!/^\d+$/.test(pid) || (!all && looked >= LOOKS)) continue;
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
      allAt = 0;
      sample();
      return seen;
    },
  };
}
