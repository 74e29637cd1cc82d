import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeProofs } from './proofs.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('whoever waits for the proof of a message hears of that one', async () => {
  const proofs = makeProofs();
  const waiting = proofs.within(30, 't', 2);
  const late = proofs.within(30, 'u', 1);
  proofs.settled('t', 1);
  proofs.settled('u', 2);
  proofs.settled('t', 2);
  expect(await waiting).toBe(true);
  await vi.advanceTimersByTimeAsync(30);
  expect(await late).toBe(false);
  proofs.settled('u', 1); // nobody waits any more
});

test('one that came in time is waited for until it is committed, whether it came before or after somebody asked', async () => {
  const proofs = makeProofs();
  proofs.came('t', 1);
  const before = proofs.within(30, 't', 1);
  const after = proofs.within(30, 'u', 1);
  await vi.advanceTimersByTimeAsync(29);
  proofs.came('u', 1);
  await vi.advanceTimersByTimeAsync(1_000);
  proofs.settled('t', 1);
  proofs.settled('u', 1);
  expect(await Promise.all([before, after])).toEqual([true, true]);
});

test('a commit that does not come holds up nobody', async () => {
  const proofs = makeProofs();
  const waiting = proofs.within(30, 't', 1);
  proofs.came('t', 1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await waiting).toBe(false);
});
