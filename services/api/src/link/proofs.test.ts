import { expect, test, vi } from 'vitest';
import { makeProofs } from './proofs.ts';

test('whoever waits for the proof of a message hears of that one', async () => {
  vi.useFakeTimers();
  try {
    const proofs = makeProofs();
    const waiting = proofs.within(30, 't', 2);
    const late = proofs.within(30, 'u', 1);
    proofs.came('t', 1);
    proofs.came('u', 2);
    proofs.came('t', 2);
    expect(await waiting).toBe(true);
    await vi.advanceTimersByTimeAsync(30);
    expect(await late).toBe(false);
    proofs.came('u', 1); // nobody waits any more
  } finally {
    vi.useRealTimers();
  }
});
