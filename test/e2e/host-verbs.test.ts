import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** Far below the sweep, which would come to it in the end. Units: ms. */
const AT_ONCE_MS = 15_000;

const launch = (stack: Stack, name: string, message: string, host?: string) =>
  stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: name,
      message,
      ...(host ? { host } : {}),
    },
  });
const terminalOf = async (stack: Stack, id: string) =>
  (await stack.client.terminals.get({ params: { id } })).terminal;
const turnEnded = (stack: Stack, id: string, nth = 1) => {
  let seen = 0;
  return stack.event(
    `turn ${nth} of ${id} is over`,
    (event) => event.kind === 'terminal.turn_ended' && event.terminal_id === id && ++seen === nth,
  );
};

/** One host, which the last test of it takes away. */
let stack: Stack;
beforeAll(async () => {
  stack = await withStack({ hosts: 1 });
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const shutDown = async (...names: string[]) => {
  for (const name of names) await stack.client.sessions.shutdown({ params: { name }, query: {} });
};

test('a cordoned host gets nothing new, its agents go on, and why says so', async () => {
  const { terminal } = await launch(stack, 'before', '[[say one]]');
  await turnEnded(stack, terminal.id);
  const said = await stack.cao(['host', 'cordon', 'host-1', '--note', 'kernel update']);
  expect(said).toMatchObject({ code: 0, stdout: 'host-1 is cordoned (kernel update)\n' });

  const { terminal: late } = await launch(stack, 'after', '[[say two]]');
  await stack.event(
    'it waits',
    (event) => event.kind === 'terminal.waiting' && event.terminal_id === late.id,
  );
  expect((await stack.cao(['why', late.id])).stdout).toContain('it is cordoned (kernel update)');
  await stack.client.terminals.send({ params: { id: terminal.id }, body: { text: '[[say still here]]' } });
  await turnEnded(stack, terminal.id, 2);
  expect((await stack.cao(['host', 'list'])).stdout).toContain('cordoned');

  expect((await stack.cao(['host', 'uncordon', 'host-1'])).code).toBe(0);
  await turnEnded(stack, late.id);
  await shutDown('before', 'after');
});

test('a paused host is handed no message until the pause is over', async () => {
  const { terminal } = await launch(stack, 'pausing', '[[say one]]');
  await turnEnded(stack, terminal.id);
  await stack.cao(['host', 'pause', 'host-1', '--for', '1h', '--note', 'in a demo']);
  const { message } = await stack.client.terminals.send({
    params: { id: terminal.id },
    body: { text: '[[say two]]' },
  });
  expect((await stack.cao(['why', message.id])).stdout).toContain('in a demo');
  // Its bell was heard long before that command had begun.
  const waiting = await stack.client.terminals.message({ params: { id: message.id } });
  expect(waiting.message.state).toBe('queued');
  await stack.cao(['host', 'uncordon', 'host-1']);
  const done = await stack.client.terminals.waitMessage({ params: { id: message.id }, query: {} });
  expect(done.message.state).toBe('accepted');
  await shutDown('pausing');
});

test('a drained host is left at the end of the turn, and its agents go on elsewhere', async () => {
  await using stack = await withStack({ hosts: 2 });
  const { terminal } = await launch(stack, 'moving', '[[sleep 2000]] [[say one]]');
  await stack.event(
    'it works',
    (event) => event.kind === 'message.accepted' && event.terminal_id === terminal.id,
  );
  const { host_name: first } = await terminalOf(stack, terminal.id);
  await stack.cao(['host', 'drain', first!, '--deadline', '1h']);
  await turnEnded(stack, terminal.id);
  await stack.event(
    'it lives again',
    (event) => event.kind === 'terminal.live' && event.terminal_id === terminal.id && event.data.epoch === 2,
  );
  const left = `host ${first} is drained`;
  const order = stack.events
    .all()
    .filter(({ terminal_id, kind, data }) => {
      if (terminal_id !== terminal.id) return false;
      return kind === 'terminal.turn_ended' || (kind === 'terminal.waiting' && data.reason === left);
    })
    .map(({ kind }) => kind);
  expect(order).toEqual(['terminal.turn_ended', 'terminal.waiting']);
  const moved = await terminalOf(stack, terminal.id);
  expect(moved).toMatchObject({ epoch: 2, lifecycle: 'live', last_answer: 'one' });
  expect(moved.host_name).not.toBe(first);
  await stack.client.terminals.send({ params: { id: terminal.id }, body: { text: '[[say two]]' } });
  await turnEnded(stack, terminal.id, 2);
  const removed = await stack.cao(['host', 'remove', first!]);
  expect(removed).toMatchObject({ code: 0, stdout: `${first} is no host any more\n` });
  expect((await stack.client.hosts.list()).hosts.map(({ name }) => name)).toEqual([moved.host_name]);
  // Its worker-agent is told, and ends; its old pane is no more.
  const old = stack.hosts.find((host) => host.name === first)!;
  await old.agent.ended();
  expect(old.windows()).toEqual([]);
});

test('at the deadline of a drain nothing is waited for, and what is stopped fails with the reason', async () => {
  const { terminal } = await launch(stack, 'stopping', '[[sleep 60000]] [[say never]]');
  await stack.event(
    'it works',
    (event) => event.kind === 'message.accepted' && event.terminal_id === terminal.id,
  );
  await stack.cao(['host', 'drain', 'host-1', '--deadline', '0s', '--then', 'stop']);
  const { data } = await stack.event(
    'it ended',
    (event) => event.kind === 'terminal.closed' && event.terminal_id === terminal.id,
    AT_ONCE_MS,
  );
  expect(data.reason).toBe('host host-1 is drained');
  await stack.cao(['host', 'uncordon', 'host-1']);
});

test('a host with terminals is not removed by mistake', async () => {
  const { terminal } = await launch(stack, 'staying', '[[say one]]');
  await turnEnded(stack, terminal.id);
  const refused = await stack.cao(['host', 'remove', 'host-1']);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('cao host drain host-1');
  const forced = await stack.cao(['host', 'remove', 'host-1', '--force', '--json']);
  expect(JSON.parse(forced.stdout)).toMatchObject({
    ended: [{ id: terminal.id, lifecycle: 'closed', reason: 'host host-1 was removed' }],
  });
  await stack.hosts[0]!.agent.ended();
  expect(stack.hosts[0]!.windows()).toEqual([]);
  const gone = await stack.cao(['host', 'show', 'host-1']);
  expect(gone.code).toBe(4);
});
