import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver, knownAgent, startAgent } from '../support/stack/agents.ts';
import { approvalOf, nextApproval, turnsEnded } from '../support/stack/approvals.ts';
import { recordOf } from '../support/stack/ledger-check.ts';
import { pressOnHost, untilScreen } from '../support/stack/panes.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

let stack: Stack;
let sessions = 0;
const newSession = () => `asking-${++sessions}`;

beforeAll(async () => {
  stack = await withStack({ hosts: 1 });
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test('what an agent asks is listed, allowed and denied by the command, and nothing is typed', async () => {
  const { id: terminal } = await startAgent(stack, 'asking');
  await deliver(stack, terminal, '[[ask Bash touch \u0007f]] [[say went on]]');
  const first = await nextApproval(stack, terminal);

  const listed = await stack.cao(['approval', 'list', '--session', 'asking']);
  expect(listed.stdout).toMatch(new RegExp(`${first} +${terminal} +cao-asking +developer .* Bash +touch ␇f`));
  expect((await stack.cao(['session', 'status', 'asking'])).stdout).toContain(first);
  expect((await stack.cao(['why', terminal])).stdout).toContain(`cao approval show ${first}`);
  expect((await stack.cao(['approval', 'show', first])).stdout).toContain('touch ␇f');

  const allowed = await stack.cao(['approval', 'allow', first]);
  expect(allowed).toMatchObject({ code: 0, stderr: `allowed Bash of terminal ${terminal}\n` });
  await turnsEnded(stack, terminal, 1);
  expect((await stack.client.terminals.get({ params: { id: terminal } })).terminal.last_answer).toBe(
    'went on',
  );
  // Again is the same; otherwise is a conflict.
  expect(await stack.cao(['approval', 'allow', first])).toMatchObject({ code: 0 });
  const otherwise = await stack.cao(['approval', 'deny', first]);
  expect(otherwise).toMatchObject({ code: 5, stderr: expect.stringContaining('was allowed by') });

  await deliver(stack, terminal, '[[ask Write b]] [[say never said]]');
  const second = await nextApproval(stack, terminal, new Set([first]));
  expect(await stack.cao(['approval', 'deny', second, '--json'])).toMatchObject({ code: 0 });
  await turnsEnded(stack, terminal, 2);
  expect((await stack.client.terminals.get({ params: { id: terminal } })).terminal.last_answer).toBe(
    'went on',
  );

  expect(await approvalOf(stack, second)).toMatchObject({
    state: 'denied',
    decision: 'deny',
    tool: 'Write',
    reason: null,
    answered_by: 'admin token file',
  });
  expect(await stack.cao(['approval', 'list'])).toMatchObject({ code: 0, stdout: '' });
  // The hook that is held was answered: no key came to either dialog.
  const lines = recordOf(join(stack.dir, 'record'), terminal);
  expect(lines.filter((line) => line.dialog_key ?? line.misplaced)).toEqual([]);
  const told = stack.events
    .all()
    .filter((event) => event.kind.startsWith('approval.') && event.terminal_id === terminal);
  expect(told.map((event) => event.kind)).toEqual([
    'approval.opened',
    'approval.answered',
    'approval.opened',
    'approval.answered',
  ]);
  expect(JSON.stringify(told)).not.toContain('touch');
});

test('a question that is answered in its terminal is closed, and cannot be answered again', async () => {
  const { id: terminal } = await startAgent(stack, newSession());
  await deliver(stack, terminal, '[[ask Bash make]] [[say made]]');
  const id = await nextApproval(stack, terminal);
  await stack.client.terminals.keys({ params: { id: terminal }, body: { keys: ['1'] } });
  await stack.event(
    'it is closed',
    (event) => event.kind === 'approval.closed' && event.terminal_id === terminal,
  );
  expect(await approvalOf(stack, id)).toMatchObject({
    state: 'closed',
    reason: 'answered_there',
    decision: null,
  });
  const late = await stack.cao(['approval', 'deny', id]);
  expect(late).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('somebody answered it in its terminal'),
  });
  await turnsEnded(stack, terminal, 1);
});

test('of two who decide differently at the same moment one is told that the other was first', async () => {
  const { id: terminal } = await startAgent(stack, newSession());
  await deliver(stack, terminal, '[[ask Bash make]] [[say made]]');
  const id = await nextApproval(stack, terminal);
  const both = await Promise.allSettled(
    (['allow', 'deny', 'allow', 'deny'] as const).map((decision) =>
      stack.client.approvals.answer({ params: { id }, body: { decision } }),
    ),
  );
  const { state } = await approvalOf(stack, id);
  expect(both.map(({ status }) => status)).toEqual(
    ['allowed', 'denied', 'allowed', 'denied'].map((one) => (one === state ? 'fulfilled' : 'rejected')),
  );
});

