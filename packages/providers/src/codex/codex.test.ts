import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { codex } from './index.ts';

const at = (path: string) => new URL(`./fixtures/${path}`, import.meta.url);
const screens = readdirSync(at('screens/')).map(
  (name) => JSON.parse(readFileSync(at(`screens/${name}`), 'utf8')) as ScreenFixture,
);
const rollout = readFileSync(at('rollout-0.169.0.jsonl'), 'utf8').trim().split('\n');
const payloads = JSON.parse(readFileSync(at('hooks.json'), 'utf8')) as {
  name: string;
  body: Record<string, unknown>;
}[];

const hook = (name: string, body: Record<string, unknown> = {}): Signal => ({ source: 'hook', name, body });
const recorded = (name: string): Signal => {
  const found = payloads.find((payload) => payload.name === name);
  if (!found) throw new Error(`no payload ${name}`);
  return hook(String(found.body.hook_event_name), found.body);
};
const record = (payload: Record<string, unknown>): Signal => ({
  source: 'log',
  line: JSON.stringify({ type: 'event_msg', payload }),
});
const api = (method: string, params: Record<string, unknown>, id?: number): Signal => ({
  source: 'api',
  body: { method, params: { threadId: 'main', ...params }, ...(id === undefined ? {} : { id }) },
});
const answered = (method: string, result: unknown): Signal => ({ source: 'api', body: { method, result } });
const began = (id: string, more: Record<string, unknown> = {}) =>
  api('thread/started', { thread: { id, path: `/r/${id}.jsonl`, ephemeral: false, ...more } });
const status = (type: string, activeFlags: readonly string[] = []) =>
  api('thread/status/changed', { status: { type, activeFlags } });
const asks = (id: number, command: string) =>
  api('item/commandExecution/requestApproval', { command: `/bin/bash -lc '${command}'`, reason: 'why' }, id);
const screenNamed = (name: string) => {
  const fixture = screens.find((each) => each.name === name);
  if (!fixture) throw new Error(`no screen ${name}`);
  return screenOf(fixture.ansi, fixture.title);
};
const screen = (name: string): Signal => ({ source: 'screen', reading: codex.readScreen(screenNamed(name)) });
const run = (...signals: readonly Signal[]) => {
  let state: AgentState = codex.initial;
  const effects = [];
  for (const signal of signals) {
    const step = codex.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
};
const started = [screen('idle')];
const complete = (turn: string, message: string | null) =>
  record({ type: 'task_complete', turn_id: turn, last_agent_message: message });

testProvider(codex, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty', evidence: /^Ready$/ },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle', input: 'empty', evidence: /interrupted/ },
    'denied-mcp': { status: 'idle', input: 'empty' },
    interrupted: { status: 'idle', input: 'empty', evidence: /interrupted/ },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    pasted: { status: 'idle', input: 'text' },
    'pasted-large': { status: 'idle', input: 'text', inputText: '[Pasted Content 5000 chars]' },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /Would you like to run/ },
    'permission-mcp': {
      status: 'waiting_user_answer',
      input: 'none',
      evidence: /Allow the users MCP server/,
    },
    processing: { status: 'processing', input: 'empty', evidence: /Working/ },
    thinking: { status: 'processing', input: 'empty', evidence: /Working/ },
    error: { status: 'idle', input: 'empty' },
    'error-401': { status: 'idle', input: 'empty' },
    'error-429': { status: 'idle', input: 'empty' },
    'error-cut': { status: 'idle', input: 'empty' },
    login: { status: 'waiting_user_answer', input: 'none' },
  },
  start: started,
  prompt: (prompt) => [
    record({ type: 'task_started', turn_id: 't' }),
    record({
      type: 'item_completed',
      turn_id: 't',
      item: { type: 'UserMessage', content: [{ type: 'text', text: prompt }] },
    }),
  ],
  stop: (answer) => complete('t', answer),
  fail: (message) =>
    record({ type: 'task_complete', turn_id: 't', last_agent_message: null, error: { message } }),
  asks: (tool, input) => hook('PermissionRequest', { tool_name: tool, tool_input: input, turn_id: 't' }),
  log: {
    lines: rollout.slice(0, rollout.findIndex((line) => line.includes('"task_complete"')) + 1),
    prompts: ['Poke [[call users/poke {"what":"x"}]] [[say finished]]'],
    lastAnswer: 'finished',
  },
});

