import type { ProviderId, Screen, ScreenRow, ScreenRun, TerminalStatus } from '@cao/contracts';
import type { AgentState, Provider, ScreenReading, Signal } from '../contract.ts';
import type { Telling, Watched } from './score.ts';

/** What one version of a CLI said and showed, and what it really was: the first line of the file, and the others. */
export interface Corpus extends CorpusHead {
  readonly lives: readonly Life[];
}

export interface CorpusHead {
  readonly provider: ProviderId;
  readonly version: string;
  readonly date: string;
  readonly os: string;
  /** How late timers were while it was recorded, at the 99th: on a busy machine its times are not the CLI's. Units: ms. */
  readonly lag: number;
}

/** One terminal, from its birth on; the times are its own. */
export type Life = readonly CorpusEntry[];

/**
 * One line: what the CLI said (`hook` with `body`, `log`, `api`) or showed at `t`, or what it was from then on. `life` begins the
 * next terminal, `end` is when it was last looked at. Units: ms.
 */
export interface CorpusEntry {
  readonly t: number;
  readonly life?: string;
  readonly hook?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** A line of the session log, parsed; a text when it is no JSON. */
  readonly log?: unknown;
  readonly api?: Readonly<Record<string, unknown>>;
  /** `same`: looked at again, and read as before. */
  readonly screen?: CorpusScreen | 'same';
  readonly truth?: TerminalStatus | null;
  readonly end?: true;
}

export interface CorpusScreen {
  /** A text is a row without attributes, a number the row of that index of the screen before. */
  readonly rows: readonly (string | number | CorpusRun[])[];
  readonly title?: string;
  readonly alternate?: boolean;
}

/** Attributes that are not there are left out. */
export type CorpusRun = Partial<ScreenRun>;

export function parseCorpus(text: string): Corpus {
  const [head, ...lines] = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
  const lives: CorpusEntry[][] = [];
  for (const entry of lines as CorpusEntry[]) {
    if (entry.life !== undefined) lives.push([]);
    lives.at(-1)?.push(entry);
  }
  return { ...(head as CorpusHead), lives };
}

/** Plays a life to a provider as the worker-agent would: what it tells at each signal, beside what was true. */
export function replay(provider: Provider, life: Life): Watched {
  let state: AgentState = provider.initial;
  const told: Telling[] = [{ at: life[0]?.t ?? 0, status: state.status, heard: null }];
  for (const { t, signal } of signalsOf(provider, life)) {
    state = provider.next(state, signal).state;
    if (state.status !== told.at(-1)?.status) told.push({ at: t, status: state.status, heard: t });
  }
  return {
    truth: life.flatMap(({ t, truth }) => (truth === undefined ? [] : [{ at: t, status: truth }])),
    told,
    end: life.at(-1)?.t ?? 0,
  };
}

/** What the worker-agent would hear in a life, with its place there. */
export function signalsOf(provider: Provider, life: Life): readonly Heard[] {
  let screen = screenOfCorpus({ rows: [] });
  return life.flatMap((entry, index) => {
    if (entry.screen !== undefined && entry.screen !== 'same') screen = screenOfCorpus(entry.screen, screen);
    const signal = signalOf(entry, () => provider.readScreen(screen));
    return signal ? [{ t: entry.t, index, signal }] : [];
  });
}

interface Heard {
  readonly t: number;
  /** Of its line in the life. */
  readonly index: number;
  readonly signal: Signal;
}

function signalOf(entry: CorpusEntry, read: () => ScreenReading): Signal | null {
  const { hook, body = {}, log, api, screen } = entry;
  if (hook !== undefined) return { source: 'hook', name: hook, body };
  if (log !== undefined) return { source: 'log', line: typeof log === 'string' ? log : JSON.stringify(log) };
  if (api) return { source: 'api', body: api };
  return screen === undefined ? null : { source: 'screen', reading: read() };
}

const plain = { dim: false, bold: false, inverse: false, fg: null, bg: null };

/** `before`: the screen that came before it. */
function screenOfCorpus({ rows, title = '', alternate = false }: CorpusScreen, before?: Screen): Screen {
  return {
    cols: 120,
    cursor: { x: 0, y: 0 },
    alternate,
    title,
    rows: rows.map((row): ScreenRow => {
      if (typeof row === 'number') return before?.rows[row] ?? { text: '', runs: [] };
      const runs = typeof row === 'string' ? (row === '' ? [] : [{ text: row }]) : row;
      const whole = runs.map((run): ScreenRun => ({ text: '', ...plain, ...run }));
      const text = whole.map((run) => run.text).join('');
      return { text: typeof row === 'string' ? row : text.trimEnd(), runs: whole };
    }),
  };
}
