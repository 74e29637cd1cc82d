import { expect, test } from 'vitest';
import { withStack } from '../support/stack/with-stack.ts';

test('an agent that takes more memory than a terminal may have is ended, the others go on, and the reason says why', async () => {
  // One in a hundred of this machine's memory: more than the scripted agent needs, less than it is told to take.
  await using stack = await withStack({ hosts: 1, hostEnv: () => ({ CAO_LIMIT_MEMORY_PERCENT: '1' }) });
  if (stack.hosts[0]!.agent.log().includes('no control groups can be made here'))
    return expect(process.getuid?.(), 'without control groups only each process is limited').toBeDefined();
  const launch = (name: string, message: string) =>
    stack.client.sessions.create({
      body: { agent_profile: 'developer', provider: 'scripted', session_name: name, message },
    });
  const { terminal: greedy } = await launch('greedy', '[[take 1024]] [[say never]]');
  const { terminal: modest, message } = await launch('modest', '[[say fine]]');
  const { data } = await stack.event(
    'it is ended',
    ({ kind, terminal_id }) => kind === 'terminal.closed' && terminal_id === greedy.id,
  );
  expect(data.reason).toMatch(/was killed by signal 9.*needed more memory than the \d+ MB/);
  await stack.client.terminals.waitMessage({ params: { id: message!.id }, query: {} });
  expect((await stack.client.terminals.get({ params: { id: modest.id } })).terminal.lifecycle).toBe('live');
  await stack.client.sessions.shutdown({ params: { name: 'modest' }, query: {} });
});
