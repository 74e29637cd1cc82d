import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpCall, httpCall, refusalOf } from '../support/bad-input/http-call.ts';
import { ESC, get, keys, launch, post, rows, send } from '../support/bad-input/http-rows.ts';
import { type SlowClient, slowClients } from '../support/bad-input/slow-client.ts';
import { type Agent, deliver, expectServing, startAgent } from '../support/stack/agents.ts';
import { everything } from '../support/stack/everything.ts';
import { storedToken } from '../support/stack/tokens.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

let stack: Stack;
let agent: Agent;
let slow: SlowClient[];
/** A terminal that has ended, and the token that it had. */
let closed: Agent;
let tokens: { viewer: string; operator: string; expired: string };

beforeAll(async () => {
  stack = await withStack({ hosts: 1 });
  // First of all, because they are cut off late: the other tests go on beside them.
  slow = slowClients(stack.url, 50);
  [agent, closed] = await Promise.all([startAgent(stack, 'target'), startAgent(stack, 'ended')]);
  await stack.client.sessions.shutdown({ params: { name: 'ended' } });
  tokens = {
    viewer: await storedToken(stack, 'viewer'),
    operator: await storedToken(stack, 'operator'),
    expired: await storedToken(stack, 'viewer', -1),
  };
});
afterAll(async () => {
  for (const client of slow ?? []) client.destroy();
  await stack?.[Symbol.asyncDispose]();
});

/** Ids that are known once the stack is up. */
const filled = (call: HttpCall): HttpCall => ({
  ...call,
  path: call.path.replace(':live', agent.id).replace(':closed', closed.id),
});

describe('an operator', () => {
  test.each(rows)('who sends $what is told $code, and nothing changes', async ({ call, code, says }) => {
    const before = await everything(stack);
    const answer = await httpCall(stack.url, { token: tokens.operator, ...filled(call) });
    const refused = refusalOf(answer);
    expect(refused).toMatchObject({ code, message: expect.stringMatching(says ?? /./) });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(await everything(stack)).toEqual(before);
  });
});

describe('a token', () => {
  const sessions = get('/sessions');
  const create = launch({ session_name: 'never' });
  const task = post('/tasks', { kind: 'handoff', agent_profile: 'developer', message: 'x' });
  test.each<{ what: string; token: () => string | null; call: HttpCall; code: string }>([
    { what: 'that is missing', token: () => null, call: sessions, code: 'unauthenticated' },
    { what: 'that is garbage', token: () => 'caot_garbage', call: sessions, code: 'unauthenticated' },
    { what: 'that is empty', token: () => '', call: sessions, code: 'unauthenticated' },
    { what: 'that is no word', token: () => 'a b c', call: sessions, code: 'unauthenticated' },
    { what: 'that has expired', token: () => tokens.expired, call: sessions, code: 'unauthenticated' },
    {
      what: 'of a closed terminal',
      token: () => closed.token,
      call: get('/whoami'),
      code: 'unauthenticated',
    },
    { what: 'of an agent, for all sessions', token: () => agent.token, call: sessions, code: 'forbidden' },
    { what: 'of an agent, for a new session', token: () => agent.token, call: create, code: 'forbidden' },
    { what: 'of an agent, for keys', token: () => agent.token, call: keys(['a']), code: 'forbidden' },
    { what: 'of a viewer, for a new session', token: () => tokens.viewer, call: create, code: 'forbidden' },
    {
      what: 'of a viewer, for a message',
      token: () => tokens.viewer,
      call: send({ text: 'x' }),
      code: 'forbidden',
    },
    { what: 'of a viewer, for keys', token: () => tokens.viewer, call: keys(['a']), code: 'forbidden' },
    {
      what: 'of an operator, for a join token',
      token: () => tokens.operator,
      call: post('/hosts/join-tokens', undefined),
      code: 'forbidden',
    },
    {
      what: 'of an operator, for a login link',
      token: () => tokens.operator,
      call: post('/login-links', undefined),
      code: 'forbidden',
    },
    {
      what: 'of an operator, to delegate as an agent',
      token: () => tokens.operator,
      call: task,
      code: 'forbidden',
    },
  ])('$what is $code', async ({ token, call, code }) => {
    const before = await everything(stack);
    expect(refusalOf(await httpCall(stack.url, { ...filled(call), token: token() })).code).toBe(code);
    expect(await everything(stack)).toEqual(before);
  });
});

