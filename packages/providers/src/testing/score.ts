import type { Screen, ScreenRow, ScreenRun, TerminalStatus } from '@cao/contracts';
import type { AgentState, Provider } from '../contract.ts';

/** One line of a corpus: what the CLI said or showed at `t` (ms), or what it really was from then on. */
export interface CorpusEntry {
  readonly t: number;
  readonly provider?: string;
  readonly version?: string;
  readonly truth?: TerminalStatus;
  readonly hook?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly line?: string;
  readonly api?: Readonly<Record<string, unknown>>;
  readonly screen?: {
    readonly rows: readonly (string | readonly ScreenRun[])[];
    readonly title?: string;
    readonly alternate?: boolean;
  };
}

export interface StateScore {
  /** Samples taken while this was the truth, and those at which the status said so. */
  readonly samples: number;
  readonly right: number;
  /** From each beginning of the state to the first right status; null where it never came. Units: ms. */
  readonly detectMs: readonly (number | null)[];
  /** What was said instead, how often. */
  readonly instead: Readonly<Record<string, number>>;
}
export type Score = Readonly<Partial<Record<TerminalStatus, StateScore>>>;

const SAMPLE_MS = 20;
/** The CLI itself takes a while to say or draw what it does; a sample in this time is nobody's mistake. Units: ms. */
export const CLI_DELAY_MS = 1_000;

export const parseCorpus = (text: string): readonly CorpusEntry[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CorpusEntry);

/** Plays a corpus to a provider and compares its status with the truth, at fixed intervals. */
export function score(provider: Provider, corpus: readonly CorpusEntry[]): Score {
  const said = statusesOf(provider, corpus);
  const truths = corpus.filter((entry) => entry.truth !== undefined);
  const end = corpus.at(-1)?.t ?? 0;
  const scores: Partial<Record<TerminalStatus, StateScore>> = {};
  for (const [at, { t, truth }] of truths.entries()) {
    const until = truths[at + 1]?.t ?? end;
    const one = phaseScore(said, truth!, t, until);
    const known = scores[truth!];
    scores[truth!] = known ? sum(known, one) : one;
  }
  return scores;
}

type Said = readonly { readonly t: number; readonly status: TerminalStatus }[];

function statusesOf(provider: Provider, corpus: readonly CorpusEntry[]): Said {
  let state: AgentState = provider.initial;
  const said: { t: number; status: TerminalStatus }[] = [{ t: -Infinity, status: state.status }];
  for (const entry of corpus) {
    if (entry.hook !== undefined)
      state = provider.next(state, { source: 'hook', name: entry.hook, body: entry.body ?? {} }).state;
    else if (entry.line !== undefined)
      state = provider.next(state, { source: 'log', line: entry.line }).state;
    else if (entry.api) state = provider.next(state, { source: 'api', body: entry.api }).state;
    else if (entry.screen) {
      const reading = provider.readScreen(toScreen(entry.screen));
      state = provider.next(state, { source: 'screen', reading }).state;
    } else continue;
    if (said.at(-1)?.status !== state.status) said.push({ t: entry.t, status: state.status });
  }
  return said;
}

function phaseScore(said: Said, truth: TerminalStatus, from: number, until: number): StateScore {
  const at = (t: number) => said.findLast((one) => one.t <= t)?.status ?? 'unknown';
  const first =
    at(from) === truth ? from : said.find((one) => one.t >= from && one.t < until && one.status === truth)?.t;
  const instead: Record<string, number> = {};
  let samples = 0;
  let right = 0;
  for (let t = Math.min(first ?? Infinity, from + CLI_DELAY_MS); t < until; t += SAMPLE_MS) {
    const status = at(t);
    samples += 1;
    if (status === truth) right += 1;
    else instead[status] = (instead[status] ?? 0) + 1;
  }
  return { samples, right, detectMs: [first === undefined ? null : first - from], instead };
}

const sum = (a: StateScore, b: StateScore): StateScore => ({
  samples: a.samples + b.samples,
  right: a.right + b.right,
  detectMs: [...a.detectMs, ...b.detectMs],
  instead: Object.fromEntries(
    [...new Set([...Object.keys(a.instead), ...Object.keys(b.instead)])].map((status) => [
      status,
      (a.instead[status] ?? 0) + (b.instead[status] ?? 0),
    ]),
  ),
});

function toScreen({ rows, title = '', alternate = false }: NonNullable<CorpusEntry['screen']>): Screen {
  const plain = { dim: false, bold: false, inverse: false, fg: null, bg: null };
  return {
    cols: 120,
    cursor: { x: 0, y: 0 },
    alternate,
    title,
    rows: rows.map((row): ScreenRow => {
      if (typeof row === 'string') return { text: row, runs: row === '' ? [] : [{ text: row, ...plain }] };
      return {
        text: row
          .map((run) => run.text)
          .join('')
          .trimEnd(),
        runs: row,
      };
    }),
  };
}
