import type { TerminalStatus } from '@cao/contracts';
import type { Phase } from './timeline.ts';

/** What was true and what was told of one terminal over a while. */
export interface Watched {
  readonly truth: readonly Phase[];
  readonly told: readonly { readonly at: number; readonly status: TerminalStatus }[];
  /** The end of the last phase. Units: ms since the epoch. */
  readonly end: number;
}

/** What is over sooner is not scored. Units: ms. */
const GRACE_MS = 500;
/**
 * A CLI draws and writes down what it does a while after its model has spoken, on a busy machine seconds. Told this late is
 * late, which the delays tell, and not wrong. Units: ms.
 */
const LATE_MS = 3_000;

export interface StateScore {
  readonly state: TerminalStatus;
  /** How often it was so, and how often that was told while it lasted. */
  readonly phases: number;
  readonly detected: number;
  /** The share of the time that it was so, the grace left out, in which it was told, 0 to 1. */
  readonly accuracy: number;
  /** From the truth to its telling. Units: ms; null when it was never told. */
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface Score {
  readonly states: readonly StateScore[];
  readonly accuracy: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

interface Detection {
  readonly state: TerminalStatus;
  /** Behind the grace. Units: ms. */
  readonly lasted: number;
  readonly right: number;
  /** null: it was not told while it lasted. */
  readonly after: number | null;
}

/** Compares what was told with what was true, phase by phase. Pure: the times are in the data. */
export function scoreOf(watched: readonly Watched[]): Score {
  const all = watched.flatMap(detections);
  const states = [...new Set(all.map((one) => one.state))].sort();
  return {
    states: states.map((state) => {
      const own = all.filter((one) => one.state === state);
      return {
        state,
        phases: own.length,
        detected: own.filter((one) => one.after !== null).length,
        ...summary(own),
      };
    }),
    ...summary(all),
  };
}

function summary(all: readonly Detection[]) {
  const sum = (of: (one: Detection) => number) => all.reduce((total, one) => total + of(one), 0);
  const lasted = sum((one) => one.lasted);
  const delays = all.flatMap((one) => one.after ?? []).sort((a, b) => a - b);
  return {
    accuracy: lasted === 0 ? 1 : sum((one) => one.right) / lasted,
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
  };
}

/** The smallest value that so many are not above. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

function detections({ truth, told, end }: Watched): readonly Detection[] {
  return truth.flatMap(({ at, status }, index) => {
    const until = Math.min(truth[index + 1]?.at ?? end, end);
    if (status === null || until <= at + GRACE_MS) return [];
    // What was told, as stretches of time; nothing told yet is no stretch.
    const stretches = told
      .map((one, nth) => ({ status: one.status, from: one.at, to: told[nth + 1]?.at ?? Infinity }))
      .filter((one) => one.status === status && one.to > at && one.from < until);
    const first = stretches[0];
    const late = first && first.from <= at + LATE_MS ? first.from : at + GRACE_MS;
    const scored = Math.min(Math.max(at + GRACE_MS, late), until);
    const right = stretches.reduce(
      (total, one) => total + Math.max(0, Math.min(one.to, until) - Math.max(one.from, scored)),
      0,
    );
    const after = first ? Math.max(0, first.from - at) : null;
    return [{ state: status, lasted: until - scored, right, after }];
  });
}
