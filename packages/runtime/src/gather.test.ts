import { expect, onTestFinished, test, vi } from 'vitest';
import { ALONE, gather } from './gather.ts';

type Answer = string | Error | typeof ALONE;

/** Goes that end when they are told to, each thing with its own text unless something else is said. */
function goes({ most = 10, atOnce = 1, undone = true, retries = 0, sizeOf = (_: string): number => 0 } = {}) {
  const begun: { things: readonly string[]; end: PromiseWithResolvers<readonly Answer[]> }[] = [];
  const ask = gather<string, string>(
    (things) => {
      const end = Promise.withResolvers<readonly Answer[]>();
      begun.push({ things, end });
      return end.promise;
    },
    { most, atOnce, isUndone: () => undone, retries, sizeOf },
  );
  const end = async (nth: number, answers: readonly Answer[] = begun[nth]!.things) => {
    begun[nth]!.end.resolve(answers);
    await settled();
  };
  const fail = async (nth: number) => {
    begun[nth]!.end.reject(new Error(`go ${nth} failed`));
    await settled();
  };
  return { ask: (thing: string) => ask(thing).catch(String), begun, end, fail };
}

/** Whatever is ready to go on has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('nobody waits while a go is free, and who asks meanwhile shares the next one', async () => {
  const { ask, begun, end } = goes({ most: 2 });
  const answers = Promise.all(['a', 'b', 'c', 'd'].map(ask));
  for (const [nth, things] of [['a'], ['b', 'c'], ['d']].entries()) {
    expect(begun).toHaveLength(nth + 1);
    expect(begun[nth]!.things).toEqual(things);
    await end(nth);
  }
  expect(await answers).toEqual(['a', 'b', 'c', 'd']);
});

test('as many goes are under way as are allowed', () => {
  const { ask, begun } = goes({ atOnce: 2 });
  for (const thing of ['a', 'b', 'c']) void ask(thing);
  expect(begun.map(({ things }) => things)).toEqual([['a'], ['b']]);
});

test('what is large has company only as far as one go may come to', async () => {
  const sizes: Record<string, number> = { b: 600_000, c: 400_000, d: 100_000, e: 2_000_000, f: 1 };
  const { ask, begun, end } = goes({ sizeOf: (thing) => sizes[thing] ?? 0 });
  const answers = Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(ask));
  for (const [nth, things] of [['a'], ['b', 'c'], ['d'], ['e'], ['f']].entries()) {
    expect(begun[nth]!.things).toEqual(things);
    await end(nth);
  }
  expect(await answers).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('one is refused and one is done alone, and the others have their outcome; the next go waits for neither', async () => {
  const { ask, begun, end } = goes();
  const answers = Promise.all(['a', 'b', 'c', 'd'].map(ask));
  await end(0);
  const late = ask('e');
  await end(1, [new Error('not you'), ALONE, 'done']);
  expect(begun.slice(2).map(({ things }) => things)).toEqual([['c'], ['e']]);
  await end(3);
  expect(await late).toBe('e');
  await end(2, ['alone']);
  expect(await answers).toEqual(['a', 'Error: not you', 'alone', 'done']);
});

test('what was left alone is tried in the next company before who asked later, and at last alone', async () => {
  const { ask, begun, end } = goes({ retries: 1 });
  const answers = Promise.all(['a', 'b', 'c'].map(ask));
  await end(0);
  const late = ask('d');
  await end(1, ['done', ALONE]);
  expect(begun[2]!.things).toEqual(['c', 'd']);
  const last = ask('e');
  await end(2, [ALONE, 'd']);
  expect(
    begun.slice(3).map(({ things }) => things),
    'alone it holds up nobody',
  ).toEqual([['c'], ['e']]);
  await end(4);
  await end(3, ['c at last']);
  expect(await Promise.all([answers, late, last])).toEqual([['a', 'done', 'c at last'], 'd', 'e']);
});

test('what was left alone and has no company any more is done at once', async () => {
  const { ask, begun, end } = goes({ retries: 5 });
  const answers = Promise.all(['a', 'b', 'c'].map(ask));
  await end(0);
  await end(1, ['done', ALONE]);
  expect(begun[2]!.things).toEqual(['c']);
  const late = ask('d');
  expect(begun[3]!.things, 'nobody waits for what is done alone').toEqual(['d']);
  await end(3);
  expect(await late).toBe('d');
  await end(2);
  expect(await answers).toEqual(['a', 'done', 'c']);
});

test('what a go left alone that had given its place back is tried again all the same', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { ask, begun, end } = goes({ retries: 1 });
  const answers = Promise.all(['a', 'b', 'c'].map(ask));
  await end(0);
  vi.advanceTimersByTime(250);
  await end(1, [ALONE, ALONE]);
  expect(begun[2]!.things).toEqual(['b', 'c']);
  await end(2);
  expect(await answers).toEqual(['a', 'b', 'c']);
});

test('a go that failed without a trace is done again, each alone', async () => {
  const { ask, begun, end, fail } = goes();
  const answers = Promise.all(['a', 'b', 'c'].map(ask));
  await end(0);
  await fail(1);
  expect(begun.slice(2).map(({ things }) => things)).toEqual([['b'], ['c']]);
  await fail(2);
  await end(3);
  expect(await answers).toEqual(['a', 'Error: go 2 failed', 'c']);
});

test('of a go that may have happened nothing is done again', async () => {
  const { ask, begun, end, fail } = goes({ undone: false });
  const answers = Promise.all(['a', 'b', 'c'].map(ask));
  await end(0);
  await fail(1);
  expect(begun).toHaveLength(2);
  expect(await answers).toEqual(['a', 'Error: go 1 failed', 'Error: go 1 failed']);
});

test('what is alone cannot be sent away to be done alone', async () => {
  const { ask, end } = goes();
  const answer = ask('a');
  await end(0, [ALONE]);
  expect(await answer).toMatch(/refused for its company/);
});

test('a go that waits for somebody holds up nobody', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { ask, begun, end } = goes();
  const slow = ask('a');
  const next = ask('b');
  vi.advanceTimersByTime(249);
  expect(begun).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(begun).toHaveLength(2);
  await end(1);
  expect(await next).toBe('b');
  await end(0);
  expect(await slow).toBe('a');
  const [third, fourth] = [ask('c'), ask('d')];
  expect(begun, 'the slow one has given its place back once').toHaveLength(3);
  await end(2);
  await end(3);
  expect(await Promise.all([third, fourth])).toEqual(['c', 'd']);
});
