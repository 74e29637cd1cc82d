import { expect, test } from 'vitest';
import { scripted } from '../scripted/index.ts';
import { CLI_DELAY_MS, type CorpusEntry, parseCorpus, score } from './score.ts';

const hook = (t: number, name: string, body: Record<string, unknown> = {}): CorpusEntry => ({
  t,
  hook: name,
  body,
});

const turn: readonly CorpusEntry[] = [
  { t: 0, truth: 'starting' },
  { t: 100, truth: 'idle' },
  hook(120, 'SessionStart'),
  { t: 2_000, truth: 'processing' },
  hook(2_030, 'UserPromptSubmit', { prompt: 'x', turn: 1 }),
  { t: 5_000, truth: 'completed' },
  hook(5_010, 'Stop', { turn: 1, last_assistant_message: 'y' }),
  { t: 9_000 },
];

test('a status that follows the truth at once is right at every sample', () => {
  const scores = score(scripted, turn);
  for (const state of ['starting', 'idle', 'processing', 'completed'] as const) {
    expect(scores[state]!.samples).toBeGreaterThan(0);
    expect(scores[state]!.right).toBe(scores[state]!.samples);
  }
  expect(scores.processing!.detectMs).toEqual([30]);
});

test('a signal that never came counts against its state, and what was said instead is told', () => {
  const lost = turn.filter((entry) => entry.hook !== 'Stop');
  const { completed } = score(scripted, lost);
  expect(completed!.right).toBe(0);
  expect(completed!.samples).toBe((4_000 - CLI_DELAY_MS) / 20);
  expect(completed!.detectMs).toEqual([null]);
  expect(Object.keys(completed!.instead)).toEqual(['processing']);
});

test('a status that leaves a state too early is wrong from then on', () => {
  const early = [
    ...turn.slice(0, 5),
    hook(3_000, 'Stop', { turn: 1, last_assistant_message: 'y' }),
    ...turn.slice(5, 6),
    turn[7]!,
  ];
  const { processing } = score(scripted, early);
  expect(processing!.right / processing!.samples).toBeLessThan(0.4);
});

test('a corpus is read line by line', () => {
  expect(parseCorpus('{"t":1,"truth":"idle"}\n{"t":2,"line":"x"}\n')).toEqual([
    { t: 1, truth: 'idle' },
    { t: 2, line: 'x' },
  ]);
});
