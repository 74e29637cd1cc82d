import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../support/stack/root.ts';

const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    '--conditions=@cao/source',
    join(ROOT, 'test/bench/main.ts'),
    ...args,
  ]);

it('the bench measures on a stack of its own and prints its figures as JSON, and nothing else', async () => {
  const { stdout } = await bench('--quick', '--only', 'post_time', '--json');
  expect(JSON.parse(stdout)).toEqual([
    {
      name: 'post_time',
      unit: 'ms',
      p50: expect.any(Number),
      p99: expect.any(Number),
      target: 'p50 ≤ 10',
      ok: expect.any(Boolean),
      n: 50,
    },
  ]);
});

it('a bench that does not exist is named, with those that do', async () => {
  await expect(bench('--only', 'nothing')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no bench nothing; there are message_embedded, .*post_time/),
  });
});
