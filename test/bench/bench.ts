import type { Backend } from '../support/stack/shape.ts';
import type { Stack } from '../support/stack/with-stack.ts';

/** One measured thing. Times are in ms unless `unit` says otherwise. */
export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | 's' | '/s' | 'MB' | '%' | 'count';
  readonly p50: number;
  /** The worst percent; of a rate, the slowest round. */
  readonly p99: number;
  /** What it must keep, in words; null when it only explains another figure. */
  readonly target: string | null;
  readonly ok: boolean;
  /** Samples behind it. */
  readonly n: number;
}

/** What a bench stands on. Stacks are shared between benches: each leaves its own sessions closed. */
export interface Ground {
  /** A short run that shows that everything works, and roughly how fast. */
  readonly quick: boolean;
  /** Two hosts; all of it real processes. */
  stack(backend: Backend): Promise<Stack>;
  /** For people who wait. */
  note(line: string): void;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  run(ground: Ground): Promise<readonly Figure[]>;
}
