import { expect, test } from 'vitest';
import { makeSlots } from './slots.ts';

test('so many at a time, in the order of asking, and one that fails gives its place back', async () => {
  const slots = makeSlots(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const all = ends.map(({ promise }, nth) =>
    slots.run(() => {
      begun.push(nth);
      return promise;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  ends[1]!.reject(new Error('no'));
  await expect(all[1]).rejects.toThrow('no');
  expect(begun).toEqual([0, 1, 2]);
  ends[0]!.resolve(0);
  await expect(all[0]).resolves.toBe(0);
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]!.resolve(2);
  ends[3]!.resolve(3);
  expect(await Promise.all(all.slice(2))).toEqual([2, 3]);
});
