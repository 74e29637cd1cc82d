import { homedir, hostname, release, tmpdir } from 'node:os';
import type { AgentState, Provider, Signal } from '@cao/providers';
import {
  type CorpusEntry,
  type CorpusHead,
  type Life,
  parseCorpus,
  replay,
  signalsOf,
  type Watched,
} from '@cao/providers/testing';
import type { Recorded } from './recording.ts';

/** One terminal of a run. */
export interface Lived {
  /** What it went through. */
  readonly name: string;
  readonly recording: readonly Recorded[];
  readonly watched: readonly Watched[];
}

/**
 * The file of one version: what its hosts wrote down, with the truth, small and without a trace of this machine.
 * @throws Error when what was left out would change what the provider tells.
 */
export function corpusText(provider: Provider, head: CorpusHead, lives: readonly Lived[]): string {
  const whole = lives.map(lifeOf);
  const small = whole.map((life) => withoutSameRows(withoutRepeats(provider, life)).map(shortened));
  const text = [head, ...small.flat()].map((entry) => `${withoutMachine(JSON.stringify(entry))}\n`).join('');
  for (const [nth, life] of parseCorpus(text).lives.entries()) {
    const told = JSON.stringify(replay(provider, life).told);
    const wanted = JSON.stringify(replay(provider, whole[nth] ?? []).told);
    if (told !== wanted)
      throw new Error(`${lives[nth]?.name}: the corpus would tell ${told} and not ${wanted}`);
  }
  return text;
}

function lifeOf({ name, recording, watched }: Lived): Life {
  const born = recording[0]?.t ?? 0;
  const truth = watched.flatMap(({ truth, end }): CorpusEntry[] => [
    ...truth.map(({ at, status }) => ({ t: at - born, truth: status })),
    { t: end - born, truth: null },
  ]);
  const end = Math.max(0, ...truth.map(({ t }) => t));
  const said = recording
    .map((one): CorpusEntry => ({ t: one.t - born, ...signalOf(one) }))
    .filter((one) => Object.keys(one).length > 1 && one.t <= end);
  // The truth in front of the signal that tells it: a sort keeps the order of equals.
  const events = [...truth, ...said].sort((a, b) => a.t - b.t);
  return [{ t: 0, life: name }, ...events, { t: end, end: true }];
}

function signalOf({ hook, body, line, api, screen }: Recorded): Omit<CorpusEntry, 't'> {
  if (hook !== undefined) return { hook, body: body ?? {} };
  if (line !== undefined) return { log: parsed(line) };
  if (api) return { api };
  if (!screen) return {};
  if (screen === 'same') return { screen };
  const last = screen.rows.findLastIndex((row) => row !== '');
  return {
    screen: {
      rows: screen.rows
        .slice(0, last + 1)
        .map((row) => (typeof row === 'string' ? row : row.map(withoutDefaults))),
      ...(screen.title ? { title: screen.title } : {}),
      ...(screen.alternate ? { alternate: true } : {}),
    },
  };
}

function parsed(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : line;
  } catch {
    return line;
  }
}

const withoutDefaults = (run: object) =>
  Object.fromEntries(Object.entries(run).filter(([, value]) => value !== false && value !== null));

/** Of what changes nothing, so many of a kind are kept in a life, for a reader who will know better. */
const MOST_IDLE_SIGNALS = 12;
/** Of looks that are read alike and change nothing, so many after each change. */
const MOST_EQUAL_LOOKS = 1;

