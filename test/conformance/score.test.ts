import { describe, expect, test } from 'vitest';
import { scoreOf } from './score.ts';
import { truthOf } from './timeline.ts';

describe('the score of what is told', () => {
  const truth = [
    { at: 0, status: 'idle' },
    { at: 1000, status: null },
    { at: 2000, status: 'processing' },
    { at: 4500, status: 'completed' },
    { at: 6000, status: 'processing' },
    { at: 6100, status: 'completed' },
  ] as const;

  test('is full when all is told in time, and says how late it was', () => {
    const told = [
      { at: -50, status: 'idle' },
      { at: 1500, status: 'processing' },
      { at: 4550, status: 'completed' },
    ] as const;
    const score = scoreOf([{ truth, told, end: 7100 }]);
    expect(score.states).toEqual([
      { state: 'completed', phases: 2, detected: 2, accuracy: 1, p50: 0, p99: 50 },
      { state: 'idle', phases: 1, detected: 1, accuracy: 1, p50: 0, p99: 0 },
      { state: 'processing', phases: 1, detected: 1, accuracy: 1, p50: 0, p99: 0 },
    ]);
    expect(score).toMatchObject({ accuracy: 1, p50: 0, p99: 50 });
  });

  test('sees a state that is never told, one that is told too late, and one that is left too early', () => {
    const told = [
      { at: 0, status: 'idle' },
      { at: 3000, status: 'processing' },
      { at: 4000, status: 'idle' },
    ] as const;
    const { states } = scoreOf([{ truth, told, end: 7100 }]);
    expect(
      states.map(({ state, phases, detected, accuracy, p50 }) => [state, phases, detected, accuracy, p50]),
    ).toEqual([
      ['completed', 2, 0, 0, null],
      ['idle', 1, 1, 1, 0],
      // Late by a second, then right for one, then wrong for half a second.
      ['processing', 1, 1, 1000 / 1500, 1000],
    ]);
  });

  test('takes the 99th of a hundred delays, and the middle one', () => {
    const watched = Array.from({ length: 100 }, (_, n) => ({
      truth: [{ at: 0, status: 'processing' as const }],
      told: [{ at: n + 1, status: 'processing' as const }],
      end: 1000,
    }));
    expect(scoreOf(watched)).toMatchObject({ p50: 50, p99: 99 });
  });
});

describe('the truth about a terminal', () => {
  const request = (at: number, how: 'text' | 'shell' | 'error' | 'gone' | 'aside', ended: number) => ({
    at,
    ended: { how, at: ended },
  });
  const told = (phases: ReturnType<typeof truthOf>) => phases.map(({ at, status }) => `${at} ${status}`);

  test('is what its model was asked', () => {
    const requests = [request(20, 'aside', 500), request(30, 'error', 40), request(50, 'text', 90)];
    expect(
      told(
        truthOf(
          requests,
          [
            { at: 0, what: 'ready' },
            { at: 10, what: 'pasted' },
          ],
          true,
        ),
      ),
    ).toEqual(['0 idle', '10 null', '30 processing', '90 completed']);
  });

  test('is a question after a command, unless it asks nothing', () => {
    const requests = [request(20, 'shell', 30), request(60, 'text', 70)];
    const answered = { at: 50, what: 'answered' } as const;
    expect(told(truthOf(requests, [answered], true))).toEqual([
      '20 processing',
      '30 waiting_user_answer',
      '50 processing',
      '70 completed',
    ]);
    expect(told(truthOf(requests.slice(0, 1), [answered], true)).at(-1)).toBe('50 idle');
    expect(told(truthOf(requests, [], false))).toEqual(['20 processing', '70 completed']);
  });

  test('is an error, or idle again, when the model is asked no more', () => {
    const pasted = { at: 100, what: 'pasted' } as const;
    const requests = [request(20, 'error', 20), request(120, 'gone', 130)];
    expect(told(truthOf(requests, [pasted], true))).toEqual([
      '20 processing',
      '20 error',
      '100 null',
      '120 processing',
      '130 idle',
    ]);
  });
});
