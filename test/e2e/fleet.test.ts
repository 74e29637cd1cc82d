import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figures } from '../fleet/run.ts';
import { ROOT } from '../support/stack/root.ts';

const HOSTS = 20;
const TERMINALS = 3;

const fleet = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    '--conditions=@cao/source',
    join(ROOT, 'test/fleet/main.ts'),
    ...args,
  ]);

it('a small fleet is filled and no fuller, takes every message, and comes back whole after a kill of its api', async () => {
  const size = ['--hosts', String(HOSTS), '--terminals', String(TERMINALS), '--rate', '20', '--seconds', '1'];
  const { stdout } = await fleet(...size, '--json');
  const figures = JSON.parse(stdout) as Figures & { simulated: string };
  expect(figures.simulated).toBe('hosts and terminals');
  expect(figures.launch).toMatchObject({ terminals: HOSTS * TERMINALS, over_committed: 0, waiting: 15 });
  expect(figures.load.sent).toBe(20);
  expect(figures.limit.sent).toBeGreaterThan(0);
  expect(figures.storm.unlinked).toBe(HOSTS);
  const welcomed = figures.storm.welcomed_per_s.reduce((sum, count) => sum + count, 0);
  expect(welcomed).toBe(HOSTS);
});

it('a number that is none is refused, with what is allowed', async () => {
  await expect(fleet('--hosts', 'many')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--hosts is a whole number from 1 on, and not many/),
  });
});
