import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { providers } from '@cao/providers';
import { parseCorpus, replay } from '@cao/providers/testing';
import { expect, test } from 'vitest';
import { corpusText, type Lived } from './corpus.ts';
import { type Recorded, withHeard } from './recording.ts';

const head = { provider: 'scripted', version: '1.0.0', date: '2026-01-02', os: 'linux x64', lag: 3 } as const;
const provider = providers.scripted;
const at = 1_000_000;
const screenOf = (...rows: string[]) => ({ rows: [...rows, '', ''], title: '', alternate: false });
const recording: readonly Recorded[] = [
  { t: at },
  { t: at + 10, hook: 'SessionStart', body: { cwd: join(homedir(), 'x'), on: hostname() } },
  { t: at + 10, status: 'idle', heard: at + 10 },
  { t: at + 20, screen: screenOf('one', 'two') },
  { t: at + 30, screen: 'same' },
  { t: at + 40, screen: 'same' },
  { t: at + 50, line: JSON.stringify({ url: 'http://127.0.0.1:40123/mcp', token: 'caot_abcdefghijk' }) },
  { t: at + 70, hook: 'UserPromptSubmit', body: { prompt: 'x'.repeat(5_000), turn: 1 } },
  { t: at + 80, screen: screenOf('two', 'three') },
  { t: at + 90, screen: 'same' },
  { t: at + 9_000, hook: 'Stop', body: { turn: 1 } },
];
const lived: Lived = {
  name: 'a turn',
  recording,
  watched: [{ truth: [{ at: at + 65, status: 'processing' }], told: [], end: at + 5_000 }],
};
const text = corpusText(provider, head, [lived]);

test('a corpus has what was said and shown, and the truth, in the time of its life', () => {
  const [life = []] = parseCorpus(text).lives;
  expect(life.map(({ t, ...entry }) => [t, Object.keys(entry)[0]])).toEqual([
    [0, 'life'],
    [10, 'hook'],
    [20, 'screen'],
    [50, 'log'],
    [65, 'truth'],
    [70, 'hook'],
    [80, 'screen'],
    [5000, 'truth'],
    [5000, 'end'],
  ]);
  expect(life.flatMap(({ screen }) => screen ?? [])).toEqual([
    { rows: ['one', 'two'] },
    { rows: [1, 'three'] },
  ]);
  expect(replay(provider, life).told.map(({ status }) => status)).toEqual(['starting', 'idle', 'processing']);
});

test('it has no trace of the machine it was made on, and no long text', () => {
  expect(text).not.toContain(`${homedir()}/`);
  expect(text).not.toContain(`"${hostname()}"`);
  expect(text).toContain('http://127.0.0.1:1/mcp');
  expect(text).not.toContain('caot_abcdefghijk');
  expect(text.length).toBeLessThan(1_500);
});

test('a status that was told is paired with when its host heard of it, in order', () => {
  const became = (t: number, status: 'idle' | 'processing', heard: number): Recorded => ({
    t,
    status,
    heard,
  });
  const told = [
    { at: 1, status: 'starting' },
    { at: 15, status: 'idle' },
    { at: 25, status: 'processing' },
    { at: 40, status: 'idle' },
  ] as const;
  const recorded = [became(10, 'idle', 9), became(20, 'processing', 20), became(30, 'idle', 28)];
  expect(withHeard(told, recorded).map(({ heard }) => heard)).toEqual([null, 9, 20, 28]);
});
