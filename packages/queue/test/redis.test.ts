import { type Logger, silentLogger } from '@cao/runtime';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { startCluster } from '../../../test/support/redis-cluster.ts';
import { startSentinels } from '../../../test/support/redis-sentinel.ts';
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

it.each([
  ['one Redis', privateRedis],
  ['sentinels', startSentinels],
  ['a cluster', startCluster],
])('tells the other processes what is rung, on %s, and passes over what is none', async (_name, start) => {
  await using redis = await start();
  const backend = { kind: 'redis', url: redis.url } as const;
  await using mine = await open({ ...redis, backend });
  await using other = await open({ ...redis, backend });
  await using stranger = await open({ ...redis, backend: { ...backend, prefix: '{else}' } });
  const heard = recorder<string>();
  other.hear(({ hostId, bell: kind, id }) => heard.note(`${hostId} ${kind} ${id}`));
  // Only what is told once it listens is heard: told until then.
  const first = heard.until(1);
  const again = setInterval(() => mine.tell({ hostId: 'h1', bell: 'mail', id: 't1' }), 20);
  await first;
  clearInterval(again);
  stranger.tell({ hostId: 'h1', bell: 'mail', id: 'strange' });
  mine.tell({ hostId: 'h1', bell: 'mail', id: '../x' });
  mine.tell({ hostId: 'h1', bell: 'close', id: 't2' });
  while (!heard.seen.includes('h1 close t2')) await heard.until(heard.seen.length + 1);
  expect(new Set(heard.seen)).toEqual(new Set(['h1 mail t1', 'h1 close t2']));
});

/** What a start says of a Redis that is set up in some other way. */
async function startOn(settings: Record<string, string>) {
  await using redis = await privateRedis();
  const client = new Redis(redis.url);
  for (const [name, value] of Object.entries(settings)) await client.config('SET', name, value);
  client.disconnect();
  const lines: string[] = [];
  const warn: Logger['warn'] = (_fields: unknown, message?: string) => void lines.push(message ?? '');
  const telling: Logger = Object.assign(Object.create(silentLogger) as Logger, {
    warn,
    child: () => telling,
  });
  try {
    await using queues = await open({ ...redis, backend: { kind: 'redis', url: redis.url } }, telling);
    return { lines, findings: await queues.inspect() };
  } catch (refused) {
    return { lines, refused };
  }
}

it('starts in silence on a Redis that is set up as it should be', async () => {
  expect(await startOn({})).toEqual({ lines: [], findings: [] });
});

it('starts without an append-only file and says what that costs', async () => {
  const { lines, findings } = await startOn({ appendonly: 'no' });
  expect(lines).toEqual([expect.stringMatching(/append-only file is off.*Nothing is lost but time/)]);
  expect(findings).toMatchObject([{ severity: 'warning', next: expect.stringContaining('appendonly yes') }]);
});

it('does not start on a Redis that may evict parts of queues, and says what mends it', async () => {
  expect(await startOn({ 'maxmemory-policy': 'allkeys-lru' })).toMatchObject({
    refused: {
      code: 'unavailable',
      message: expect.stringMatching(/allkeys-lru.*CONFIG SET maxmemory-policy noeviction/),
    },
  });
});

it('starts on a Redis that does not tell how it is set up, and says so', async () => {
  await using redis = await privateRedis();
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'default', '-info', '-config');
  admin.disconnect();
  await using queues = await open({ ...redis, backend: { kind: 'redis', url: redis.url } });
  await queues.ping();
  expect(await queues.inspect()).toMatchObject([
    { severity: 'unknown', what: expect.stringContaining('NOPERM') },
  ]);
});
