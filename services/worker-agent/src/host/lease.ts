import { join } from 'node:path';
import type { StateFiles } from '../state/files.ts';

/**
 * How long this host may let a terminal run that its session would have restarted elsewhere. Counted from the beat that the
 * api answered, so that no delay of the answer makes it longer; on a clock that goes on while the machine sleeps.
 */
export interface Lease {
  /** A new link: its beats are counted anew. */
  begin(): void;
  /** A beat went out. */
  asked(progress: number): void;
  /** The api answered it: so long, from when it went out. Units: ms. */
  granted(progress: number, lengthMs: number): void;
  holds(): boolean;
  stop(): void;
}

export interface LeaseOptions {
  readonly files: StateFiles;
  /** This run of the machine: the clock began with it. */
  readonly boot: string;
  /** Seconds since the machine started, asleep or not. */
  readonly uptime: () => number;
  /** Called again and again while it has run out. */
  onExpired(): void;
}

interface Granted {
  readonly boot: string;
  readonly until: number;
}

/** How soon after its end panes are ended: far below the margin that a replacement waits. Units: ms. */
const LOOK_MS = 1_000;

export function makeLease(options: LeaseOptions): Lease {
  const { files } = options;
  const file = join(files.dir, 'lease.json');
  const known = files.read<Granted>(file);
  // Of another run of the machine: its panes went with it.
  let until = known?.boot === options.boot ? known.until : 0;
  const holds = () => options.uptime() <= until;
  const sent = new Map<number, number>();
  const timer = setInterval(() => {
    if (!holds()) options.onExpired();
  }, LOOK_MS);

  return {
    begin: () => sent.clear(),
    asked: (progress) => void sent.set(progress, options.uptime()),
    granted(progress, lengthMs) {
      const at = sent.get(progress);
      if (at === undefined) return;
      for (const older of [...sent.keys()]) if (older <= progress) sent.delete(older);
      until = Math.max(until, at + lengthMs / 1_000);
      // Where the disk does not take it, another life of this process knows of a shorter one: that is the safe side.
      files.write(file, { boot: options.boot, until } satisfies Granted);
    },
    holds,
    stop: () => clearInterval(timer),
  };
}
