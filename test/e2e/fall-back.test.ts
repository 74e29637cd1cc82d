import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordOf } from '../support/stack/ledger-check.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** A profile whose CLIs are this chain. */
const install = (stack: Stack, providers: readonly string[]) =>
  stack.client.profiles.put({
    params: { name: 'chained' },
    body: { content: `---\nname: chained\nprovider: [${providers.join(', ')}]\n---\nBe brief.\n` },
  });

test('a profile with a chain runs the first CLI that some host has', async () => {
  await using stack = await withStack({ hosts: 1 });
  await install(stack, ['kiro_cli', 'scripted']);
  const { terminal, message } = await stack.client.sessions.create({
    body: { agent_profile: 'chained', session_name: 'chain', message: '[[say done]]' },
  });
  const ended = await stack.client.terminals.waitMessage({ params: { id: message!.id }, query: {} });
  expect(ended.terminal).toMatchObject({ provider: 'scripted', last_answer: 'done' });
  await expect(
    stack.client.sessions.create({ body: { agent_profile: 'chained', provider: 'nonsense' } }),
  ).rejects.toMatchObject({ code: 'bad_request' });
  expect(terminal.id).toBe(ended.terminal.id);
});

test('a CLI that is out of quota is followed by the next that can run, and the work is done once', async () => {
  await using stack = await withStack({ hosts: 2 });
  await install(stack, ['scripted', 'kiro_cli']);
  const work = {
    agent_profile: 'chained',
    message: '[[refuse quota_exhausted]] [[say did it]]',
  };
  const setMode = (ref: string, mode: 'open' | 'cordoned') =>
    stack.client.hosts.setMode({ params: { ref }, body: { mode } });
  // A turn of the same CLI that goes well lifts the limit of its host, so the supervisor's is another one.
  await setMode('host-2', 'cordoned');
  const { terminal } = await stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: 'chain',
      message: `[[sleep 1500]] [[call handoff ${JSON.stringify(work)}]] [[say got $1.output]]`,
    },
  });
  const own = (event: { terminal_id: string | null }) => event.terminal_id === terminal.id;
  await stack.event('the supervisor works', (event) => event.kind === 'message.accepted' && own(event));
  await setMode('host-1', 'cordoned');
  await setMode('host-2', 'open');
  await stack.event('the worker has its place', (event) => event.kind === 'terminal.placed' && !own(event));
  await setMode('host-1', 'open');
  await stack.event('the supervisor is done', (event) => event.kind === 'terminal.turn_ended' && own(event));
  expect((await stack.client.terminals.get({ params: { id: terminal.id } })).terminal.last_answer).toBe(
    'got did it',
  );

  const [task] = (await stack.client.tasks.list({ query: { session: 'chain' } })).tasks;
  const { terminal: worker } = await stack.client.terminals.get({ params: { id: task!.worker_id } });
  expect(worker.epoch).toBe(2);
  const { messages } = await stack.client.terminals.messages({ params: { id: worker.id }, query: {} });
  expect(messages).toHaveLength(1);
  // Both had the prompt, each once.
  expect(recordOf(join(stack.dir, 'record'), worker.id).filter((line) => line.n !== undefined)).toHaveLength(
    2,
  );

  const limited = (await stack.client.hosts.list()).hosts.filter((host) =>
    host.providers.some((provider) => provider.limit?.kind === 'quota_exhausted'),
  );
  expect(limited.map(({ name }) => name)).toEqual(['host-2']);
  expect(worker.host_name).toBe('host-1');
  // Its first pane is no more.
  await stack.event(
    'it is closed',
    (event) => event.kind === 'terminal.closed' && event.terminal_id === worker.id,
  );
  const windows = stack.hosts.flatMap((host) => host.windows());
  expect(windows.filter((name) => name.includes(worker.id))).toEqual([]);
});

test('why tells that no CLI of the chain can run, and which quota it waits for', async () => {
  await using stack = await withStack({ hosts: 1 });
  await install(stack, ['scripted', 'kiro_cli']);
  const { terminal } = await stack.client.sessions.create({
    body: { agent_profile: 'chained', session_name: 'chain', message: '[[fail quota_exhausted]]' },
  });
  await stack.event(
    'no host fits any more',
    (event) =>
      event.kind === 'terminal.waiting' &&
      event.terminal_id === terminal.id &&
      String(event.data.reason).includes('no host fits'),
  );
  const { code, stdout } = await stack.cao(['why', terminal.id]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/scripted is out of quota there until 20\d\d-/);
  expect(stdout).toContain('kiro is not installed there');
});
