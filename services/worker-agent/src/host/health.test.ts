import { tmpdir } from 'node:os';
import type { HostHealth } from '@cao/contracts';
import { silentLogger } from '@cao/runtime';
import { expect, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { isNews, measureHealth } from './health.ts';

const health = {
  memory_mb: 16_000,
  memory_free_mb: 8_000,
  disk_free_mb: 50_000,
  load: 1,
  cores: 4,
  disk: null,
};

test('what a machine has left is measured', async () => {
  const disk = watchDisk(tmpdir(), silentLogger);
  const now = await measureHealth(tmpdir(), disk);
  expect(now.memory_free_mb).toBeGreaterThan(0);
  expect(now.memory_free_mb).toBeLessThanOrEqual(now.memory_mb);
  expect(now.disk_free_mb).toBeGreaterThan(0);
  expect(now.cores).toBeGreaterThan(0);
});

const full = { condition: 'disk_full', since: '2026-01-02T03:04:05.000Z', events: 0, records: 0 } as const;

test.each<[string, Partial<HostHealth>, boolean]>([
  ['a little memory', { memory_free_mb: 8_100 }, false],
  ['half the memory', { memory_free_mb: 4_000 }, true],
  ['a file', { disk_free_mb: 49_990 }, false],
  ['most of the disk', { disk_free_mb: 5_000 }, true],
  ['a burst', { load: 1.4 }, false],
  ['many busy programs', { load: 8 }, true],
  ['a disk that takes nothing', { disk: full }, true],
])('%s is news or not', (_what, change, news) => {
  expect(isNews(health, { ...health, ...change })).toBe(news);
});
