import { expect, test } from 'vitest';
import { createRefresher } from './refresher.ts';
import type { FetchKey } from './stale.ts';

/** Fetches that end when the test says so. */
function desk() {
  const asked: FetchKey[] = [];
  const open = new Map<FetchKey, PromiseWithResolvers<void>>();
  const results: unknown[] = [];
  const refresher = createRefresher(
    (key) => {
      asked.push(key);
      const answer = Promise.withResolvers<void>();
      open.set(key, answer);
      return answer.promise;
    },
    (error) => results.push(error),
  );
  /** Ends a fetch and lets the refresher go on. */
  const end = async (key: FetchKey, error?: Error) => {
    const answer = open.get(key)!;
    open.delete(key);
    if (error) answer.reject(error);
    else answer.resolve();
    await answer.promise.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { asked, open, results, refresher, end };
}

test('a key marked often is fetched once, and once more when it was marked while its fetch ran', async () => {
  const { asked, refresher, end } = desk();
  refresher.mark(['hosts', 'hosts']);
  refresher.mark(['hosts']);
  refresher.mark(['hosts']);
  expect(asked).toEqual(['hosts']);
  await end('hosts');
  expect(asked).toEqual(['hosts', 'hosts']);
  await end('hosts');
  expect(asked).toHaveLength(2);
});

test('the lists are fetched alone: after what runs, and before what comes', async () => {
  const { asked, refresher, end } = desk();
  refresher.mark(['terminal:a0000001']);
  refresher.mark(['lists']);
  refresher.mark(['terminal:a0000002']);
  expect(asked).toEqual(['terminal:a0000001']);
  await end('terminal:a0000001');
  expect(asked.slice(1)).toEqual(['lists']);
  await end('lists');
  expect(asked.slice(2)).toEqual(['terminal:a0000002']);
});

test('a flood of terminals becomes one fetch of the lists, but what is looked at is still fetched', async () => {
  const { asked, refresher, end } = desk();
  refresher.mark(['lists']);
  refresher.mark(Array.from({ length: 100 }, (_, n) => `terminal:${n}` as const));
  refresher.mark(['inbox:a0000001']);
  await end('lists');
  expect(asked).toEqual(['lists', 'lists']);
  await end('lists');
  expect(asked).toEqual(['lists', 'lists', 'inbox:a0000001']);
});

test('what failed is told, holds up no other, and is fetched again on retry', async () => {
  const { asked, results, refresher, end } = desk();
  const broken = new Error('broken');
  refresher.mark(['hosts']);
  await end('hosts', broken);
  refresher.mark(['session:cao-one']);
  await end('session:cao-one');
  expect(results).toEqual([broken]);
  refresher.retry();
  expect(asked).toEqual(['hosts', 'session:cao-one', 'hosts']);
  await end('hosts');
  expect(results).toEqual([broken, null]);
});

test('after stop nothing is fetched and nothing is told', async () => {
  const { asked, results, refresher, end } = desk();
  refresher.mark(['hosts']);
  refresher.stop();
  await end('hosts', new Error('aborted'));
  refresher.mark(['lists']);
  expect(asked).toEqual(['hosts']);
  expect(results).toEqual([]);
});
