import { describe, expect, test } from 'vitest';
import { truthOf } from './timeline.ts';

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

  test('goes on with the request that its answer led to, also when who answered hears of it later', () => {
    const requests = [request(20, 'shell', 30), request(60, 'text', 70)];
    const marks = [
      { at: 50, what: 'deciding' },
      { at: 90, what: 'answered' },
    ] as const;
    expect(told(truthOf(requests, marks, true))).toEqual([
      '20 processing',
      '30 waiting_user_answer',
      '50 null',
      '60 processing',
      '70 completed',
    ]);
  });

  test('is open after a request that failed, until the model or a person is heard again', () => {
    const failed = [request(20, 'error', 30)];
    expect(told(truthOf(failed, [], true))).toEqual(['20 processing', '30 null']);
    expect(told(truthOf([...failed, request(500, 'error', 510)], [], true))).toEqual([
      '20 processing',
      '510 null',
    ]);
    const stopped = [
      { at: 90, what: 'stopped' },
      { at: 100, what: 'pasted' },
    ] as const;
    expect(told(truthOf(failed, stopped, true))).toEqual(['20 processing', '30 null', '90 idle', '100 null']);
  });
});
