import { capabilityNames } from './capabilities/registry.ts';
import type { Result, Run } from './run.ts';
import { statusTable } from './status-table.ts';

export interface Row extends Run {
  readonly provider: string;
  readonly version: string;
}

const NAME_WIDTH = 46;
const CELL_WIDTH = 34;

/** CLI × capability, how well its status was told, and why what failed failed. */
export function matrixOf(rows: readonly Row[], date: string): string {
  const width = rows.length > 1 ? CELL_WIDTH : 0;
  const head = rows.map(({ provider, version }) => `${provider} ${version}`.padEnd(width)).join('');
  const lines = capabilityNames.flatMap((name) => {
    const cells = rows.map(({ results }) => results.find(({ capability }) => capability === name));
    if (cells.every((cell) => cell === undefined)) return [];
    return [`${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cellOf(cell, width)).join('')}`.trimEnd()];
  });
  const scores = rows.flatMap(({ provider, score }) =>
    score ? ['', ...statusTable(`status of ${provider}`, score, true)] : [],
  );
  const failures = rows.flatMap(({ provider, results }) =>
    results
      .filter(({ outcome }) => outcome === 'fail')
      .map(({ capability, note }) => `\n✗ ${provider} · ${capability}\n${note}`),
  );
  return [`${date.padEnd(NAME_WIDTH)}${head}`.trimEnd(), ...lines, ...scores, ...failures].join('\n');
}

function cellOf(result: Result | undefined, width: number): string {
  if (!result) return ''.padEnd(width);
  const { outcome, note } = result;
  const text = outcome === 'fail' ? 'FAIL' : `${outcome}${note ? ` · ${note}` : ''}`;
  return width > 0 ? text.slice(0, width - 2).padEnd(width) : text;
}
