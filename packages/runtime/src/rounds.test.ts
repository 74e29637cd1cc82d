import { expect, test } from 'vitest';
import { inRounds } from './rounds.ts';

/** Rounds that end when they are told to. */
function rounds() {
  const begun: PromiseWithResolvers<void>[] = [];
  const ask = inRounds(() => {
    const end = Promise.withResolvers<void>();
    begun.push(end);
    return end.promise;
  });
  return { begun, ask };
}

/** Whatever is ready to go on has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('who asks while a round is under way shares the next one, which begins when that one has ended', async () => {
  const { begun, ask } = rounds();
  const first = ask();
  await settled();
  const others = [ask(), ask(), ask()];
  await settled();
  expect(begun).toHaveLength(1);
  begun[0]!.resolve();
  await first;
  await settled();
  expect(begun).toHaveLength(2);
  const late = ask();
  begun[1]!.resolve();
  await Promise.all(others);
  await settled();
  expect(begun, 'who asks after it began has another one').toHaveLength(3);
  begun[2]!.resolve();
  await late;
});

test('a round that fails fails for those who share it, and not for the next', async () => {
  const { begun, ask } = rounds();
  const sharing = [ask(), ask()].map((asked) => asked.catch(String));
  await settled();
  const next = ask();
  begun[0]!.reject(new Error('no'));
  expect(await Promise.all(sharing)).toEqual(['Error: no', 'Error: no']);
  await settled();
  begun[1]!.resolve();
  await next;
});
