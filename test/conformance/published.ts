import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { providers } from '@cao/providers';
import { type Delays, rightShare } from '@cao/providers/testing';
import { capabilityNames } from './capabilities/registry.ts';
import type { Row } from './matrix.ts';
import type { Result } from './run.ts';

/** What a release says of one CLI: one run of all capabilities, on one day. */
export interface Published {
  readonly provider: string;
  readonly version: string;
  readonly date: string;
  readonly results: readonly Pick<Result, 'capability' | 'outcome' | 'note'>[];
  /**
   * Share of status samples that were right, and ms until a change was seen; `ours`: behind the CLI's own signal. Null for one
   * that asks no model.
   */
  readonly status: (Delays & { readonly accuracy: number; readonly ours?: Delays }) | null;
}

const root = new URL('../../', import.meta.url);
const DATA = fileURLToPath(new URL('docs/conformance.json', root));
const PAGE = fileURLToPath(new URL('docs/providers.md', root));
const BEGIN = '<!-- begin: npm run conformance -- --publish -->';
const END = '<!-- end -->';
const MAX_NOTE = 160;

export const readPublished = (): readonly Published[] =>
  JSON.parse(readFileSync(DATA, 'utf8')) as Published[];
export const readPage = (): string => readFileSync(PAGE, 'utf8');

/** Replaces what was known of these CLIs; a capability that was not run this time keeps its last result. */
export function publish(rows: readonly Row[], date: string): void {
  const known = readPublished();
  const added = rows.map(({ provider, version, results, score }): Published => {
    const before = known.find((one) => one.provider === provider && one.version === version);
    const told = new Map(before?.results.map((result) => [result.capability, result]));
    for (const { capability, outcome, note } of results)
      told.set(capability, { capability, outcome, note: (note.split('\n')[0] ?? '').slice(0, MAX_NOTE) });
    // A run of a few capabilities says little of the status.
    const isWhole = results.length * 2 > told.size;
    const status =
      score?.samples && (isWhole || !before)
        ? { accuracy: rightShare(score), ...score.detect, ours: score.ours }
        : (before?.status ?? null);
    return { provider, version, date, results: [...told.values()], status };
  });
  const order = Object.keys(providers);
  const all = [...known.filter((one) => !rows.some((row) => row.provider === one.provider)), ...added].sort(
    (a, b) => order.indexOf(a.provider) - order.indexOf(b.provider),
  );
  writeFileSync(DATA, `${JSON.stringify(all, null, 2)}\n`);
  writeFileSync(PAGE, pageWith(readPage(), all));
}

/** The page with its generated part made anew. @throws Error when the page has no place for it. */
export function pageWith(page: string, published: readonly Published[]): string {
  const [before, rest] = page.split(`${BEGIN}\n`);
  const after = rest?.split(`${END}\n`)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/providers.md has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${tables(published)}\n\n${END}\n${after}`;
}

const lateness = (delays: Delays | null | undefined) =>
  typeof delays?.p50 === 'number' ? `${Math.round(delays.p50)} / ${Math.round(delays.p99 ?? 0)} ms` : '';

const marks = { pass: '✓', fail: '✗', 'not claimed': '–' } as const;

function tables(published: readonly Published[]): string {
  const overview = Object.values(providers).map(({ id, binary }) => {
    const run = published.find((one) => one.provider === id);
    if (!run) return [`\`${id}\``, `\`${binary}\``, 'never run'];
    const claimed = run.results.filter(({ outcome }) => outcome !== 'not claimed');
    const passed = claimed.filter(({ outcome }) => outcome === 'pass').length;
    const { status } = run;
    const right = status ? `${(status.accuracy * 100).toFixed(1)} %` : '';
    return [
      `\`${id}\``,
      `\`${binary}\``,
      `${run.version}, ${run.date}`,
      `${passed} of ${claimed.length}`,
      right,
      lateness(status),
      lateness(status?.ours),
    ];
  });
  const head = [
    'provider',
    'program',
    'run with',
    'passed',
    'status right',
    'after, p50 / p99',
    'ours of it',
  ];
  const capabilities = capabilityNames
    .filter((name) => published.some(({ results }) => results.some(({ capability }) => capability === name)))
    .map((name) => [
      name,
      ...published.map(({ results }) => {
        const found = results.find(({ capability }) => capability === name);
        return found ? marks[found.outcome] : '';
      }),
    ]);
  const why = published.flatMap(({ provider, results }) =>
    results
      .filter(({ outcome }) => outcome !== 'pass')
      .map(({ capability, outcome, note }) => `- ${marks[outcome]} \`${provider}\`, ${capability}: ${note}`),
  );
  const matrix = table(['capability', ...published.map(({ provider }) => `\`${provider}\``)], capabilities);
  return [table(head, overview), matrix, ...(why.length > 0 ? [why.join('\n')] : [])].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, at) =>
    Math.max(3, ...[name, ...rows.map((row) => row[at] ?? '')].map((cell) => cell.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}
