import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRemote } from '../support/stack/remote.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

const PROFILE =
  '---\nname: scripted_dev\nprovider: scripted\nrole: developer\n---\nYou do what you are told.\n';

const launch = async (stack: Stack, args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await stack.cao([
    ...['launch', '--agents', 'scripted_dev', '--async', '--json'],
    ...args,
  ]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { terminal: { id: string } }).terminal.id;
};
const turnEnded = (stack: Stack, id: string) =>
  stack.event(`${id} answers`, (event) => event.kind === 'terminal.turn_ended' && event.terminal_id === id);
const closed = (stack: Stack, id: string) =>
  stack.event(`${id} is closed`, (event) => event.kind === 'terminal.closed' && event.terminal_id === id);
const terminal = async (stack: Stack, id: string) =>
  (await stack.client.terminals.get({ params: { id } })).terminal;

test('agents on two hosts work on branches of their own, and what they wrote is on the remote when they end', async () => {
  using remote = makeRemote();
  await using stack = await withStack({ hosts: 2 });
  await stack.client.profiles.put({ params: { name: 'scripted_dev' }, body: { content: PROFILE } });
  const common = ['--repo', remote.url, '--on-close', 'push'];
  const [one, two] = await Promise.all(
    ['one', 'two'].map((name, n) =>
      launch(stack, [
        ...['--session-name', name, '--host', `host-${n + 1}`, ...common],
        `[[write ${name}.txt written by ${name}]] [[say done]]`,
      ]),
    ),
  );
  await Promise.all([turnEnded(stack, one!), turnEnded(stack, two!)]);
  expect((await terminal(stack, one!)).workspace).toEqual({
    repo: remote.url,
    ref: null,
    branch: `cao/cao-one/${one}`,
    on_close: 'push',
    outcome: null,
  });
  const why = await stack.cao(['why', one!]);
  expect(why.stdout).toContain(`branch cao/cao-one/${one} of ${remote.url}`);
  const { hosts } = await stack.client.hosts.list();
  expect(hosts.map(({ warm }) => warm)).toEqual([[remote.url], [remote.url]]);
  const { workspaces } = await stack.client.workspaces.list({ query: {} });
  expect(
    workspaces.map(({ id, in_use, changed, host_name }) => ({ id, in_use, changed, host_name })),
  ).toEqual(
    expect.arrayContaining([
      { id: one, in_use: true, changed: 1, host_name: 'host-1' },
      { id: two, in_use: true, changed: 1, host_name: 'host-2' },
    ]),
  );
  // A replica that holds no link asks the one that does.
  const { client: aside } = await stack.addReplica();
  expect((await aside.workspaces.list({ query: {} })).workspaces).toHaveLength(2);
  expect((await aside.workspaces.list({ query: { host: 'host-2' } })).workspaces).toMatchObject([
    { id: two },
  ]);
  expect(await aside.workspaces.collect({ body: { dry_run: true } })).toMatchObject({
    hosts: [{ host_name: 'host-1' }, { host_name: 'host-2' }],
    away: [],
  });
  await expect(
    aside.workspaces.remove({ params: { id: two! }, query: { force: 'true' } }),
  ).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('a terminal works in'),
  });
  const inUse = await stack.cao(['workspace', 'remove', one!, '--force']);
  expect(inUse).toMatchObject({ code: 5, stderr: expect.stringContaining('a terminal works in') });

  await Promise.all([
    stack.cao(['shutdown', '--session', 'one']),
    stack.client.sessions.shutdown({ params: { name: 'two' }, query: {} }),
  ]);
  for (const [id, name] of [
    [one!, 'one'],
    [two!, 'two'],
  ] as const) {
    expect((await closed(stack, id)).data).toMatchObject({
      workspace_did: 'pushed',
      workspace: `1 commit pushed to cao/cao-${name}/${id}; its worktree is removed`,
    });
    expect(remote.git('show', `cao/cao-${name}/${id}:${name}.txt`)).toBe(`written by ${name}`);
  }
  expect((await stack.client.workspaces.list({ query: {} })).workspaces).toEqual([]);
});

