import type { Figure } from './bench.ts';

export interface Limit {
  readonly p50?: number;
  readonly p99?: number;
  /** More is better: the limits are floors. */
  readonly floor?: boolean;
}

/** The nearest-rank percentile of a sample. @throws Error for an empty one: it has measured nothing. */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) throw new Error('a percentile of no samples: the bench measured nothing');
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
}

export const median = (samples: readonly number[]): number => percentile(samples, 50);

/** Without a limit it only explains another figure, and is always right. */
export function figure(
  name: string,
  unit: Figure['unit'],
  samples: readonly number[],
  limit: Limit | null = null,
): Figure {
  const floor = limit?.floor === true;
  const p50 = round(median(samples));
  const p99 = round(percentile(samples, floor ? 1 : 99));
  const keeps = (value: number, bound: number | undefined) =>
    bound === undefined || (floor ? value >= bound : value <= bound);
  const words = (['p50', 'p99'] as const).flatMap((which) =>
    limit?.[which] === undefined ? [] : [`${which} ${floor ? '≥' : '≤'} ${limit[which]}`],
  );
  const ok = keeps(p50, limit?.p50) && keeps(p99, limit?.p99);
  return { name, unit, p50, p99, target: words.join(', ') || null, ok, n: samples.length };
}

const round = (value: number): number => Math.round(value * 10) / 10;