test('the worker-agent dies while a question is open: the same row is answered after it, by keys', async () => {
  const { id: terminal, host } = await startAgent(stack, newSession());
  await deliver(stack, terminal, '[[ask Bash make]] [[say made]]');
  const id = await nextApproval(stack, terminal);

  await host.agent.kill();
  const away = await stack.cao(['approval', 'allow', id]);
  expect(away).toMatchObject({ code: 6, stderr: expect.stringContaining('not linked') });
  await host.agent.start();

  expect(await approvalOf(stack, id)).toMatchObject({
    state: 'open',
    tool: 'Bash',
    input: { command: 'make' },
  });
  expect(await stack.cao(['approval', 'allow', id])).toMatchObject({ code: 0 });
  await turnsEnded(stack, terminal, 1);
  const keys = recordOf(join(stack.dir, 'record'), terminal).flatMap((line) => line.dialog_key ?? []);
  expect(keys).toEqual(['1']);
  const opened = stack.events
    .all()
    .filter((event) => event.kind === 'approval.opened' && event.terminal_id === terminal);
  expect(opened).toHaveLength(1);
});

test('a dialog that opens while the worker-agent is away gets its row, and one that went is closed', async () => {
  await using stack = await withStack({ hosts: 1 });
  const { id: terminal, host } = await startAgent(stack, 'asking');
  await deliver(stack, terminal, '[[ask Bash one]] [[sleep 300]] [[ask Bash two]] [[say both]]');
  const one = await nextApproval(stack, terminal);
  await host.agent.kill();
  pressOnHost(host, '1');
  await untilScreen(host, /^ {3}two$/m);
  await host.agent.start();

  const two = await nextApproval(stack, terminal, new Set([one]));
  expect(await approvalOf(stack, one)).toMatchObject({ state: 'closed' });
  expect(await approvalOf(stack, two)).toMatchObject({ state: 'open', input: { command: 'two' } });
  expect(await stack.cao(['approval', 'deny', two])).toMatchObject({ code: 0 });
  await turnsEnded(stack, terminal, 1);
});

test.each(['api.answer.before-frame', 'api.answer.after-frame'])(
  'the api dies at %s: the answer reaches the CLI once, and the row says so',
  async (point) => {
    const { id: terminal } = await startAgent(stack, newSession());
    await stack.api.kill('SIGTERM');
    await stack.api.start({ CAO_FAILPOINTS: `${point}=kill` });
    await stack.leadTo(stack.api);
    await deliver(stack, terminal, '[[ask Bash make]] [[say made]]');
    const id = await nextApproval(stack, terminal);
    await stack.client.approvals
      .answer({ params: { id }, body: { decision: 'allow' } })
      .catch(() => 'the api died');
    await stack.api.ended();
    await stack.api.start();
    await turnsEnded(stack, terminal, 1);
    await stack.event(
      'it is answered',
      (event) => event.kind === 'approval.answered' && event.terminal_id === terminal,
    );
    expect(await approvalOf(stack, id)).toMatchObject({ state: 'allowed' });
    expect((await knownAgent(stack, terminal)).id).toBe(terminal);
  },
);

test('an agent may not answer, a viewer may look, and the end of a terminal closes what it asks', async () => {
  const agent = await startAgent(stack, newSession());
  await deliver(stack, agent.id, '[[ask Bash make]]');
  const id = await nextApproval(stack, agent.id);
  const asAgent = await fetch(`${stack.url}/api/v1/approvals/${id}/answer`, {
    method: 'POST',
    headers: { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json' },
    body: '{"decision":"allow"}',
  });
  expect(asAgent.status).toBe(403);
  await stack.client.terminals.close({ params: { id: agent.id } });
  await stack.event(
    'it is closed',
    (event) => event.kind === 'approval.closed' && event.terminal_id === agent.id,
  );
  expect(await approvalOf(stack, id)).toMatchObject({ state: 'closed', reason: 'terminal_closed' });
});

test('a replica that does not hold the link of the host answers as well', async () => {
  const { id: terminal } = await startAgent(stack, newSession());
  await deliver(stack, terminal, '[[ask Bash make]] [[say made]]');
  const id = await nextApproval(stack, terminal);
  const { client } = await stack.addReplica();
  const { approval } = await client.approvals.answer({ params: { id }, body: { decision: 'allow' } });
  expect(approval).toMatchObject({ state: 'allowed', decision: 'allow' });
  await turnsEnded(stack, terminal, 1);
});
