import { expect, test } from 'vitest';
import { awakeTime } from './awake-time.ts';

let now = 0;
const lookAfter = (time: ReturnType<typeof awakeTime>, ms: number, holds = true) => {
  now += ms;
  return time.look(holds);
};

test('it counts from the first look at which it holds, and anew once it did not', () => {
  const time = awakeTime(2_000, () => now);
  expect(lookAfter(time, 500)).toBe(0);
  expect(lookAfter(time, 1_000)).toBe(1_000);
  expect(lookAfter(time, 1_000)).toBe(2_000);
  expect(lookAfter(time, 1_000, false)).toBe(0);
  expect(lookAfter(time, 1_000)).toBe(0);
  expect(lookAfter(time, 1_000)).toBe(1_000);
});

test('ten minutes in which nobody could look are not ten minutes', () => {
  const time = awakeTime(2_000, () => now);
  lookAfter(time, 0);
  expect(lookAfter(time, 600_000)).toBe(2_000);
});
