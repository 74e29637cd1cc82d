import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { missingFrom } from './complete.mjs';

test('package-lock.json has the binaries of every platform; if not: node infra/lockfile/complete.mjs', async () => {
  const lock = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8'));
  expect([...missingFrom(lock.packages).keys()]).toEqual([]);
});

test('one that is missing is found, and one in a folder above is not missed', () => {
  const missing = missingFrom({
    'node_modules/a': { optionalDependencies: { 'a-darwin-x64': '1.0.0' } },
    'node_modules/b/node_modules/c': { optionalDependencies: { 'c-linux-x64': '2.0.0' } },
    'node_modules/c-linux-x64': {},
  });
  expect([...missing]).toEqual([['a-darwin-x64', { version: '1.0.0', dev: undefined }]]);
});
