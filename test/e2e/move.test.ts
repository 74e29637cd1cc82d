import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRemote } from '../support/stack/remote.ts';
import type { ServiceProcess } from '../support/stack/service-process.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** A look of the sweep is in it, for bells that died with who would have heard them. Units: ms. */
const MOVED_MS = 100_000;

/** An agent in a worktree of its own that is sent from host to host. */
async function anAgent(stack: Stack, repo: string) {
  const { terminal } = await stack.client.sessions.create({
    body: { agent_profile: 'developer', provider: 'scripted', session_name: 'moves', repo, on_close: 'push' },
  });
  const { id } = terminal;
  let epoch = 1;
  const now = async () => (await stack.client.terminals.get({ params: { id } })).terminal;
  const lives = () =>
    stack.event(
      `it lives for the time ${epoch}`,
      (event) => event.kind === 'terminal.live' && event.terminal_id === id && event.data.epoch === epoch,
      MOVED_MS,
    );
  await lives();
  return {
    id,
    hostOf: async () => {
      const { host_name } = await now();
      return stack.hosts.find(({ name }) => name === host_name)!;
    },
    async writes(file: string) {
      const { message } = await stack.client.terminals.send({
        params: { id },
        body: { text: `[[write ${file} by hand]] [[say done]]` },
      });
      await stack.client.terminals.waitMessage({ params: { id: message.id }, query: {} });
    },
    /** Off its host. @returns what was told of that, and how to read what it has where it came to. */
    async moves(meanwhile: () => Promise<void> = async () => {}) {
      const { host_name: from } = await now();
      epoch += 1;
      await stack.cao(['host', 'drain', from!]);
      await meanwhile();
      const { data } = await lives();
      await stack.cao(['host', 'uncordon', from!]);
      expect((await now()).host_name).not.toBe(from);
      const { workspaces } = await stack.client.workspaces.list({ query: {} });
      const { path } = workspaces.find(({ in_use }) => in_use)!;
      return { note: String(data.note), has: (file: string) => readFileSync(join(path, file), 'utf8') };
    },
  };
}

test('an agent that leaves its host takes along what it had not pushed, and brings it back', async () => {
  using remote = makeRemote();
  await using stack = await withStack({ hosts: 2 });
  const agent = await anAgent(stack, remote.url);
  await agent.writes('one');
  const there = await agent.moves();
  expect(there.note).toContain('its conversation does not come along');
  expect(there.note).toContain('its unpushed work comes along');
  expect(there.has('one')).toBe('by hand');
  await agent.writes('two');
  const back = await agent.moves();
  expect([back.has('one'), back.has('two')]).toEqual(['by hand', 'by hand']);
  await stack.client.sessions.shutdown({ params: { name: 'moves' }, query: {} });
  await stack.event(
    'it is closed',
    ({ kind, data }) => kind === 'terminal.closed' && data.workspace_did === 'pushed',
  );
  for (const file of ['one', 'two'])
    expect(remote.git('show', `cao/cao-moves/${agent.id}:${file}`)).toBe('by hand');
});

test('whoever dies on the way, it arrives with its work', { timeout: 300_000 }, async () => {
  using remote = makeRemote();
  await using stack = await withStack({ hosts: 2 });
  const agent = await anAgent(stack, remote.url);
  /** It ends where that is reached, and begins again. */
  const dieAt = async (process: ServiceProcess, point: string) => {
    await process.kill('SIGTERM');
    await process.start({ CAO_FAILPOINTS: `${point}=kill` });
    return async () => {
      await process.ended();
      await process.start();
    };
  };
  const here = async () => (await agent.hostOf()).agent;
  const there = async () => {
    const now = await agent.hostOf();
    return stack.hosts.find((host) => host !== now)!.agent;
  };

  await agent.writes('one');
  const one = await agent.moves(await dieAt(await here(), 'agent.checkpoint.after-make'));
  expect(one.has('one')).toBe('by hand');
  await agent.writes('two');
  const two = await agent.moves(await dieAt(stack.api, 'api.checkpoint.before-commit'));
  expect(two.has('two')).toBe('by hand');
  await agent.writes('three');
  const three = await agent.moves(await dieAt(await there(), 'agent.checkpoint.after-arrival'));
  expect(three.has('three')).toBe('by hand');
});
