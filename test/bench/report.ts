import type { Figure } from './bench.ts';

const HEAD = ['', 'p50', 'p99', 'unit', 'n', 'target', ''];

/** The figures as a table for people. */
export function table(figures: readonly Figure[]): string {
  const rows = [
    HEAD,
    ...figures.map(({ name, unit, p50, p99, target, ok, n }) => [
      name,
      String(p50),
      String(p99),
      unit,
      String(n),
      target ?? '–',
      target === null ? '' : ok ? 'ok' : 'MISSED',
    ]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number) => [1, 2, 4].includes(column);
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
