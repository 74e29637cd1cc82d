import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { providers } from '../registry.ts';
import { type Life, parseCorpus, replay } from './corpus.ts';
import { LEAST_RIGHT, rightShare, scoreOf } from './score.ts';

const source = new URL('../', import.meta.url);
const corpora = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\/fixtures\/corpus\/[^/]+\.jsonl$/.test(path))
  .map((path) => {
    const text = readFileSync(new URL(path, source), 'utf8');
    return [path, { ...parseCorpus(text), bytes: Buffer.byteLength(text) }] as const;
  });

const MAX_BYTES = 300 * 1024;
const blank = { rows: [] };

/** The same life, in which nothing is heard or seen any more from `index` on. */
const silencedAt = (life: Life, index: number): Life =>
  life.map((entry, at) => {
    const { t, life: name, end } = entry;
    if (at < index || name !== undefined || end) return entry;
    return entry.screen === undefined ? { t } : { t, screen: blank };
  });

/** Why there is none. This list may only become shorter. */
const WITHOUT: Readonly<Record<string, string>> = {
  kiro: 'needs an account, and was never run',
  q: 'needs an account, and was never run',
  scripted: 'asks no model: nobody knows the truth',
};

test('every other provider has a corpus', () => {
  const recorded = new Set<string>(corpora.map(([, { provider }]) => provider));
  const without = Object.keys(providers).filter((id) => !recorded.has(id));
  expect(without.sort(), 'Record it, or take it off the list.').toEqual(Object.keys(WITHOUT).sort());
});

describe.each(corpora)('%s', (_path, { provider: id, lives, bytes }) => {
  const provider = providers[id];

  test('is small enough to be read', () => {
    expect(bytes).toBeLessThan(MAX_BYTES);
  });

  test('is told right in every state', () => {
    const { states } = scoreOf(lives.map((life) => replay(provider, life)));
    expect(states.map(({ state }) => state)).toEqual([
      'completed',
      'error',
      'idle',
      'processing',
      'waiting_user_answer',
    ]);
    for (const one of states)
      expect(rightShare(one), JSON.stringify(one)).toBeGreaterThanOrEqual(LEAST_RIGHT);
  });

  test('is never told to be idle by its silence', () => {
    for (const life of lives)
      for (const [index, { truth }] of life.entries()) {
        if (index !== 1 && truth !== 'processing' && truth !== 'waiting_user_answer') continue;
        const from = life[index]?.t ?? 0;
        const { told } = replay(provider, silencedAt(life, index));
        const later = told.filter(({ at, status }) => at > from && /^(idle|completed)$/.test(status));
        expect(later, `silent from ${from} ms on`).toEqual([]);
      }
  });
});

describe('a corpus', () => {
  const head = '{"provider":"scripted","version":"1.0.0","date":"2026-01-02","os":"linux x64","lag":3}';

  test('is a head and lives, each with its own times', () => {
    const { version, lives } = parseCorpus(
      `${head}\n{"t":0,"life":"a"}\n{"t":5,"end":true}\n{"t":0,"life":"b"}\n`,
    );
    expect(version).toBe('1.0.0');
    expect(lives.map((life) => life.length)).toEqual([2, 1]);
  });

  test('is played to the provider: what it tells at each signal, beside what was true', () => {
    const life: Life = [
      { t: 0, life: 'a turn' },
      { t: 100, truth: 'idle' },
      { t: 120, hook: 'SessionStart' },
      { t: 200, screen: { rows: ['a', [{ text: 'b', dim: true }]] } },
      { t: 300, screen: { rows: [1, 'c'] } },
      { t: 2000, truth: 'processing' },
      { t: 2030, hook: 'UserPromptSubmit', body: { prompt: 'x', turn: 1 } },
      { t: 9000, end: true },
    ];
    expect(replay(providers.scripted, life)).toEqual({
      truth: [
        { at: 100, status: 'idle' },
        { at: 2000, status: 'processing' },
      ],
      told: [
        { at: 0, status: 'starting', heard: null },
        { at: 120, status: 'idle', heard: 120 },
        { at: 2030, status: 'processing', heard: 2030 },
      ],
      end: 9000,
    });
  });

  test('has its screens as a terminal would have them, rows of the one before included', () => {
    const seen: unknown[] = [];
    const readScreen: typeof providers.scripted.readScreen = (screen) => {
      seen.push(screen.rows);
      return providers.scripted.readScreen(screen);
    };
    const dim = { text: 'b', dim: true, bold: false, inverse: false, fg: null, bg: null };
    replay({ ...providers.scripted, readScreen }, [
      { t: 1, screen: { rows: ['', [{ text: 'b', dim: true }]] } },
      { t: 2, screen: 'same' },
      { t: 3, screen: { rows: [1] } },
    ]);
    const first = [
      { text: '', runs: [] },
      { text: 'b', runs: [dim] },
    ];
    expect(seen).toEqual([first, first, [first[1]]]);
  });
});