test('a worker goes on from the branch of its requester, in a worktree of its own', async () => {
  using remote = makeRemote();
  await using stack = await withStack({ hosts: 1 });
  await stack.client.profiles.put({
    params: { name: 'scripted_dev' },
    body: { content: PROFILE.replace('role:', `repo: ${remote.url}\nonClose: push\nrole:`) },
  });
  const worker = JSON.stringify({
    agent_profile: 'developer',
    message: '[[write worker.txt by the worker]] [[say done]]',
  });
  const id = await launch(stack, ['--session-name', 'team', `[[call handoff ${worker}]] [[say $1.output]]`]);
  await turnEnded(stack, id);
  const { tasks } = await stack.client.tasks.list({ query: { session: 'team' } });
  await closed(stack, tasks[0]!.worker_id);
  const child = await terminal(stack, tasks[0]!.worker_id);
  expect(child.workspace).toMatchObject({
    branch: `cao/cao-team/${child.id}`,
    on_close: 'push',
    outcome: { did: 'pushed' },
  });
  expect(remote.git('show', `cao/cao-team/${child.id}:worker.txt`)).toBe('by the worker');
});

test('a dying CLI, a ref that is not there, and a worker-agent that is killed lose nothing', async () => {
  using remote = makeRemote();
  await using stack = await withStack({ hosts: 1 });
  const [host] = stack.hosts;
  await stack.client.profiles.put({ params: { name: 'scripted_dev' }, body: { content: PROFILE } });

  const wrong = await launch(stack, ['--session-name', 'wrong', '--repo', remote.url, '--ref', 'nope']);
  expect((await closed(stack, wrong)).data.reason).toBe(
    'could not start: ref: the repository has no branch, tag or commit nope',
  );

  const dies = await launch(stack, [
    ...['--session-name', 'dies', '--repo', remote.url, '--on-close', 'discard'],
    '[[write only-here.txt x]] [[die 3]]',
  ]);
  expect((await closed(stack, dies)).data).toMatchObject({
    workspace_did: 'kept',
    workspace: expect.stringMatching(
      /^not discarded: .*1 file not committed.*cao workspace remove .* --force/,
    ),
  });
  const gc = await stack.cao(['workspace', 'gc', '--days', '0']);
  expect(gc.stdout).toContain('removed 0 of 1 worktrees');
  expect(gc.stdout).toContain(dies);
  const refused = await stack.cao(['workspace', 'remove', dies]);
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('1 file not committed') });
  expect(await stack.cao(['workspace', 'remove', dies, '--force'])).toMatchObject({ code: 0 });

  const pushes = await launch(stack, [
    ...['--session-name', 'pushes', '--repo', remote.url, '--on-close', 'push'],
    '[[write kept.txt x]] [[say done]]',
  ]);
  await turnEnded(stack, pushes);
  await host!.agent.kill();
  await host!.agent.start({ CAO_FAILPOINTS: 'agent.workspace.before-settle=kill' });
  await stack.client.sessions.shutdown({ params: { name: 'pushes' }, query: { wait_ms: 0 } });
  await host!.agent.ended();
  expect(remote.git('for-each-ref', 'refs/heads/cao')).toBe('');
  await host!.agent.start();
  expect((await closed(stack, pushes)).data).toMatchObject({ workspace_did: 'pushed' });
  expect(remote.git('show', `cao/cao-pushes/${pushes}:kept.txt`)).toBe('x');
  const left = join(host!.stateDir, 'terminals');
  expect(existsSync(left) ? readdirSync(left) : []).toEqual([]);
});

test('what git would take for a program, and a URL with a secret, are refused and not repeated', async () => {
  await using stack = await withStack({ hosts: 1 });
  for (const repo of ['ext::sh -c x', '--upload-pack=x', 'https://me:hunter2@host/x']) {
    const { code, stderr } = await stack.cao([
      'launch',
      '--agents',
      'developer',
      '--async',
      `--repo=${repo}`,
    ]);
    expect({ repo, code }).toEqual({ repo, code: 2 });
    expect(stderr).not.toContain('hunter2');
    await expect(
      stack.client.sessions.create({ body: { agent_profile: 'developer', repo } }),
    ).rejects.toMatchObject({ code: 'bad_request', message: expect.not.stringContaining('hunter2') });
  }
  expect(readdirSync(join(stack.hosts[0]!.stateDir, 'workspaces/mirrors'))).toEqual([]);
});
