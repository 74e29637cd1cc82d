import { LIVE_PATH, LIVE_PROTOCOL, LIVE_TOKEN_PROTOCOL } from '@cao/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSocket, type SocketOptions } from '../support/bad-input/socket.ts';
import { type Agent, expectServing, startAgent } from '../support/stack/agents.ts';
import { storedToken } from '../support/stack/tokens.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

let stack: Stack;
let agent: Agent;
let viewer: string;

beforeAll(async () => {
  stack = await withStack({ hosts: 1 });
  agent = await startAgent(stack, 'target');
  viewer = await storedToken(stack, 'viewer');
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const connect = (options: SocketOptions = { token: stack.adminToken }) =>
  openSocket(stack.url + LIVE_PATH, options);

/** What the pane shows in its input box. */
const box = async () => {
  const { output } = await stack.client.terminals.output({
    params: { id: agent.id },
    query: { mode: 'screen' },
  });
  return output.split('\n').findLast((line) => line.startsWith('❯')) ?? '';
};

test.each<{ who: string; options: () => SocketOptions }>([
  { who: 'without a token', options: () => ({}) },
  { who: 'with garbage for a token', options: () => ({ token: 'caot_garbage' }) },
  {
    who: 'with garbage for a token, as a browser sends it',
    options: () => ({ protocols: [LIVE_PROTOCOL, `${LIVE_TOKEN_PROTOCOL}garbage`] }),
  },
  { who: "with an agent's token", options: () => ({ token: agent.token }) },
])('nobody $who is told anything', async ({ options }) => {
  const socket = connect(options());
  await socket.opened;
  socket.send({ t: 'subscribe', after: 0 });
  socket.send({ t: 'watch', terminal: agent.id });
  expect((await socket.closed).code).toBe(4401);
});

test('a page of another site is refused before the connection, also with a good token', async () => {
  const { status, text } = await connect({ token: stack.adminToken, origin: 'https://evil.example' }).refused;
  expect(status).toBe(403);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'forbidden' } });
});

test('the token that a browser offers as a protocol is not repeated in the answer', async () => {
  const protocols = [LIVE_PROTOCOL, LIVE_TOKEN_PROTOCOL + stack.adminToken];
  const socket = connect({ protocols });
  await socket.opened;
  expect(socket.raw.protocol).toBe(LIVE_PROTOCOL);
  socket.close();
});

test.each<{ what: string; frame: () => unknown; code: string; says: RegExp }>([
  { what: 'what is not JSON', frame: () => '{', code: 'bad_request', says: /JSON/ },
  { what: 'null', frame: () => 'null', code: 'bad_request', says: /frame/ },
  {
    what: 'bytes that are not text',
    frame: () => Buffer.from([0xff, 0, 1]),
    code: 'bad_request',
    says: /JSON/,
  },
  { what: 'an unknown frame', frame: () => ({ t: 'shout' }), code: 'bad_request', says: /^t: / },
  {
    what: 'a field too many',
    frame: () => ({ t: 'watch', terminal: agent.id, loud: 1 }),
    code: 'bad_request',
    says: /loud/,
  },
  {
    what: 'a bad id',
    frame: () => ({ t: 'watch', terminal: '../x' }),
    code: 'bad_request',
    says: /^terminal: /,
  },
  {
    what: 'an unknown terminal',
    frame: () => ({ t: 'watch', terminal: 'abcdef01' }),
    code: 'not_found',
    says: /abcdef01/,
  },
  {
    what: 'a negative cursor',
    frame: () => ({ t: 'subscribe', after: -1 }),
    code: 'bad_request',
    says: /^after: /,
  },
  {
    what: 'a session named ../x',
    frame: () => ({ t: 'subscribe', session: '../x' }),
    code: 'bad_request',
    says: /^session: /,
  },
  {
    what: 'input that is not base64',
    frame: () => ({ t: 'input', terminal: agent.id, data: '***' }),
    code: 'bad_request',
    says: /^data: /,
  },
  {
    what: 'a screen of 10,000 columns',
    frame: () => ({ t: 'resize', terminal: agent.id, cols: 10_000, rows: 50 }),
    code: 'bad_request',
    says: /^cols: /,
  },
  {
    what: 'a frame of 2 MB',
    frame: () => ({ t: 'input', terminal: agent.id, data: 'QUFB'.repeat(512 * 1024) }),
    code: 'too_large',
    says: /1048576/,
  },
])('a frame with $what is answered $code, and the connection goes on', async ({ frame, code, says }) => {
  const before = await box();
  const socket = connect();
  await socket.opened;
  socket.send(frame());
  const error = await socket.until<{ t: string; message: string }>('error', ({ t }) => t === 'error');
  expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
  socket.send({ t: 'subscribe' });
  await socket.until('subscribed', ({ t }) => t === 'subscribed');
  expect(await box()).toBe(before);
  socket.close();
});

test('a frame of 20 MB ends that connection and no other', async () => {
  const socket = connect();
  await socket.opened;
  socket.send('x'.repeat(20 * 1024 * 1024));
  // 1009 when the server's word arrives before its reset, else no word at all.
  expect([1009, 1006]).toContain((await socket.closed).code);
});

test.each(['input', 'resize'] as const)('a viewer looks on and may send no %s', async (t) => {
  const before = await box();
  const socket = connect({ token: viewer });
  await socket.opened;
  socket.send({ t: 'watch', terminal: agent.id });
  await socket.until('snapshot', (frame) => frame.t === 'snapshot');
  const frame = t === 'input' ? { data: Buffer.from('typed').toString('base64') } : { cols: 30, rows: 10 };
  socket.send({ t, terminal: agent.id, ...frame });
  const error = await socket.until('error', (push) => push.t === 'error');
  expect(error).toMatchObject({ code: 'forbidden', terminal: agent.id });
  expect(await box()).toBe(before);
  socket.close();
});

test('everything serves after all of that', async () => {
  await expectServing(stack, agent.id);
  expect(stack.api.log()).not.toContain('a live request failed');
});
