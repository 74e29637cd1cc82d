import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../support/stack/service-process.ts';

const fleet = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    '--conditions=@cao/source',
    join(ROOT, 'test/fleet/main.ts'),
    ...args,
  ]);

it('a number that is none is refused, with what is allowed', async () => {
  await expect(fleet('--hosts', 'many')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--hosts is a whole number from 1 on, and not many/),
  });
});
