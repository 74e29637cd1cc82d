import { expect, test } from 'vitest';
import { untilScreen } from '../support/stack/panes.ts';
import { send } from '../support/stack/storm.ts';
import { withStack } from '../support/stack/with-stack.ts';

test('everything may be stopped and started again: rows, panes and mail are still there', async () => {
  await using stack = await withStack({ hosts: 2 });
  const { terminal } = await stack.client.sessions.create({
    body: { agent_profile: 'developer', provider: 'scripted', session_name: 'stays' },
  });
  await stack.event('it is up', (event) => event.kind === 'terminal.status' && event.data.status === 'idle');
  const host = stack.hosts.find((one) => one.windows().length > 0)!;
  const windows = host.windows();

  for (const one of stack.hosts) await one.agent.kill('SIGTERM');
  await Promise.all(stack.schedulers.map((one) => one.kill('SIGTERM')));
  await send(stack, terminal.id, 'written while its host is away');
  await Promise.all(stack.apis.map((one) => one.kill('SIGTERM')));
  await Promise.all([...stack.apis, ...stack.schedulers].map((one) => one.start()));
  for (const one of stack.hosts) await one.agent.start();

  await stack.event('the message was accepted', (event) => event.kind === 'message.accepted');
  await stack.event('its turn ended', (event) => event.kind === 'terminal.turn_ended');
  expect(host.windows()).toEqual(windows);
  const after = (await stack.client.terminals.get({ params: { id: terminal.id } })).terminal;
  expect(after).toMatchObject({
    lifecycle: 'live',
    status: 'completed',
    last_answer: 'Done: written while its host is away',
  });
});

test('a turn that ends while nobody listens is told when somebody does', async () => {
  await using stack = await withStack({ hosts: 1 });
  const { terminal, message } = await stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: 'alone',
      message: '[[sleep 700]] [[say finished alone]]',
    },
  });
  await stack.event('the prompt was accepted', (event) => event.kind === 'message.accepted');
  await stack.hosts[0]!.agent.kill();
  await untilScreen(stack.hosts[0]!, '● finished alone');

  await stack.hosts[0]!.agent.start();

  const ended = await stack.client.terminals.waitMessage({ params: { id: message!.id }, query: {} });
  expect(ended.message.ended_at).not.toBeNull();
  expect((await stack.client.terminals.get({ params: { id: terminal.id } })).terminal).toMatchObject({
    status: 'completed',
    last_answer: 'finished alone',
  });
});

test('a CLI that dies closes its terminal with the reason, fails its task, and tells the requester', async () => {
  await using stack = await withStack({ hosts: 1 });
  const worker = JSON.stringify({ agent_profile: 'developer', message: '[[die 3]]' });
  const { message } = await stack.client.sessions.create({
    body: {
      agent_profile: 'code_supervisor',
      provider: 'scripted',
      session_name: 'dies',
      message: `[[call handoff ${worker}]] [[say $1.status]]`,
    },
  });
  const ended = await stack.client.terminals.waitMessage({ params: { id: message!.id }, query: {} });
  expect(ended.terminal.last_answer).toBe('failed');
  const { tasks } = await stack.client.tasks.list({ query: { session: 'dies' } });
  expect(tasks[0]).toMatchObject({ state: 'failed', reason: expect.stringContaining('its CLI exited') });
});
