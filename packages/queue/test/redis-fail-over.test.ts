import { expect, it } from 'vitest';
import { startCluster } from '../../../test/support/redis-cluster.ts';
import { startSentinels } from '../../../test/support/redis-sentinel.ts';
import { bell, open, recorder, ringUntilTaken } from './backends.ts';

const mail = bell('mail');

it('rings on at the new master when sentinels replace a killed one, and again at the next', async () => {
  await using redis = await startSentinels();
  await using queues = await open({ ...redis, backend: { kind: 'redis', url: redis.url } });
  const calls = recorder<string>();
  for (const host of ['host-a', 'host-b'])
    await queues.serve(host, [mail], async (_kind, id) => calls.note(`${host} ${id}`));
  for (const round of ['first', 'second']) {
    const old = await redis.killMaster();
    const died = performance.now();
    for (const host of ['host-a', 'host-b']) {
      await ringUntilTaken(() => queues.ring(host, mail, round));
      while (!calls.seen.includes(`${host} ${round}`)) await calls.until(calls.seen.length + 1);
    }
    expect(performance.now() - died).toBeLessThan(15_000);
    expect(await redis.masterPort()).not.toBe(old);
    await queues.ping();
    // The killed one comes back as the replica of the one that took its place.
    await redis.start();
  }
});

it('rings on when the cluster node that has the bells is killed and comes back', async () => {
  await using redis = await startCluster();
  await using queues = await open({ ...redis, backend: { kind: 'redis', url: redis.url } });
  const calls = recorder<string>();
  await queues.serve('host-a', [mail], async (_kind, id) => calls.note(id));
  await queues.ring('host-a', mail, 'before');
  await calls.until(1);
  const node = await redis.killOwnerOf('{cao}');
  const start = performance.now();
  expect(await queues.ring('host-a', mail, 'during')).toBe(false);
  expect(performance.now() - start).toBeLessThan(700);
  await expect(queues.ping()).rejects.toMatchObject({ code: 'unavailable' });
  await node.start();
  await redis.whole();
  await ringUntilTaken(() => queues.ring('host-a', mail, 'after'));
  while (!calls.seen.includes('after')) await calls.until(calls.seen.length + 1);
});
