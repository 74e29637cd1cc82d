import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Effect, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { launchInput, type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { opencode } from './index.ts';

type Body = Readonly<Record<string, unknown>>;
const at = (path: string) => new URL(`./fixtures/${path}`, import.meta.url);
const screens = readdirSync(at('screens/')).map(
  (name) => JSON.parse(readFileSync(at(`screens/${name}`), 'utf8')) as ScreenFixture,
);
const screen = (name: string): Signal => {
  const fixture = screens.find((each) => each.name === name);
  return { source: 'screen', reading: opencode.readScreen(screenOf(fixture?.ansi ?? '')) };
};

const SESSION = 'ses_one';
const api = (body: Body): Signal => ({ source: 'api', body });
const event = (type: string, properties: Body = {}) =>
  api({ type, properties: { sessionID: SESSION, ...properties } });
const created = (id: string, parentID?: string) =>
  event('session.created', { sessionID: id, info: { id, ...(parentID ? { parentID } : {}) } });
const status = (type: string, more: Body = {}) => event('session.status', { status: { type, ...more } });
const said = (text: string, id = 'msg_1') => [
  event('message.updated', { info: { id, role: 'user', sessionID: SESSION } }),
  event('message.part.updated', { part: { type: 'text', text, messageID: id } }),
];
const asked = (tool: string, metadata: unknown, id = 'per_1') =>
  event('permission.asked', { id, permission: tool, metadata });
const failed = (error: Body) => event('session.error', { error });
const start = [event('server.connected'), screen('idle'), created(SESSION)];

const run = (...signals: readonly (Signal | readonly Signal[])[]) => {
  let state: AgentState = opencode.initial;
  const effects: Effect[] = [];
  for (const signal of signals.flat()) {
    const step = opencode.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects, ends: effects.filter((effect) => effect.kind === 'turn_ended') };
};

testProvider(opencode, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty' },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle', input: 'empty' },
    error: { status: 'idle', input: 'empty' },
    interrupted: { status: 'idle', input: 'empty' },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    multiline: { status: 'idle', input: 'text', inputText: '[Pasted ~4 lines]' },
    pasted: { status: 'idle', input: 'text', inputText: '[Pasted ~30 lines]' },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /Permission required/ },
    processing: { status: 'processing', input: 'empty', evidence: /esc interrupt/ },
    retrying: { status: 'processing', input: 'empty', evidence: /retrying in 8s/ },
  },
  start,
  prompt: (text) => [...said(text), status('busy')],
  stop: () => status('idle'),
  answerInLog: true,
  fail: (message) => [failed({ name: 'APIError', data: { message } }), status('idle')],
  asks: (tool, input) => asked(tool, input),
  log: null,
});

