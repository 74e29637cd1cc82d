import { execFileSync, spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { deliver, startAgent } from '../support/stack/agents.ts';
import { withStack } from '../support/stack/with-stack.ts';

const HOGS = 8;
const SPIN = 'while :; do :; done';
/** Longer than the silence that would make a host suspect. Units: ms. */
const BUSY_MS = 14_000;

test('a host whose processor is taken by eight others is never suspect, and its agents go on', async () => {
  await using stack = await withStack({ hosts: 1 });
  const agent = await startAgent(stack, 'squeezed');
  // All on one processor where that can be said, so that it is this host that has nothing left, and not the machine.
  const processor = String(cpus().length - 1);
  const canPin = process.platform === 'linux';
  if (canPin) execFileSync('taskset', ['-a', '-p', '-c', processor, String(agent.host.agent.pid)]);
  const hogs = Array.from({ length: HOGS }, () =>
    spawn('sh', ['-c', canPin ? `exec taskset -c ${processor} sh -c '${SPIN}'` : SPIN], { stdio: 'ignore' }),
  );
  onTestFinished(() => {
    for (const hog of hogs) hog.kill('SIGKILL');
  });

  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < BUSY_MS) await deliver(stack, agent.id, `message ${++sent}`);

  expect(sent).toBeGreaterThan(1);
  expect(stack.events.all().filter(({ kind }) => kind === 'host.offline')).toEqual([]);
  expect((await stack.client.hosts.get({ params: { ref: agent.host.name } })).host.state).toBe('online');
});
