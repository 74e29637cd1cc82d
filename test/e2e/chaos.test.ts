import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../support/stack/root.ts';

/** Ended before the test is, so that its progress is there to be read. Units: ms. */
const ENDED_MS = 360_000;

const chaos = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    ['--conditions=@cao/source', join(ROOT, 'test/chaos/main.ts'), ...args],
    { timeout: ENDED_MS },
  );

/** What it says where it failed is its progress on stderr, which names the folder with the evidence. */
test('500 messages and a dozen faults: nothing is lost, doubled, reordered, answered wrongly or left open', {
  timeout: 400_000,
}, async () => {
  const run = await chaos('--messages', '500', '--terminals', '4', '--json').catch(
    (failed: { stdout: string; stderr: string }) => failed,
  );
  expect(run.stdout, run.stderr).not.toBe('');
  const result = JSON.parse(run.stdout);
  console.error(run.stderr);
  expect(result).toMatchObject({
    ok: true,
    seed: 1,
    hosts: 3,
    open: 0,
    lost: 0,
    doubled: 0,
    reordered: 0,
    garbled: 0,
    dead_but_taken: 0,
    senders_not_told: 0,
    dialogs_answered: 0,
    wrong_results: 0,
    second_workers: 0,
    two_programs: 0,
    open_tasks: 0,
    not_recovered: 0,
    crashes: 0,
  });
  expect(result.sent).toBeGreaterThanOrEqual(500);
  expect(result.accepted + result.dead).toBe(result.sent);
  expect(Object.keys(result.faults).length).toBeGreaterThanOrEqual(12);
});

test('a word that it does not know is named, with what it knows', async () => {
  await expect(chaos('--malice', 'kindness=1')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/"kindness=1" is not one of .*swallow_enter[\s\S]*--messages N/),
  });
});
