import { expect, test } from 'vitest';
import { runInClone } from '../src/dev/clone.ts';
import { cao } from './support/cao.ts';

test('the corpora are scored by the program of the clone, and its document is the only one', async () => {
  const { code, stdout, stderr } = await cao(['dev', 'score', '--provider', 'claude_code', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, scored: [{ provider: 'claude_code', ok: true }] });
});

test('a provider without a corpus says why', async () => {
  const { code, stdout } = await cao(['dev', 'score', '--provider', 'kiro']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'kiro: no corpus: it was never run here, and its screens are drawn by hand\n',
  });
});

test('what the program refuses it says itself, and its exit code is that of cao', async () => {
  const { code, stdout, stderr } = await cao(['dev', 'record', '--provider', 'kiro']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^--provider kiro: allowed are claude_code, /);
  expect(stderr).not.toContain('error:');
});

test('outside of a clone it says that it needs one', async () => {
  await expect(runInClone('not-there.ts', [], new AbortController().signal)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('for developers of CAO'),
    next: expect.stringContaining('clone'),
  });
});
