import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createClient } from '@cao/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpCall, httpCall, refusalOf } from '../support/bad-input/http-call.ts';
import { callTool, postMcp, toolCall } from '../support/bad-input/mcp-call.ts';
import { type Agent, expectServing, knownAgent, startAgent } from '../support/stack/agents.ts';
import { everything } from '../support/stack/everything.ts';
import { recordOf } from '../support/stack/ledger-check.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

let stack: Stack;
/** The one whose token is misused, and one of another session on the same host that must not notice. */
let mischief: Agent;
let neighbour: Agent;
let closed: Agent;

beforeAll(async () => {
  stack = await withStack({ hosts: 1 });
  [mischief, neighbour, closed] = await Promise.all([
    startAgent(stack, 'mischief'),
    startAgent(stack, 'neighbour'),
    startAgent(stack, 'ended'),
  ]);
  await stack.client.sessions.shutdown({ params: { name: 'ended' } });
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const statusOf = async ({ id }: Agent) => {
  const { terminal } = await stack.client.terminals.get({ params: { id } });
  return `${terminal.lifecycle} ${terminal.status}`;
};
const hook = (body: unknown, call: Partial<HttpCall> = {}) =>
  httpCall(mischief.loopbackUrl, {
    method: 'POST',
    path: '/hooks',
    token: mischief.token,
    body,
    ...call,
  });

describe('on loopback', () => {
  test.each<{ who: string; token: () => string | null }>([
    { who: 'nobody', token: () => null },
    { who: 'garbage', token: () => 'caop_garbage' },
    { who: 'the admin', token: () => stack.adminToken },
    { who: 'a closed terminal', token: () => closed.token },
  ])('the token of $who opens neither hooks nor tools', async ({ token }) => {
    const before = await statusOf(mischief);
    const hooked = await hook({ hook_event_name: 'Stop' }, { token: token() });
    expect(refusalOf(hooked).code).toBe('unauthenticated');
    const called = await postMcp(mischief.loopbackUrl, token(), toolCall('send_message', {}));
    expect(refusalOf(called).code).toBe('unauthenticated');
    expect(called.headers['www-authenticate']).toBe('Bearer');
    expect(await statusOf(mischief)).toBe(before);
  });

  test('wrong tokens, which no CLI shows, are told to the people', async () => {
    await hook({}, { token: 'caop_garbage' });
    const event = await stack.event('wrong tokens', ({ kind }) => kind === 'token.rejected');
    expect(event.data.count).toBeGreaterThan(0);
  });

  test.each<{ what: string; body: unknown; call?: Partial<HttpCall>; code: string; says: RegExp }>([
    { what: 'half of a body', body: '{"a":', code: 'bad_request', says: /^body: / },
    { what: 'a list', body: '[{"hook_event_name":"Stop"}]', code: 'bad_request', says: /^body: / },
    { what: 'null', body: 'null', code: 'bad_request', says: /^body: / },
    { what: 'bytes', body: Buffer.from([0xff, 0, 1]), code: 'bad_request', says: /^body: / },
    { what: 'no body', body: '', code: 'bad_request', says: /^hook_event_name: / },
    { what: 'a hook without a name', body: { turn: 1 }, code: 'bad_request', says: /^hook_event_name: / },
    {
      what: 'a name that is none',
      body: { hook_event_name: {} },
      code: 'bad_request',
      says: /^hook_event_name: /,
    },
    { what: 'a body of 17 MB', body: `"${'x'.repeat(17_000_000)}"`, code: 'too_large', says: /16777216/ },
    { what: 'another path', body: {}, call: { path: '/../hooks' }, code: 'not_found', says: /hooks/ },
    { what: 'another method', body: undefined, call: { method: 'GET' }, code: 'not_found', says: /POST/ },
  ])('$what is told $code', async ({ body, call, code, says }) => {
    const before = await everything(stack);
    const refused = refusalOf(await hook(body, call));
    expect(refused).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(await everything(stack)).toEqual(before);
  });

  test.each<{ what: string; body: Record<string, unknown> }>([
    { what: 'an unknown event', body: { hook_event_name: 'Boo' } },
    { what: 'a name like a built-in one', body: { hook_event_name: '__proto__' } },
    { what: 'a name like a method', body: { hook_event_name: 'toString' } },
    { what: 'a name of 1 MB', body: { hook_event_name: 'x'.repeat(1_000_000) } },
  ])('$what changes nothing', async ({ body }) => {
    const before = await everything(stack);
    expect((await hook(body)).status).toBe(200);
    expect(await everything(stack)).toEqual(before);
  });

  test('a hook speaks for the terminal of its token, whatever it says', async () => {
    const claim = { terminal_id: neighbour.id, session_id: neighbour.id, cwd: '/' };
    await hook({ hook_event_name: 'UserPromptSubmit', turn: 1, prompt: 'forged', ...claim });
    await stack.event(
      'the forger is busy',
      (event) => event.terminal_id === mischief.id && event.data.status === 'processing',
    );
    expect(await statusOf(neighbour)).toBe('live idle');
    await hook({ hook_event_name: 'Stop', turn: 1, last_assistant_message: 'forged' });
    await stack.event(
      'the forger is done',
      (event) => event.terminal_id === mischief.id && event.data.status === 'completed',
    );
  });
});

describe('a tool', () => {
  test.each<{ what: string; tool: string; input: () => unknown; says: RegExp }>([
    { what: 'that there is not', tool: 'rm', input: () => ({}), says: /rm/ },
    { what: 'without arguments', tool: 'send_message', input: () => undefined, says: /message/ },
    {
      what: 'with a message of a wrong type',
      tool: 'send_message',
      input: () => ({ message: 7 }),
      says: /message/,
    },
    {
      what: 'with an empty message',
      tool: 'send_message',
      input: () => ({ message: '' }),
      says: /message may not be empty/,
    },
    {
      what: 'with a message that is too long',
      tool: 'send_message',
      input: () => ({ message: 'x'.repeat(1_000_001), receiver_id: neighbour.id }),
      says: /1000000/,
    },
    {
      what: 'with a receiver of no form',
      tool: 'send_message',
      input: () => ({ message: 'x', receiver_id: '../x' }),
      says: /receiver_id/,
    },
    {
      what: 'with an unknown receiver',
      tool: 'send_message',
      input: () => ({ message: 'x', receiver_id: 'abcdef01' }),
      says: /no terminal abcdef01/,
    },
    {
      what: 'with a receiver that has ended',
      tool: 'send_message',
      input: () => ({ message: 'x', receiver_id: closed.id }),
      says: /has ended/,
    },
    {
      what: 'with itself as the receiver',
      tool: 'send_message',
      input: () => ({ message: 'x', receiver_id: mischief.id }),
      says: /receiver_id: a terminal cannot write to itself/,
    },
    {
      what: 'with no receiver that nobody started',
      tool: 'send_message',
      input: () => ({ message: 'x' }),
      says: /receiver_id/,
    },
    {
      what: 'with a profile that climbs',
      tool: 'handoff',
      input: () => ({ agent_profile: '../developer', message: 'x' }),
      says: /agent_profile/,
    },
    {
      what: 'with an unknown profile',
      tool: 'assign',
      input: () => ({ agent_profile: 'nobody', message: 'x' }),
      says: /no profile nobody; there are/,
    },
    {
      what: 'with a time-out of 0',
      tool: 'handoff',
      input: () => ({ agent_profile: 'developer', message: 'x', timeout: 0 }),
      says: /timeout/,
    },
    {
      what: 'with a folder with a newline',
      tool: 'handoff',
      input: () => ({ agent_profile: 'developer', message: 'x', working_directory: '/a\nb' }),
      says: /working_directory/,
    },
    {
      what: 'with an unknown host',
      tool: 'handoff',
      input: () => ({ agent_profile: 'developer', message: 'x', host: 'nobody' }),
      says: /host: there is no host nobody/,
    },
    { what: 'with a task of no form', tool: 'wait_task', input: () => ({ task_id: '1' }), says: /task_id/ },
    {
      what: 'with an unknown task',
      tool: 'wait_task',
      input: () => ({ task_id: 't0123456789a' }),
      says: /no task t0123456789a/,
    },
  ])('$what is refused by name, and nothing changes', async ({ tool, input, says }) => {
    const before = await everything(stack);
    const answer = await callTool(mischief.loopbackUrl, mischief.token, tool, input());
    expect(answer).toEqual({ failed: true, text: expect.stringMatching(says) });
    expect(await everything(stack)).toEqual(before);
  });

  test.each([
    ['no JSON', '{', 'bad_request'],
    ['a batch', '[]', 'bad_request'],
  ])('call that is %s is refused', async (_, body, code) => {
    expect(refusalOf(await postMcp(mischief.loopbackUrl, mischief.token, body)).code).toBe(code);
  });

  test('call that is no JSON-RPC is an error and ends nothing', async () => {
    for (const body of [
      {},
      { jsonrpc: '2.0', id: 1, method: 'boo' },
      { jsonrpc: '2.0', id: {}, method: 7 },
    ]) {
      const { status, text } = await postMcp(mischief.loopbackUrl, mischief.token, body);
      expect(`${status} ${text}`).toMatch(/error/);
    }
  });

  test('carries 1,000,000 characters to a terminal of another session, with its sender named', async () => {
    const message = 'm'.repeat(1_000_000);
    const input = { message, receiver_id: neighbour.id };
    const answer = await callTool(mischief.loopbackUrl, mischief.token, 'send_message', input);
    expect(answer).toMatchObject({ failed: false });
    const { message_id } = JSON.parse(answer.text) as { message_id: string };
    await stack.event(
      'it was taken',
      (event) => event.kind === 'message.accepted' && event.data.message_id === message_id,
    );
    const lines = recordOf(join(stack.dir, 'record'), neighbour.id);
    const received = lines.findLast((line) => line.n !== undefined)?.text ?? '';
    expect(received.length).toBeGreaterThan(message.length);
    expect(received.slice(message.length)).toContain(`[Message from terminal ${mischief.id}.`);
  });
});

describe('a task', () => {
  test('is decided about by the agent that asked for it, and by no other of its session', async () => {
    const requester = createClient({ url: stack.url, token: neighbour.token });
    const { task } = await requester.tasks.create({
      body: { kind: 'handoff', agent_profile: 'developer', message: '[[sleep 1500]] [[say the answer]]' },
    });
    await stack.event(
      'the worker is at it',
      (event) => event.kind === 'message.accepted' && event.terminal_id === task.worker_id,
    );
    const worker = await knownAgent(stack, task.worker_id);
    const asWorker = createClient({ url: stack.url, token: worker.token });
    const params = { id: task.id };
    await expect(asWorker.tasks.answered({ params })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(asWorker.tasks.cancel({ params })).rejects.toMatchObject({ code: 'forbidden' });
    const stranger = createClient({ url: stack.url, token: mischief.token });
    await expect(stranger.tasks.get({ params })).rejects.toMatchObject({ code: 'not_found' });

    // Somebody else who waits for it gets the outcome, and does not take it away.
    const waited = await callTool(worker.loopbackUrl, worker.token, 'wait_task', { task_id: task.id });
    expect(waited.text).toContain('the answer');
    await stack.event(
      'the outcome reaches the requester as a message',
      (event) =>
        event.kind === 'message.accepted' && event.terminal_id === neighbour.id && event.task_id === task.id,
    );
  });
});

describe('one agent that says strange things', () => {
  const ended = (turn: number, answer: string) =>
    hook({ hook_event_name: 'Stop', turn, last_assistant_message: answer });
  const toldTurn = (chars: number) =>
    stack.event(
      `an answer of ${chars}`,
      (event) =>
        event.kind === 'terminal.turn_ended' &&
        event.terminal_id === mischief.id &&
        event.data.chars === chars,
    );

  test.each([
    ['a NUL and half of a pair', 101, 'a\0b\ud800c', 5],
    ['15 MB', 102, 'x'.repeat(15_000_000), 1_000_000],
    ['5 MB of NUL', 103, '\0'.repeat(2_500_000), 1_000_000],
  ])('as its answer (%s) does not cut its host off', async (_, turn, answer, chars) => {
    expect((await ended(turn, answer)).status).toBe(200);
    await toldTurn(chars);
    await expectServing(stack, neighbour.id);
  });

  test('as its error does not cut its host off', async () => {
    await hook({ hook_event_name: 'StopFailure', turn: 104, error: 'e\0'.repeat(100_000) });
    await stack.event(
      'the failure',
      (event) => event.terminal_id === mischief.id && String(event.data.error).startsWith('e␀e'),
    );
    await expectServing(stack, neighbour.id);
  });

  test.each([
    ['names and texts of control characters', { 'a\0\u001b[2J': 'b\ud800' }, false],
    ['5 MB', { command: 'x'.repeat(5_000_000), more: Array(2_000).fill('y'.repeat(100)) }, true],
    ['a deep nest', JSON.parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`), true],
  ])('as what it asks permission for (%s) does not cut its host off', async (what, tool_input, cut) => {
    const tool = `T\0\u001b of ${what}`;
    const dialog = { turn: 105, dialog: dialogs++ };
    await hook({ hook_event_name: 'PermissionRequest', ...dialog, tool_name: tool, tool_input });
    const opened = await stack.event(
      'it asks',
      (event) => event.kind === 'approval.opened' && String(event.data.tool).endsWith(what),
    );
    const params = { id: String(opened.data.approval_id) };
    const { approval } = await stack.client.approvals.get({ params });
    expect(approval).toMatchObject({ tool: `T␀␛ of ${what}`, input_cut: cut, state: 'open' });
    expect(JSON.stringify(approval.input).length).toBeLessThan(20_000);
    await hook({ hook_event_name: 'PostToolUse', ...dialog, tool_name: tool });
    await stack.event(
      'it is closed',
      (event) => event.kind === 'approval.closed' && event.data.approval_id === params.id,
    );
    await expectServing(stack, neighbour.id);
  });
  let dialogs = 900;

  test('in fields of wrong types is taken for what can be read of it', async () => {
    const body = { turn: 'x', prompt: 7, tool_name: {}, tool_input: 'x', background_tasks: {}, error: [] };
    for (const hook_event_name of [
      'SessionStart',
      'UserPromptSubmit',
      'PermissionRequest',
      'PostToolUse',
      'Stop',
      'StopFailure',
    ])
      expect((await hook({ hook_event_name, ...body })).status).toBe(200);
    await expectServing(stack, neighbour.id);
  });

  test('about its log hangs nobody, not even a worker-agent that starts again', async () => {
    const pipe = join(stack.dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const paths = ['/dev/zero', '/proc/kmsg', '/', 'relative', `${'/x'.repeat(5_000)}`, 'a\0b', pipe];
    for (const [n, transcript_path] of paths.entries()) {
      const body = { hook_event_name: 'SessionStart', turn: 200 + n, session_id: 'x', transcript_path };
      expect((await hook(body)).status).toBe(200);
      await expectServing(stack, neighbour.id);
    }
    await mischief.host.agent.kill();
    await mischief.host.agent.start();
    await expectServing(stack, neighbour.id);
  });
});

test('everything serves after all of that, and nothing failed on the way', async () => {
  await expectServing(stack, neighbour.id);
  expect(mischief.host.agent.log()).not.toContain('a loopback request failed');
  expect(stack.api.log()).not.toContain('a request failed');
});
