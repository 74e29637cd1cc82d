import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { privateRedis } from '../../../test/support/services.ts';
import { RING_DEADLINE_MS } from '../src/index.ts';
import { bell, open, recorder } from './backends.ts';

const mail = bell('mail');

it('answers a ring in time although Redis takes it and says nothing, and heeds it when Redis wakes', async () => {
  await using redis = await privateRedis();
  await using queues = await open({ ...redis, backend: { kind: 'redis', url: `unix://${redis.url}` } });
  const calls = recorder<string>();
  await queues.serve('host-a', [mail], async (_kind, id) => calls.note(id));
  await queues.ring('host-a', mail, 'before');
  await calls.until(1);
  redis.pause();
  const start = performance.now();
  expect(await queues.ring('host-a', mail, 'during')).toBe(false);
  expect(performance.now() - start).toBeLessThan(RING_DEADLINE_MS + 200);
  redis.resume();
  expect((await calls.until(2))[1]).toBe('during');
});

it('keeps every key of a stack under its prefix', async () => {
  await using redis = await privateRedis();
  const backend = { kind: 'redis', url: redis.url, prefix: '{stack-a}' } as const;
  await using queues = await open({ ...redis, backend });
  const calls = recorder<string>();
  await queues.every('sweep', bell('sweep'), 'all', 60_000);
  await queues.serve('sweep', [bell('sweep'), mail], async (kind) => calls.note(kind));
  await queues.ring('sweep', mail, 't1');
  await calls.until(2);
  const client = new Redis(redis.url);
  const keys = await client.keys('*');
  client.disconnect();
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !key.startsWith('{stack-a}:sweep:'))).toEqual([]);
});
