import type { TerminalStatus } from '@cao/contracts';

/** From this moment on the terminal is in this state. Units: ms. */
export interface Phase {
  readonly at: number;
  /** null: nobody can say (a prompt is on its way into the CLI), so nothing is scored. */
  readonly status: TerminalStatus | null;
}

/** A status that was told. */
export interface Telling {
  readonly at: number;
  readonly status: TerminalStatus;
  /** When the CLI said or drew what decided it, on the clock of `at`; null when nobody knows. */
  readonly heard: number | null;
}

/** What was true and what was told of one terminal over a while. */
export interface Watched {
  readonly truth: readonly Phase[];
  readonly told: readonly Telling[];
  /** The end of the last phase. Units: ms. */
  readonly end: number;
}

/** What is to be met in each state: the share of its samples that are right. */
export const LEAST_RIGHT = 0.99;

const SAMPLE_MS = 20;
/** What is over sooner is not scored. Units: ms. */
const GRACE_MS = 500;
/**
 * A CLI draws and writes down what it does a while after its model has spoken, on a busy machine seconds. Told this late, and
 * until then what was true or told before, is late, which the delays tell, and not wrong. Units: ms.
 */
const LATE_MS = 3_000;

/** Units: ms; null of nothing. */
export interface Delays {
  readonly p50: number | null;
  readonly p99: number | null;
}

interface Sum {
  /** How often it was so, and how often that was told while it lasted. */
  readonly phases: number;
  readonly detected: number;
  /** Samples while it was so, and those at which it was told. */
  readonly samples: number;
  readonly right: number;
  /** What was told at the others, how often. */
  readonly instead: Readonly<Record<string, number>>;
  /** From the truth to its telling. */
  readonly detect: Delays;
  /** The part of the CLI: from the truth to the signal that told it. */
  readonly cli: Delays;
  /** Our part, over all tellings, detected or not: from the signal to its telling. */
  readonly ours: Delays;
}

export interface StateScore extends Sum {
  readonly state: TerminalStatus;
}

export interface Score extends Sum {
  readonly states: readonly StateScore[];
}

export const rightShare = ({ samples, right }: Pick<Sum, 'samples' | 'right'>): number =>
  samples === 0 ? 1 : right / samples;

interface Detection {
  readonly state: TerminalStatus;
  readonly right: number;
  readonly instead: readonly string[];
  /** The telling that came while it lasted; undefined when none did. */
  readonly by: Telling | undefined;
  /** From the truth on. */
  readonly from: number;
}

/** Compares what was told with what was true, phase by phase. Pure: the times are in the data. */
export function scoreOf(watched: readonly Watched[]): Score {
  const all = watched.flatMap(detections);
  const tellings = watched.flatMap(tellingsOf);
  const states = [...new Set(all.map((one) => one.state))].sort();
  return {
    states: states.map((state) => ({
      state,
      ...sumOf(
        all.filter((one) => one.state === state),
        tellings.filter((one) => one.status === state),
      ),
    })),
    ...sumOf(all, tellings),
  };
}

function sumOf(all: readonly Detection[], tellings: readonly Telling[]): Sum {
  const right = all.reduce((total, one) => total + one.right, 0);
  const wrong = all.flatMap((one) => one.instead);
  const found = all.flatMap(({ by, from }) => (by ? [{ ...by, from }] : []));
  const after = (from: number, at: number | null) => (at === null ? [] : [Math.max(0, at - from)]);
  return {
    phases: all.length,
    detected: found.length,
    samples: right + wrong.length,
    right,
    instead: countsOf(wrong),
    detect: delays(found.flatMap(({ from, at }) => after(from, at))),
    cli: delays(found.flatMap(({ from, heard }) => after(from, heard))),
    ours: delays(tellings.flatMap(({ at, heard }) => (heard === null ? [] : [at - heard]))),
  };
}

function countsOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function delays(all: readonly number[]): Delays {
  const sorted = all.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

/** The smallest value that so many are not above. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

/** Those that came while it was watched. */
const tellingsOf = ({ truth, told, end }: Watched): readonly Telling[] =>
  told.filter(({ at }) => at >= (truth[0]?.at ?? end) && at <= end);

function detections({ truth, told, end }: Watched): readonly Detection[] {
  const at = (t: number) => told.findLast((one) => one.at <= t);
  return truth.flatMap(({ at: from, status }, index) => {
    const until = Math.min(truth[index + 1]?.at ?? end, end);
    if (status === null || until <= from + GRACE_MS) return [];
    const before = at(from);
    // One that was told before something else was true is of an earlier phase: what came between may yet be told, late.
    const other = truth.findLast(
      (phase, nth) => nth < index && phase.status !== null && phase.status !== status,
    );
    const isOld = before !== undefined && other !== undefined && before.at < other.at;
    const right = before?.status === status ? before : undefined;
    const next = told.find((one) => one.at > from && one.at < until && one.status === status);
    const by = isOld ? (next ?? right) : (right ?? next);
    const late = by && by.at <= from + LATE_MS ? by.at : from;
    const lately = truth.slice(0, index).filter((_, nth) => truth[nth + 1]!.at > from - LATE_MS);
    const old = new Set(['unknown', before?.status, ...lately.map((phase) => phase.status)]);
    const instead: string[] = [];
    let good = 0;
    for (let t = from + GRACE_MS; t < until; t += SAMPLE_MS) {
      const now = at(t)?.status;
      if (now === status) good += 1;
      else if (t >= late || !old.has(now)) instead.push(now ?? 'nothing');
    }
    return [{ state: status, right: good, instead, by, from }];
  });
}
