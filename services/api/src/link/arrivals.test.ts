import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { makeArrivals } from './arrivals.ts';

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

/** Whether what waits goes on now. */
async function isSettled(settled: Promise<void>): Promise<boolean> {
  let is = false;
  void settled.then(() => {
    is = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  return is;
}

const come = (arrivals: ReturnType<typeof makeArrivals>, count: number) => {
  for (let n = 0; n < count; n++) arrivals.came();
};

test('a few hosts hold up nothing', async () => {
  const arrivals = makeArrivals();
  come(arrivals, 8);
  expect(await isSettled(arrivals.settled())).toBe(true);
});

test('what waits for a rush to end goes on when few have just come', async () => {
  const arrivals = makeArrivals();
  come(arrivals, 8);
  await vi.advanceTimersByTimeAsync(200);
  come(arrivals, 1);
  const settled = arrivals.settled();
  expect(await isSettled(settled)).toBe(false);
  await vi.advanceTimersByTimeAsync(49);
  expect(await isSettled(settled)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await isSettled(settled)).toBe(true);
});

test('a rush that does not end holds up nobody for more than three seconds', async () => {
  const arrivals = makeArrivals();
  come(arrivals, 9);
  const settled = arrivals.settled();
  for (let n = 0; n < 30; n++) {
    expect(await isSettled(settled)).toBe(false);
    come(arrivals, 9);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(await isSettled(settled)).toBe(true);
});