describe('the status of Codex', () => {
  const turn = 'a-turn';
  const working = [...started, recorded('SessionStart'), record({ type: 'task_started', turn_id: turn })];
  const served = [
    ...started,
    began('main'),
    status('active'),
    answered('thread/resume', { thread: { id: 'main' } }),
  ];

  test('is unknown before the title says something, though the box is drawn', () => {
    const { rows, cols } = screenNamed('idle');
    const untitled = { rows, cols, cursor: { x: 0, y: 0 }, alternate: false, title: 'a-host' };
    expect(codex.readScreen(untitled).status).toBe('unknown');
    expect(run({ source: 'screen', reading: codex.readScreen(untitled) }).state).toMatchObject({
      status: 'starting',
      ready: false,
    });
  });

  test('tells with the first prompt where its log lies; its server tells it at once', () => {
    expect(run(...working).effects[0]).toMatchObject({
      kind: 'session',
      logPath: expect.stringMatching(/rollout-.*\.jsonl$/),
    });
    expect(run(began('main')).effects).toEqual([
      { kind: 'session', nativeId: 'main', logPath: '/r/main.jsonl' },
    ]);
  });

  test('does not take threads of its own for the conversation', () => {
    const aside = [began('title', { ephemeral: true }), began('sub', { parentThreadId: 'main' })];
    expect(run(...served, ...aside).state.memo?.session).toBe('main');
    const elsewhere = api('thread/status/changed', { threadId: 'title', status: { type: 'active' } });
    expect(run(...started, began('main'), elsewhere).effects).toHaveLength(1);
    const begun = api('turn/started', { turn: { id: 'own' } });
    const sub = [
      api('turn/started', { threadId: 'sub', turn: { id: 'x' } }),
      api('turn/completed', { threadId: 'sub', turn: { id: 'x', status: 'completed' } }),
    ];
    expect(run(...served, begun, ...sub)).toEqual(run(...served, begun));
    // After /new.
    expect(run(...served, began('next')).state.memo?.session).toBe('next');
  });

  test('listens to the thread as soon as it can be resumed, and again when it could not', () => {
    const resume = {
      kind: 'request',
      message: {
        method: 'thread/resume',
        params: { threadId: 'main', excludeTurns: true },
      },
    };
    const requests = (...signals: readonly Signal[]) =>
      run(...started, ...signals).effects.filter(({ kind }) => kind === 'request');
    const refused: Signal = {
      source: 'api',
      body: { method: 'thread/resume', error: { message: 'no rollout found' } },
    };
    expect(requests(began('main'))).toEqual([]);
    expect(requests(began('main'), status('active'))).toEqual([resume]);
    expect(requests(began('main'), status('active'), status('idle'))).toEqual([resume]);
    expect(requests(began('main'), status('active'), refused, status('idle'))).toEqual([resume, resume]);
    // At every connection, if it is known, and else with what is told of it: of one that goes on nobody says that it began.
    expect(requests(began('main'), status('active'), answered('initialize', {}))).toEqual([resume, resume]);
    expect(requests(answered('initialize', {}), status('active'))).toEqual([resume]);
    expect(
      run(status('active'), answered('thread/resume', { thread: { id: 'main', path: '/r' } })).effects,
    ).toContainEqual({ kind: 'session', nativeId: 'main', logPath: '/r' });
  });

  test('begins a turn by whoever tells of it first, and does not begin it again when it is over', () => {
    const begins = api('turn/started', { turn: { id: turn } });
    const begun = record({ type: 'task_started', turn_id: turn });
    for (const both of [
      [begins, begun],
      [begun, begins],
    ])
      expect(run(...served, ...both).state).toMatchObject({ status: 'processing', memo: { turn } });
    expect(run(...served, begun, complete(turn, 'done'), begins).state.status).toBe('completed');
    // The log is behind a question.
    expect(run(...served, asks(0, 'ls'), begun).state).toMatchObject({
      status: 'waiting_user_answer',
      approval: { nativeId: '0' },
    });
  });

  test('ends a turn once, by whoever tells of it first', () => {
    const over = api('turn/completed', {
      turn: { id: turn, status: 'completed', items: [{ type: 'agentMessage', text: '*done*' }] },
    });
    const begun = api('turn/started', { turn: { id: turn } });
    for (const both of [
      [over, complete(turn, '*done*')],
      [complete(turn, '*done*'), over],
    ]) {
      const { state, effects } = run(...served, begun, ...both);
      expect(state.status).toBe('completed');
      expect(effects.filter(({ kind }) => kind === 'turn_ended')).toEqual([
        { kind: 'turn_ended', answer: '*done*', background: false, error: null },
      ]);
    }
    const ends = (status: string, error: unknown) => {
      const { effects } = run(...served, begun, api('turn/completed', { turn: { id: turn, status, error } }));
      return effects.flatMap((effect) => (effect.kind === 'turn_ended' ? [effect.error] : []));
    };
    expect(ends('interrupted', null)).toEqual(['interrupted']);
    expect(ends('failed', { message: 'no more', codexErrorInfo: 'usageLimitExceeded' })).toEqual([
      'no more (usageLimitExceeded)',
    ]);
  });

  test('asks what its server asks, until that says that it is answered', () => {
    const asking = [...served, record({ type: 'task_started', turn_id: turn }), asks(0, "echo '\\''x'\\''")];
    expect(run(...asking).state).toMatchObject({
      status: 'waiting_user_answer',
      approval: { tool: 'Bash', nativeId: '0', input: { command: "echo 'x'", description: 'why' } },
    });
    expect(run(...asking, screen('permission'), screen('processing')).state.status).toBe(
      'waiting_user_answer',
    );
    const other = api('serverRequest/resolved', { requestId: 7 });
    expect(run(...asking, other).state.status).toBe('waiting_user_answer');
    const { state, effects } = run(
      ...asking,
      asks(1, 'pwd'),
      api('serverRequest/resolved', { requestId: 0 }),
    );
    expect(state).toMatchObject({ status: 'processing', approval: null });
    // The second one is asked again.
    expect(effects.at(-1)).toMatchObject({ kind: 'request', message: { method: 'thread/resume' } });
    expect(run(...asking, complete(turn, 'done')).state.approval).toBeNull();
  });

  test('asks about a patch with what it would change, and about a tool with its arguments', () => {
    const changes = [{ path: 'a.txt', diff: '+x' }];
    const patch = [
      api('item/started', { item: { type: 'fileChange', changes } }),
      api('item/fileChange/requestApproval', { reason: null }, 3),
    ];
    expect(run(...served, ...patch).state.approval).toEqual({
      tool: 'apply_patch',
      input: changes,
      nativeId: '3',
    });
    const poke = api(
      'mcpServer/elicitation/request',
      { serverName: 'tt', _meta: { tool_name: 'poke', tool_params: { a: 'b' } } },
      4,
    );
    expect(run(...served, poke).state.approval).toEqual({
      tool: 'mcp__tt__poke',
      input: { a: 'b' },
      nativeId: '4',
    });
    const form = api('mcpServer/elicitation/request', { serverName: 'tt', message: 'Who are you?' }, 5);
    expect(run(...served, form).state.approval).toBeNull();
  });

  test('is told, after an absence, whether a question is still open', () => {
    const again = (activeFlags: readonly string[]) =>
      run(
        ...served,
        asks(0, 'ls'),
        answered('initialize', {}),
        answered('thread/resume', { thread: { id: 'main', status: { type: 'active', activeFlags } } }),
      ).state;
    expect(again(['waitingOnApproval'])).toMatchObject({ status: 'waiting_user_answer' });
    expect(again([])).toMatchObject({ status: 'processing', approval: null });
  });

  test('answers the question that it was asked, by its id', () => {
    const request = (decision: 'allow' | 'deny', tool: string) =>
      codex.answer(decision, { tool, input: null, nativeId: '7' }).request;
    expect(request('allow', 'Bash')).toEqual({
      kind: 'socket',
      message: { id: 7, result: { decision: 'accept' } },
    });
    expect(request('deny', 'apply_patch')).toMatchObject({ message: { result: { decision: 'decline' } } });
    expect(request('deny', 'mcp__tt__poke')).toMatchObject({ message: { result: { action: 'decline' } } });
    expect(codex.answer('deny', { tool: 'Bash', input: null })).toEqual({ reply: null, keys: ['Escape'] });
  });

  test('says why its model is asked again, until it goes on', () => {
    const failed = api('error', {
      willRetry: true,
      error: { message: 'Reconnecting... 1/5', codexErrorInfo: { responseStreamDisconnected: {} } },
    });
    const { state } = run(...served, failed);
    expect(state.retries).toBe('Reconnecting... 1/5 (responseStreamDisconnected)');
    expect(
      run(...served, failed, api('item/started', { item: { type: 'agentMessage' } })).state.retries,
    ).toBeNull();
  });

  test('does not end a turn by what is said late of the one before', () => {
    const { state, effects } = run(...working, complete('an older one', 'late'));
    expect(state.status).toBe('processing');
    expect(effects.at(-1)).toMatchObject({ kind: 'turn_ended', answer: 'late' });
  });

  test('asks nothing by a hook that comes after its turn', () => {
    const asks = hook('PermissionRequest', { tool_name: 'Bash', turn_id: turn });
    expect(run(...working, complete(turn, 'done'), asks).state.status).toBe('completed');
  });

  test('follows an approval: the dialog goes and work goes on', () => {
    const asking = [
      ...working,
      hook('PermissionRequest', { tool_name: 'Bash', tool_input: {}, turn_id: turn }),
    ];
    expect(run(...asking, screen('processing')).state.status).toBe('waiting_user_answer');
    expect(run(...asking, screen('permission'), screen('processing')).state).toMatchObject({
      status: 'processing',
      approval: null,
    });
    const ran = (tool: string) => run(...asking, hook('PostToolUse', { tool_name: tool })).state.status;
    expect(ran('Bash')).toBe('processing');
    expect(ran('mcp__cao_mcp_server__wait_task')).toBe('waiting_user_answer');
  });

  test('is idle after Esc, by the log', () => {
    const { state, effects } = run(
      ...working,
      record({ type: 'turn_aborted', turn_id: turn, reason: 'interrupted' }),
    );
    expect(state.status).toBe('idle');
    expect(effects.at(-1)).toMatchObject({ kind: 'turn_ended', error: 'interrupted' });
  });

  test('is ready after a question of its start was answered', () => {
    expect(run(screen('login')).state).toMatchObject({ status: 'waiting_user_answer', ready: false });
    expect(run(screen('login'), screen('idle')).state).toMatchObject({ status: 'idle', ready: true });
  });

  test('opens a folder that is not trusted, where it asks', () => {
    const rows = [
      '  Folder access',
      '  /work',
      '› 1. Open restricted',
      '  2. Back',
      '  enter continue · esc back',
    ];
    const asked: Signal = {
      source: 'screen',
      reading: codex.readScreen(screenOf(rows.join('\n'), 'a-host')),
    };
    expect(run(asked).state).toMatchObject({
      status: 'starting',
      approval: { tool: 'Open restricted', granted: 'Enter' },
    });
    expect(run(asked, screen('idle')).state).toMatchObject({ status: 'idle', approval: null, ready: true });
  });

  test('hears a whole log: the turns, their ends, what was used', () => {
    const { state, effects } = run(...started, ...rollout.map((line): Signal => ({ source: 'log', line })));
    expect(state.status).toBe('error');
    expect(effects.flatMap((effect) => (effect.kind === 'turn_ended' ? [effect.error] : []))).toEqual([
      null,
      null,
      'interrupted',
      expect.stringMatching(/high demand.*\(internal_server_error\)$/),
      expect.stringMatching(/401 Unauthorized/),
      expect.stringMatching(/stream disconnected/),
    ]);
    expect(effects.findLast((effect) => effect.kind === 'usage')).toEqual({
      kind: 'usage',
      usage: { input_tokens: 40, output_tokens: 20, cached_tokens: 0, cost_usd: null, model: 'fake-model' },
    });
  });

  test('is read again after an absence', () => {
    const again = (name: string, logTail: readonly string[]) =>
      codex.reconcile({ screen: screenNamed(name), logTail }).status;
    expect(again('idle', [])).toBe('idle');
    expect(again('completed', rollout)).toBe('completed');
    expect(again('processing', rollout)).toBe('processing');
    expect(again('permission', rollout)).toBe('waiting_user_answer');
    expect(codex.log.lastAnswer(rollout.slice(0, -1))).toBeNull();
  });
});