describe('an idempotency key', () => {
  test('makes one message of twenty simultaneous calls, and of a later one', async () => {
    const body = { text: 'only once', idempotency_key: 'twenty' };
    const sendOnce = () => stack.client.terminals.send({ params: { id: agent.id }, body });
    const sent = await Promise.all(Array.from({ length: 20 }, sendOnce));
    sent.push(await sendOnce());
    expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1);
    const { messages } = await stack.client.terminals.messages({ params: { id: agent.id } });
    expect(messages.filter(({ text }) => text === 'only once')).toHaveLength(1);
  });

  test('of another message is a conflict, never that message instead of this one', async () => {
    const body = { text: 'the first', idempotency_key: 'taken' };
    await stack.client.terminals.send({ params: { id: agent.id }, body });
    const other = stack.client.terminals.send({
      params: { id: agent.id },
      body: { ...body, text: 'another' },
    });
    await expect(other).rejects.toMatchObject({ code: 'conflict', details: { field: 'idempotency_key' } });
  });
});

describe('a message', () => {
  test.each([
    ['a title and a clear screen', `a${ESC}]0;pwned\u0007b${ESC}[2J`, 'a␛]0;pwned␇b␛[2J'],
    ['the end of a bracketed paste, and a command', `x${ESC}[201~\rrm -rf /\r`, 'x␛[201~\nrm -rf /\n'],
    ['C1 controls', 'a\u009b2Jb', 'a␛[2Jb'],
    ['NUL, backspace, Ctrl-C and DEL', 'a\0\b\u0003\u007f', 'a␀␈␃␡'],
    ['tmux formats and shell', '#{pane_id} $(id) `id` ; kill-server', '#{pane_id} $(id) `id` ; kill-server'],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ])('with %s reaches the pane as text', async (_, text, received) => {
    expect((await deliver(stack, agent.id, text)).trimEnd()).toBe(received.trimEnd());
    const { output } = await stack.client.terminals.output({
      params: { id: agent.id },
      query: { mode: 'screen' },
    });
    expect(output).toContain(received.split('\n')[0]);
    expect(agent.host.windows()).toHaveLength(1);
  });

  test('of 1,000,000 characters arrives whole', async () => {
    const text = `${'x'.repeat(99)}\n`.repeat(10_000).trimEnd();
    expect(await deliver(stack, agent.id, text)).toBe(text);
  });
});

test('every printable key is typed as itself, and none is read by tmux', async () => {
  const typed = Array.from({ length: 0x7f - 0x21 }, (_, n) => String.fromCharCode(0x21 + n));
  const params = { id: agent.id };
  for (const part of [typed.slice(0, 60), typed.slice(60)])
    await stack.client.terminals.keys({ params, body: { keys: part } });
  const screen = async () =>
    (await stack.client.terminals.output({ params, query: { mode: 'screen' } })).output.replaceAll(/\s/g, '');
  await expect.poll(screen).toContain(typed.join(''));
  await stack.client.terminals.keys({ params, body: { keys: ['C-u'] } });
});

test('what is not HTTP is answered and closed', async () => {
  const socket = connectTcp(Number(new URL(stack.url).port), '127.0.0.1');
  socket.end('\u0016\u0003\u0001 hello\r\n\r\n');
  let said = '';
  for await (const chunk of socket) said += String(chunk);
  expect(said).toMatch(/^HTTP\/1\.1 400/);
  expect(said).toContain('"code":"bad_request"');
});

test('the command says what the api said, and exits by its code', async () => {
  const ended = await stack.cao(['terminal', 'send', closed.id, 'hello']);
  expect(ended).toMatchObject({ code: 4 });
  expect(ended.stderr).toContain('has ended');
  const climbing = await stack.cao(['launch', '--agents', '../developer', '--headless', 'hello']);
  expect(climbing).toMatchObject({ code: 2 });
});

test('fifty clients that send a byte now and then are cut off, and meanwhile everything serves', async () => {
  await expectServing(stack, agent.id);
  const cut = await Promise.all(slow.map((client) => client.cutOff));
  expect(Math.max(...cut.map(({ after }) => after))).toBeLessThan(15_000);
  // To be sent again: it may as well have been the api that stood still.
  expect(new Set(cut.map(({ said }) => /"code":"(\w+)"/.exec(said)?.[1]))).toEqual(new Set(['unavailable']));
  await expectServing(stack, agent.id);
  expect(stack.api.log()).not.toContain('a request failed');
});
