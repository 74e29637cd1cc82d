import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeProofs } from './proofs.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('whoever waits for the proof of a message hears of that one, also when it came before he asked', async () => {
  const proofs = makeProofs();
  const proof = proofs.watch('t', 2);
  const other = proofs.watch('u', 1);
  for (const [terminal, seq] of [
    ['t', 1],
    ['u', 2],
    ['t', 2],
  ] as const) {
    proofs.came(terminal, seq);
    proofs.settled(terminal, seq);
  }
  expect(await proof.within(30)).toBe(true);
  const late = other.within(30);
  await vi.advanceTimersByTimeAsync(30);
  expect(await late).toBe(false);
  proofs.came('u', 1); // nobody waits any more
});

test('one that came in time is waited for until it is committed, and a commit that does not come holds up nobody', async () => {
  const proofs = makeProofs();
  const waiting = proofs.watch('t', 1).within(30);
  const given = proofs.watch('u', 1).within(30);
  await vi.advanceTimersByTimeAsync(29);
  proofs.came('t', 1);
  proofs.came('u', 1);
  await vi.advanceTimersByTimeAsync(1_900);
  proofs.settled('t', 1);
  expect(await waiting).toBe(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(await given).toBe(false);
});

test('a message that is watched no more is forgotten, and one that is sent once more is watched anew', async () => {
  const proofs = makeProofs();
  {
    using first = proofs.watch('t', 1);
    proofs.came('t', 1);
    proofs.settled('t', 1);
    expect(await first.within(30)).toBe(true);
  }
  using second = proofs.watch('t', 1);
  const again = second.within(30);
  await vi.advanceTimersByTimeAsync(30);
  expect(await again).toBe(false);
});
