import { describe, expect, test } from 'vitest';
import { scoreOf, type Telling } from './score.ts';

const telling = (at: number, status: Telling['status'], heard: number | null = null): Telling => ({
  at,
  status,
  heard,
});

describe('the score of what is told', () => {
  const truth = [
    { at: 0, status: 'idle' },
    { at: 1000, status: null },
    { at: 2000, status: 'processing' },
    { at: 4500, status: 'completed' },
    { at: 6000, status: 'processing' },
    { at: 6100, status: 'completed' },
  ] as const;

  test('is full when all is told in time, and says how late it was and whose part that is', () => {
    const told = [telling(-50, 'idle'), telling(1500, 'processing', 1490), telling(4550, 'completed', 4520)];
    const score = scoreOf([{ truth, told, end: 7100 }]);
    expect(
      score.states.map(({ state, phases, detected, samples, right, detect, cli, ours }) => [
        `${state} ${detected}/${phases} ${right}/${samples}`,
        detect.p99,
        cli.p99,
        ours.p99,
      ]),
    ).toEqual([
      ['completed 2/2 75/75', 50, 20, 30],
      ['idle 1/1 25/25', 0, null, null],
      ['processing 1/1 100/100', 0, 0, 10],
    ]);
    expect(score).toMatchObject({ samples: 200, right: 200, ours: { p50: 10, p99: 30 } });
  });

  test('sees a state that is never told, one that is told late, and one that is left too early', () => {
    const told = [telling(0, 'idle'), telling(3000, 'processing'), telling(4000, 'idle')];
    const { states } = scoreOf([{ truth, told, end: 7100 }]);
    expect(
      states.map(({ state, phases, detected, right, instead, detect }) => [
        `${state} ${detected}/${phases} ${right}`,
        instead,
        detect.p50,
      ]),
    ).toEqual([
      ['completed 0/2 0', { idle: 75 }, null],
      ['idle 1/1 25', {}, 0],
      // Late by a second, then right for one, then wrong for half a second.
      ['processing 1/1 50', { idle: 25 }, 1000],
    ]);
  });

  test('takes what is told of a moment between two equal states for late, and not for wrong', () => {
    const between = [
      { at: 0, status: 'completed' },
      { at: 5000, status: null },
      { at: 6000, status: 'processing' },
      { at: 6015, status: 'completed' },
    ] as const;
    const told = [telling(0, 'completed'), telling(6200, 'processing'), telling(7400, 'completed')];
    const [completed] = scoreOf([{ truth: between, told, end: 9015 }]).states;
    // The samples until its telling are left out, as of any other that is late.
    expect(completed).toMatchObject({ phases: 2, detected: 2, instead: {}, detect: { p99: 1385 } });
    const never = [telling(0, 'completed'), telling(6200, 'processing')];
    expect(scoreOf([{ truth: between, told: never, end: 9015 }]).states[0]!.instead).toEqual({
      processing: expect.any(Number),
    });
  });

  test('counts what is told too late as wrong, and what is neither old nor new meanwhile', () => {
    const long = [
      { at: 0, status: 'idle' },
      { at: 1000, status: 'processing' },
    ] as const;
    const tooLate = [telling(0, 'idle'), telling(4100, 'processing')];
    expect(scoreOf([{ truth: long, told: tooLate, end: 5000 }]).states[1]).toMatchObject({
      right: 45,
      instead: { idle: 130 },
    });
    const elsewhere = [telling(0, 'idle'), telling(1100, 'error'), telling(2000, 'processing')];
    expect(scoreOf([{ truth: long, told: elsewhere, end: 5000 }]).states[1]).toMatchObject({
      right: 150,
      instead: { error: 25 },
    });
  });

  test('takes the 99th of a hundred delays, and the middle one', () => {
    const watched = Array.from({ length: 100 }, (_, n) => ({
      truth: [{ at: 0, status: 'processing' as const }],
      told: [telling(n + 1, 'processing')],
      end: 1000,
    }));
    expect(scoreOf(watched)).toMatchObject({ detect: { p50: 50, p99: 99 } });
  });
});
