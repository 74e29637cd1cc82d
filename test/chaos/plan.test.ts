import { expect, test } from 'vitest';
import { allKinds, planOf } from './plan.ts';

const options = { seed: 7, messages: 10_000, faults: 120, scale: 1, without: [] } as const;

test('the same seed is the same plan, and another one is another', () => {
  expect(planOf(options)).toEqual(planOf(options));
  expect(planOf({ ...options, seed: 8 })).not.toEqual(planOf(options));
});

test('every kind of fault comes, but for what this machine cannot do, and all of them while there is mail', () => {
  const kindsOf = (plan: ReturnType<typeof planOf>) =>
    new Set(plan.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  const plan = planOf(options);
  expect(plan.flatMap(({ faults }) => faults).length).toBeGreaterThanOrEqual(120);
  expect(kindsOf(plan)).toEqual(new Set(allKinds));
  expect(kindsOf(planOf({ ...options, without: ['clock_jump'] })).has('clock_jump')).toBe(false);
  const after = plan.map((blow) => blow.after);
  expect(after).toEqual(after.toSorted((a, b) => a - b));
  expect(after.at(-1)).toBeLessThan(options.messages);
});