/** Leaves out what the provider makes nothing of, when there is more of it. */
function withoutRepeats(provider: Provider, life: Life): Life {
  const dropped = new Set<number>();
  const times = new Map<string, number>();
  let state = provider.initial;
  let look = '';
  for (const { index, signal } of signalsOf(provider, life)) {
    const step = provider.next(state, signal);
    const changes = step.effects.length > 0 || keyOf(step.state) !== keyOf(state);
    state = step.state;
    const kind = kindOf(signal);
    // What is seen after a change counts anew.
    if (changes) times.delete(look);
    if (signal.source === 'screen' && kind !== look) {
      times.delete(kind);
      look = kind;
    }
    if (changes) continue;
    const seen = (times.get(kind) ?? 0) + 1;
    times.set(kind, seen);
    if (seen > (signal.source === 'screen' ? MOST_EQUAL_LOOKS : MOST_IDLE_SIGNALS)) dropped.add(index);
  }
  return life.filter((_, index) => !dropped.has(index));
}

/** The words that decided are no difference: a spinner that turns. */
const keyOf = ({ evidence: _, ...state }: AgentState): string => JSON.stringify(state);

function kindOf(signal: Signal): string {
  const typeOf = (value: unknown) => (value as { type?: unknown } | null)?.type;
  if (signal.source === 'hook') return `hook ${signal.name}`;
  if (signal.source === 'log') return `log ${typeOf(parsed(signal.line))}`;
  if (signal.source === 'api') return `api ${typeOf(signal.body) ?? typeOf(signal.body.payload)}`;
  const { status, input, inputText } = signal.reading;
  return `screen ${JSON.stringify([status, input, inputText])}`;
}

/** Rows that were on the screen before are told by their place on it. */
function withoutSameRows(life: Life): Life {
  let before: readonly string[] = [];
  return life.map((entry) => {
    if (entry.screen === undefined || entry.screen === 'same') return entry;
    const rows = entry.screen.rows.map((row) => JSON.stringify(row));
    const known = entry.screen.rows.map((row, at) => {
      const place = before[at] === rows[at] ? at : before.indexOf(rows[at] ?? '');
      return place < 0 || row === '' ? row : place;
    });
    before = rows;
    return { ...entry, screen: { ...entry.screen, rows: known } };
  });
}

/** How much of what a CLI says is kept: texts and lists are cut, what lies deeper goes. */
interface Measure {
  readonly text: number;
  readonly items: number;
  readonly depth: number;
}
const WIDE: Measure = { text: 200, items: 8, depth: Infinity };
const NARROW: Measure = { text: 80, items: 3, depth: 4 };
/** What is longer holds prompts, answers or lists of tools, and is kept narrowly. Units: characters. */
const MAX_ENTRY = 1_000;

function shortened(entry: CorpusEntry): CorpusEntry {
  if (entry.screen !== undefined) return entry;
  const wide = cut(entry, WIDE);
  return (JSON.stringify(wide).length > MAX_ENTRY ? cut(entry, NARROW) : wide) as CorpusEntry;
}

function cut(value: unknown, measure: Measure): unknown {
  const { text, items, depth } = measure;
  if (typeof value === 'string') return value.length > text ? `${value.slice(0, text)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  const inner = { text, items, depth: depth - 1 };
  if (Array.isArray(value)) return value.slice(0, items).map((one) => cut(one, inner));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cut(one, inner)]));
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const machine: readonly (readonly [RegExp, string])[] = [
  // As long as what it stands for, so that a drawn box stays one.
  [/\bcao-(t|bin)-[A-Za-z0-9]{6}\b/g, 'cao-$1-corpus'],
  [new RegExp(`${escaped(tmpdir())}/`, 'g'), '/tmp/'],
  [new RegExp(`${escaped(homedir())}/`, 'g'), '/home/u/'],
  [new RegExp(`(?<=:"|@)${escaped(hostname())}(?=")`, 'g'), 'host'],
  [new RegExp(escaped(release()), 'g'), '0.0.0'],
  [/\b(127\.0\.0\.1|localhost):\d+/g, '$1:1'],
  [/\bcao[a-z]_[\w-]{8,}/g, '<token>'],
];

const withoutMachine = (json: string): string =>
  machine.reduce((text, [what, instead]) => text.replace(what, instead), json);