describe('OpenCode by its events', () => {
  const working = [...start, ...said('do it'), status('busy')];

  test('is not ready before its events come, nor before its box is there', () => {
    expect(run(screen('idle')).state.ready).toBe(false);
    expect(run(event('server.connected')).state.ready).toBe(false);
    expect(run(screen('idle'), event('server.connected'), screen('idle')).state).toMatchObject({
      status: 'idle',
      ready: true,
    });
  });

  test('an event may come with the folder that it is of', () => {
    const payload = { type: 'server.connected', properties: {} };
    expect(run(api({ directory: '/home/u/work', payload }), screen('idle')).state.ready).toBe(true);
  });

  test('a turn ends once, though its end is told twice', () => {
    expect(run(...working, status('idle'), event('session.idle'), status('idle')).ends).toHaveLength(1);
  });

  test('an error that is tried again ends nothing, and says what it is', () => {
    const { state, ends } = run(...working, status('retry', { message: 'overloaded', attempt: 1 }));
    expect(ends).toEqual([]);
    expect(state).toMatchObject({ status: 'processing', retries: 'overloaded' });
    const retrying = [...working, status('retry', { message: 'overloaded', attempt: 1 })];
    expect(run(...retrying, status('busy')).state.retries).toBeNull();
    expect(run(...retrying, status('idle')).state.retries).toBeNull();
  });

  test('an abort leaves it idle, and its turn interrupted', () => {
    const { state, ends } = run(...working, failed({ name: 'MessageAbortedError' }), status('idle'));
    expect(state.status).toBe('idle');
    expect(ends).toMatchObject([{ error: 'interrupted' }]);
  });

  test('a refused login has its number in front, so that it is known as one', () => {
    const { ends } = run(
      ...working,
      failed({ name: 'APIError', data: { message: 'no', statusCode: 401 } }),
      status('idle'),
    );
    expect(ends).toMatchObject([{ error: '401 no' }]);
    expect(opencode.failure('401 no').kind).toBe('not_logged_in');
  });

  test('an error of the last turn is not one of the next', () => {
    const { ends } = run(
      ...working,
      failed({ name: 'APIError', data: { message: 'no' } }),
      status('idle'),
      ...said('again', 'msg_2'),
      status('busy'),
      status('idle'),
    );
    expect(ends.map((end) => 'error' in end && end.error)).toEqual(['no', null]);
  });

  test('a sub-agent ends no turn and is no conversation of its own, but its questions are asked', () => {
    const child = [
      created('ses_child', SESSION),
      event('session.status', { sessionID: 'ses_child', status: { type: 'idle' } }),
    ];
    const { state, ends, effects } = run(...working, ...child);
    expect(ends).toEqual([]);
    expect(state.status).toBe('processing');
    expect(effects.filter(({ kind }) => kind === 'session')).toHaveLength(1);
    const question = event('permission.asked', {
      sessionID: 'ses_child',
      id: 'per_2',
      permission: 'edit',
      patterns: ['a.txt'],
    });
    expect(run(...working, ...child, question).state.approval).toEqual({
      tool: 'edit',
      input: { patterns: ['a.txt'] },
      nativeId: 'per_2',
    });
  });

  test('a question is over with the answer to it, and stays at busy and at the answer to another', () => {
    const asking = [...working, asked('bash', { command: 'ls' })];
    expect(run(...asking, status('busy')).state.status).toBe('waiting_user_answer');
    expect(run(...asking, event('permission.replied', { requestID: 'per_9' })).state.status).toBe(
      'waiting_user_answer',
    );
    expect(run(...asking, event('permission.replied', { requestID: 'per_1' })).state).toMatchObject({
      status: 'processing',
      approval: null,
    });
  });

  test('what was missed is told at the next connection: an end, a question', () => {
    const snapshot = (path: string, body: unknown) => api({ path, body });
    expect(run(...working, snapshot('/session/status', { [SESSION]: { type: 'busy' } })).ends).toEqual([]);
    expect(run(...working, snapshot('/session/status', {})).ends).toHaveLength(1);
    const open = snapshot('/permission', [{ id: 'per_1', permission: 'bash', metadata: { command: 'ls' } }]);
    expect(run(...working, open).state).toMatchObject({
      status: 'waiting_user_answer',
      approval: { nativeId: 'per_1' },
    });
    expect(run(...working, snapshot('/permission', [])).state.status).toBe('processing');
    expect(run(...working, open, snapshot('/permission', [])).state).toMatchObject({
      status: 'processing',
      approval: null,
    });
  });

  test('a conversation that its first prompt made while nobody listened is found at work', () => {
    const busy = (...sessions: string[]) =>
      api({
        path: '/session/status',
        body: Object.fromEntries(sessions.map((id) => [id, { type: 'busy' }])),
      });
    const { state, effects } = run(event('server.connected'), screen('idle'), busy(SESSION));
    expect(state).toMatchObject({ status: 'processing', memo: { session: SESSION } });
    expect(effects).toEqual([{ kind: 'session', nativeId: SESSION, logPath: null }]);
    // One of them is a sub-agent's, and nothing says which.
    const two = run(event('server.connected'), screen('idle'), busy(SESSION, 'ses_child'));
    expect(two.state.memo).not.toHaveProperty('session');
  });

  test('a resumed conversation is known by its first message', () => {
    const { state, effects } = run(
      event('server.connected'),
      screen('idle'),
      ...said('go on'),
      status('busy'),
    );
    expect(state).toMatchObject({ status: 'processing', memo: { session: SESSION } });
    expect(effects).toContainEqual({ kind: 'accepted', prompt: 'go on' });
  });

  test('what it used is summed, each message once', () => {
    const info = (id: string) => ({
      id,
      role: 'assistant',
      sessionID: SESSION,
      modelID: 'm',
      cost: 0.5,
      tokens: { input: 10, output: 5, cache: { read: 2 } },
      time: { completed: 1 },
    });
    const told = (id: string) => event('message.updated', { info: info(id) });
    const { effects } = run(...working, told('a'), told('a'), told('b'));
    expect(effects.filter(({ kind }) => kind === 'usage').at(-1)).toEqual({
      kind: 'usage',
      usage: { input_tokens: 20, output_tokens: 10, cached_tokens: 4, cost_usd: 1, model: 'm' },
    });
  });

  test('the answer is the text of the last message, without what the CLI put in', () => {
    const read = opencode.api.lastAnswer.read([
      { info: { role: 'user' }, parts: [{ type: 'text', text: 'do it' }] },
      {
        info: { role: 'assistant' },
        parts: [
          { type: 'step-start' },
          { type: 'text', text: '*done*' },
          { type: 'text', text: 'note', synthetic: true },
        ],
      },
    ]);
    expect(read).toBe('*done*');
    expect(opencode.api.lastAnswer.read('nonsense')).toBeNull();
  });
});

describe('the launch of OpenCode', () => {
  const plan = (change: Partial<typeof launchInput> = {}) => opencode.launch({ ...launchInput, ...change });
  const config = (change: Partial<typeof launchInput> = {}) =>
    JSON.parse(plan(change).env.OPENCODE_CONFIG_CONTENT ?? '');

  test('opens its API to the holder of the token of the terminal alone', () => {
    const { api: opened, env, argv } = plan();
    expect(env.OPENCODE_SERVER_PASSWORD).toBe(launchInput.loopback.tokenMark);
    expect(opened).toEqual({
      url: 'http://127.0.0.1:4096',
      user: 'opencode',
      password: launchInput.loopback.tokenMark,
    });
    expect(argv).toContain('4096');
  });

  test('denies what no word names, and asks before a command', () => {
    const { permission } = config({ tools: ['fs_read', '@cao-mcp-server'] }).agent.cao;
    expect(permission).toMatchObject({ '*': 'deny', 'cao-mcp-server_*': 'allow' });
    expect(permission).not.toHaveProperty('bash');
    expect(config({ tools: ['execute_bash'] }).agent.cao.permission.bash).toBe('ask');
    expect(config({ tools: ['execute_bash'], yolo: true }).agent.cao.permission.bash).toBe('allow');
  });

  test('goes on with a conversation by the id that the CLI gave it', () => {
    expect(plan({ resume: true, nativeSessionId: 'ses_x' }).argv).toEqual(
      expect.arrayContaining(['--session', 'ses_x']),
    );
  });
});

test('decides a question by its id over the API, and by keys only where it has none', () => {
  const { request } = opencode.answer('deny', { tool: 'bash', input: {}, nativeId: 'per/1' });
  expect(request).toMatchObject({ path: '/permission/per%2F1/reply', body: { reply: 'reject' } });
  expect(opencode.answer('allow', { tool: 'bash', input: {} })).toMatchObject({ keys: ['Enter'] });
});
