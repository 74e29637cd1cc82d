import { expect, test } from 'vitest';
import { withStack } from '../support/stack/with-stack.ts';

test('a conversation is resumed only once it has ended, and only by a CLI that can', async () => {
  await using stack = await withStack({ hosts: 1 });
  const { terminal, session } = await stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: 'first',
      message: '[[say hello]]',
    },
  });
  await stack.event('it answered', (event) => event.kind === 'terminal.turn_ended');
  const early = await stack.cao(['launch', '--resume', terminal.id, '--async']);
  expect(early.code).toBe(5);
  expect(early.stderr).toContain('has not ended');

  await stack.client.sessions.shutdown({ params: { name: session.name }, query: {} });
  const { terminal: next } = await stack.client.sessions.create({ body: { resume: terminal.id } });
  // It is the same agent, on the same host; its CLI says that it cannot.
  expect(next).toMatchObject({ agent_profile: 'developer', provider: 'scripted' });
  const { data } = await stack.event(
    'it could not start',
    (event) => event.kind === 'terminal.closed' && event.terminal_id === next.id,
  );
  expect(data.reason).toContain('cannot resume a conversation');
});

test('to resume one that never was, or none at all, is refused with what is missing', async () => {
  await using stack = await withStack({ hosts: 1 });
  await expect(stack.client.sessions.create({ body: { resume: 'a0000000' } })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(stack.client.sessions.create({ body: {} })).rejects.toMatchObject({ code: 'bad_request' });
  const { code, stderr } = await stack.cao(['launch', '--async']);
  expect(code).toBe(2);
  expect(stderr).toContain('--resume TERMINAL');
});
